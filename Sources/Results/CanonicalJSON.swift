import Foundation

extension JSONValue {
  /// The JSON form of an encodable value.
  public init(encoding value: some Encodable) throws {
    try self.init(parsing: JSONEncoder().encode(value))
  }

  /// Reads a decodable value from this one.
  public func decoded<Value: Decodable>(as type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: Data(canonical.utf8))
  }
}
