/// Checks that every element of an XML text is closed in order and that no `<` or `&` stands bare.
struct XMLChecker {
  let isWellFormed: Bool

  init(_ text: String) {
    var open: [Substring] = []
    var isGood = true
    for match in text.matches(of: /<([\/?]?)([a-z]+)((?:[^<>"]|"[^"<]*")*?)(\/?)>/) {
      let (_, mark, name, _, end) = match.output
      if mark == "/" {
        isGood = isGood && open.popLast() == name
      } else if mark.isEmpty, end.isEmpty {
        open.append(name)
      }
    }
    let bare = text.contains(/&(?!(amp|lt|gt|quot);)/)
    isWellFormed = isGood && open.isEmpty && !bare
  }
}
