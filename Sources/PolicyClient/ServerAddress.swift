/// A policy server's address, `ws://host:port/path`.
public struct ServerAddress: Sendable, Hashable, CustomStringConvertible {
  /// Host name or address.
  public var host: String
  /// TCP port.
  public var port: Int
  /// Request target, `/` when none is given.
  public var path: String

  /// Parses `ws://host[:port][/path]`; the port defaults to 8000 as both protocols' servers do.
  public init(_ text: String) throws(PolicyClientError) {
    let prefix = "ws://"
    guard text.hasPrefix(prefix) else { throw .badAddress(text) }
    let rest = text.dropFirst(prefix.count)
    let authority = rest.prefix { $0 != "/" }
    let target = rest.dropFirst(authority.count)
    let portText: Substring
    if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
      host = String(authority[authority.index(after: authority.startIndex)..<end])
      portText = authority[authority.index(after: end)...]
    } else {
      host = String(authority.prefix { $0 != ":" })
      portText = authority.dropFirst(host.count)
    }
    if portText.isEmpty {
      port = 8000
    } else {
      guard portText.first == ":", let number = Int(portText.dropFirst()),
        (1...65535).contains(number)
      else { throw .badAddress(text) }
      port = number
    }
    guard !host.isEmpty else { throw .badAddress(text) }
    path = target.isEmpty ? "/" : String(target)
  }

  /// The address as a URL.
  public var description: String {
    "ws://\(host.contains(":") ? "[\(host)]" : host):\(port)\(path)"
  }
}
