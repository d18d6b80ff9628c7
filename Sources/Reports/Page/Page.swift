/// A self-contained HTML document: no font, nothing fetched, and no script unless one is given.
///
/// - Parameters:
///   - title: Shown by the browser; plain text.
///   - body: HTML inside `<main>`.
///   - style: Rules after those every page has.
///   - script: Run at the document's end.
package func page(
  title: String, body: String, style: String = "", script: String? = nil
) -> String {
  """
  <!DOCTYPE html>
  <html lang="en">
  <head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <link rel="icon" href="data:,">
  <title>\(escaped(title))</title>
  <style>
  \(style.isEmpty ? styleSheet : styleSheet + "\n" + style)
  </style>
  </head>
  <body>
  <main>
  \(body)
  </main>\(script.map { "\n<script>\n\($0)\n</script>" } ?? "")
  </body>
  </html>

  """
}

/// A titled part of a page; `introduction` is plain text.
package func section(_ title: String, _ introduction: String? = nil, _ body: String) -> String {
  let lead = introduction.map { "<p class=\"quiet small\">\(escaped($0))</p>\n" } ?? ""
  return "<section>\n<h2>\(escaped(title))</h2>\n\(lead)\(body)\n</section>\n"
}

/// `2026-01-31T14:23:59+0100` as `2026-01-31 14:23`.
func minute(_ timestamp: String) -> String {
  String(timestamp.prefix(16)).replacing("T", with: " ")
}

/// A task name that may break after each underscore.
package func breakable(_ name: String) -> String {
  escaped(name).replacing("_", with: "_<wbr>")
}

/// A table; the cells are HTML elements.
package func table(head: String, rows: [String]) -> String {
  "<table>\n<thead><tr>\(head)</tr></thead>\n<tbody>\n"
    + rows.map { "<tr>\($0)</tr>\n" }.joined() + "</tbody>\n</table>"
}
