/// One thing the doctor looked at.
struct Finding: Codable {
  /// How bad it is.
  enum Status: String, Codable {
    case ok
    /// Works, but something is missing or slower than it could be.
    case warning
    /// Something asked for does not work.
    case problem
  }

  /// `machine`, `libraries`, `graphics`, `assets` or `test frames`.
  var area: String
  /// What was looked at.
  var name: String
  /// How bad it is.
  var status: Status
  /// What was found.
  var detail: String
  /// What to do about it.
  var hint: String?

  init(
    _ area: String, _ name: String, _ status: Status, _ detail: String, hint: String? = nil
  ) {
    self.area = area
    self.name = name
    self.status = status
    self.detail = detail
    self.hint = hint
  }

  /// Something that is as it should be.
  init(_ area: String, _ name: String, _ detail: String) {
    self.init(area, name, .ok, detail)
  }

  /// `mark name: detail`, then the hint on a line of its own.
  var text: String {
    let mark =
      switch status {
      case .ok: "ok     "
      case .warning: "warning"
      case .problem: "PROBLEM"
      }
    return "\(mark)  \(name): \(detail)" + (hint.map { "\n         -> \($0)" } ?? "")
  }
}
