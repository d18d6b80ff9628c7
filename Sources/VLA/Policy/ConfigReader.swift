/// One object of a config file, read strictly: a member that is absent or null is nil, one of the
/// wrong type or size is an error that names it.
struct ConfigReader {
  private let json: ExactJSON?
  /// Keys that lead to the object, each followed by a dot.
  private let path: String
  let file: String?

  /// The sizes a model's widths, layers and tables may have; products of a few stay within 64 bits.
  static let sizes = 1...(1 << 20)

  /// The outermost object; `path` names it in errors when it is a file of its own.
  init(_ json: ExactJSON?, path: String = "", file: String?) {
    self.json = json
    self.path = path
    self.file = file
  }

  /// An error about a member.
  func error(_ key: String, _ message: String) -> VLAError { VLAError(file, path + key, message) }

  /// The object a member is; an absent one has no members.
  func object(_ key: String) throws(VLAError) -> ConfigReader {
    let member = json?[key]
    guard member == nil || member?.members != nil else {
      throw error(key, "expected an object")
    }
    return ConfigReader(member, path: "\(path)\(key).", file: file)
  }

  /// True when the member is there and not null.
  func has(_ key: String) -> Bool { json?[key] != nil }

  /// A whole number in a range.
  func int(_ key: String, _ range: ClosedRange<Int> = sizes) throws(VLAError) -> Int? {
    guard let member = json?[key] else { return nil }
    guard let value = member.int, range.contains(value) else {
      throw error(key, "\(found(member)), expected a whole number in \(range)")
    }
    return value
  }

  /// A number.
  func double(_ key: String) throws(VLAError) -> Double? {
    guard let member = json?[key] else { return nil }
    guard let value = member.double, Float(value).isFinite else {
      throw error(key, "\(found(member)), expected a number of float32's range")
    }
    return value
  }

  /// A number as float32.
  func float(_ key: String) throws(VLAError) -> Float? { try double(key).map { Float($0) } }

  /// `true` or `false`.
  func bool(_ key: String) throws(VLAError) -> Bool? {
    guard let member = json?[key] else { return nil }
    guard let value = member.bool else {
      throw error(key, "\(found(member)), expected true or false")
    }
    return value
  }

  /// A text.
  func string(_ key: String) throws(VLAError) -> String? {
    guard let member = json?[key] else { return nil }
    guard let value = member.string else { throw error(key, "\(found(member)), expected a text") }
    return value
  }

  /// One of a type's names.
  func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, of type: Choice.Type = Choice.self
  ) throws(VLAError) -> Choice? where Choice.RawValue == String {
    guard let name = try string(key) else { return nil }
    guard let choice = Choice(rawValue: name) else {
      let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw error(key, "is \(name), expected one of \(names)")
    }
    return choice
  }

  /// The member itself, which must be there.
  func required<Value>(_ key: String, _ value: Value?) throws(VLAError) -> Value {
    guard let value else { throw error(key, "is missing") }
    return value
  }

  private func found(_ value: ExactJSON) -> String {
    switch value {
    case .null: "is null"
    case .bool(let value): "is \(value)"
    case .number(let value, let exact): "is \(exact.map(String.init) ?? "\(value)")"
    case .string(let text): "is '\(text.prefix(40))'"
    case .array: "is a list"
    case .object: "is an object"
    }
  }
}
