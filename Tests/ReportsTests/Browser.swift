import Foundation

/// A headless Chromium, when there is one.
struct Browser {
  let executable: URL

  /// The first Chromium found in the usual places.
  static let installed: Browser? = [
    "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome",
  ].first { FileManager.default.isExecutableFile(atPath: $0) }
    .map { Browser(executable: URL(filePath: $0)) }

  /// What a page does at some width.
  struct Layout: Decodable {
    var width: Int
    var scrollWidth: Int
    var brokenImages: Int
  }

  /// Lays `page` out at each width; also returns everything the console said.
  func layouts(
    of page: String, widths: [Int]
  ) throws -> (layouts: [Layout], console: [String]) {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "calvin-eval-browser-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let source = String(decoding: try JSONEncoder().encode(page), as: UTF8.self)
      .replacing("</", with: "<\\/")
    // Frames have the width asked for, whatever the browser's smallest window is.
    let harness = """
      <!DOCTYPE html><meta charset="utf-8"><link rel="icon" href="data:,"><body><script>
      const page = \(source), widths = \(widths), found = [];
      for (const width of widths) {
        const frame = document.createElement("iframe");
        frame.style = `width:${width}px;height:900px;border:0`;
        frame.onload = () => {
          const inside = frame.contentDocument;
          found.push({width, scrollWidth: inside.documentElement.scrollWidth,
            brokenImages: [...inside.images].filter(i => !i.naturalWidth).length});
          if (found.length == widths.length) {
            const output = document.createElement("pre");
            output.id = "found";
            output.textContent = "FOUND" + JSON.stringify(found) + "END";
            document.body.replaceChildren(output);
          }
        };
        frame.srcdoc = page;
        document.body.append(frame);
      }
      </script></body>
      """
    let file = folder.appending(path: "harness.html")
    try Data(harness.utf8).write(to: file)
    let (dom, log) = try run(
      [
        "--dump-dom", "--enable-logging=stderr", "--user-data-dir=\(folder.path)/profile",
        file.absoluteString,
      ])
    guard let start = dom.range(of: "<pre id=\"found\">FOUND"),
      let end = dom.range(of: "END</pre>", range: start.upperBound..<dom.endIndex)
    else { return ([], log.split(separator: "\n").map(String.init)) }
    let layouts = try JSONDecoder().decode(
      [Layout].self, from: Data(dom[start.upperBound..<end.lowerBound].utf8))
    return (layouts, log.split(separator: "\n").map(String.init).filter { $0.contains("CONSOLE") })
  }

  private func run(_ arguments: [String]) throws -> (output: String, errors: String) {
    let process = Process()
    process.executableURL = executable
    process.arguments =
      [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--no-first-run", "--disable-extensions", "--virtual-time-budget=3000",
      ] + arguments
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    // Both are read while the process runs, else a full pipe would stop it.
    nonisolated(unsafe) var log = Data()
    let reader = Thread { log = errors.fileHandleForReading.readDataToEndOfFile() }
    reader.start()
    let dom = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    while !reader.isFinished { usleep(1000) }
    return (String(decoding: dom, as: UTF8.self), String(decoding: log, as: UTF8.self))
  }
}
