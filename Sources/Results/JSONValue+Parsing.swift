import JSONText

extension JSONValue: JSONBuildable {
  /// Reads a JSON text. Of repeated keys the last one counts, as in Python (CALVIN's own
  /// `results.json` can hold two `"null"` keys).
  public init(parsing text: some Collection<UInt8>) throws(JSONSyntaxError) {
    self = try JSONReader.value(of: Array(text), repeatedKeys: .kept)
  }

  /// Reads a JSON text.
  public init(parsing text: String) throws(JSONSyntaxError) {
    try self.init(parsing: text.utf8)
  }

  /// A number, whole or not.
  public static func number(reading value: Double, whole: Int?) -> JSONValue {
    whole.map(JSONValue.int) ?? .double(value)
  }

  /// Named values; the last of repeated keys counts.
  public static func object(members: [(key: String, value: JSONValue)]) -> JSONValue {
    .object(Dictionary(members.map { ($0.key, $0.value) }) { $1 })
  }
}
