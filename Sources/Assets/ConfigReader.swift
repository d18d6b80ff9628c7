import Geometry

/// A value within a composed configuration: typed access with errors that name file, line and key, and
/// `${a.b}` interpolations looked up from the configuration's top.
struct ConfigReader {
  private let value: ConfigValue
  private let path: String
  private let top: ConfigValue

  /// The top of a composed configuration.
  init(_ top: ConfigValue) {
    value = top
    path = ""
    self.top = top
  }

  private init(_ value: ConfigValue, path: String, top: ConfigValue) throws(AssetError) {
    var value = value
    var hops = 0
    while case .scalar(let text) = value.content, text.hasPrefix("${"), text.hasSuffix("}") {
      let keys = text.dropFirst(2).dropLast().split(
        separator: ".", omittingEmptySubsequences: false)
      var found: ConfigValue? = top
      for key in keys { found = found?[String(key)] }
      hops += 1
      guard let target = found, hops < 16 else {
        throw value.error("\(path): \(text) names no value of the configuration")
      }
      value = target
    }
    self.value = value
    self.path = path
    self.top = top
  }

  /// An error at this value, naming its key.
  func error(_ message: String) -> AssetError {
    value.error("\(path.isEmpty ? "the file" : path): \(message)")
  }

  /// The value of a key, nil when it is absent.
  func optional(_ key: String) throws(AssetError) -> ConfigReader? {
    guard let child = value[key] else { return nil }
    return try ConfigReader(child, path: path.isEmpty ? key : "\(path).\(key)", top: top)
  }

  /// The value of a key that must be there.
  func required(_ key: String) throws(AssetError) -> ConfigReader {
    guard let child = try optional(key) else { throw error("expected the key '\(key)'") }
    return child
  }

  /// The entries of a mapping in the file's order. `[]` and nothing count as empty, as in the files.
  func entries() throws(AssetError) -> [(key: String, value: ConfigReader)] {
    switch value.content {
    case .mapping(let entries):
      var result: [(key: String, value: ConfigReader)] = []
      for entry in entries {
        let child = try ConfigReader(entry.value, path: "\(path).\(entry.key)", top: top)
        result.append((entry.key, child))
      }
      return result
    case .list(let list) where list.isEmpty: return []
    case .scalar(let text) where ["", "~", "null"].contains(text): return []
    default: throw error("expected a mapping, found \(value.kind)")
    }
  }

  /// The items of a list.
  func items() throws(AssetError) -> [ConfigReader] {
    guard case .list(let list) = value.content else {
      throw error("expected a list, found \(value.kind)")
    }
    var result: [ConfigReader] = []
    for (index, item) in list.enumerated() {
      try result.append(ConfigReader(item, path: "\(path)[\(index)]", top: top))
    }
    return result
  }

  /// The text of a scalar, nil for lists and mappings.
  var scalar: String? {
    guard case .scalar(let text) = value.content else { return nil }
    return text
  }

  func string() throws(AssetError) -> String {
    guard let scalar, !scalar.isEmpty else { throw error("expected a text, found \(value.kind)") }
    return scalar
  }

  func double() throws(AssetError) -> Double {
    guard let scalar, let number = Numbers.double(scalar) else {
      throw error("expected a number, found \(value.kind)")
    }
    return number
  }

  func integer() throws(AssetError) -> Int {
    let number = try double()
    guard number.rounded() == number, abs(number) < 1e9 else {
      throw error("expected an integer, found \(value.kind)")
    }
    return Int(number)
  }

  func bool() throws(AssetError) -> Bool {
    switch scalar?.lowercased() {
    case "true", "yes", "on": return true
    case "false", "no", "off": return false
    default: throw error("expected true or false, found \(value.kind)")
    }
  }

  /// A list of numbers; `count` of them if given.
  func doubles(_ count: Int? = nil) throws(AssetError) -> [Double] {
    var numbers: [Double] = []
    for item in try items() { try numbers.append(item.double()) }
    guard count == nil || numbers.count == count else {
      throw error("expected \(count ?? 0) numbers, found \(numbers.count)")
    }
    return numbers
  }

  func integers(_ count: Int) throws(AssetError) -> [Int] {
    var numbers: [Int] = []
    for item in try items() { try numbers.append(item.integer()) }
    guard numbers.count == count else {
      throw error("expected \(count) integers, found \(numbers.count)")
    }
    return numbers
  }

  func vector() throws(AssetError) -> Vector3 {
    let numbers = try doubles(3)
    return Vector3(numbers[0], numbers[1], numbers[2])
  }
}
