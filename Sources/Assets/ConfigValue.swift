import Geometry
import Yams

/// A value of a configuration file with its place; mappings keep the file's order.
struct ConfigValue: Sendable {
  enum Content: Sendable {
    case scalar(String)
    case list([ConfigValue])
    case mapping([Entry])
  }

  struct Entry: Sendable {
    var key: String
    var value: ConfigValue
  }

  var content: Content
  var file: String
  var line: Int

  /// The document in a YAML file's bytes; an empty one is an empty mapping.
  static func document(yaml bytes: [UInt8], file: String) throws(AssetError) -> ConfigValue {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw AssetError(file: file, message: "expected UTF-8 text")
    }
    let node: Node?
    do {
      node = try Yams.compose(yaml: text)
    } catch {
      throw AssetError(yaml: error, file: file)
    }
    guard let node else { return ConfigValue(content: .mapping([]), file: file, line: 1) }
    var budget = 100_000
    return try ConfigValue(node, file: file, depth: 0, budget: &budget)
  }

  private init(
    _ node: Node, file: String, depth: Int, budget: inout Int
  ) throws(AssetError) {
    self.init(content: .scalar(""), file: file, line: node.mark?.line ?? 1)
    // Aliases are expanded here; a file that repeats itself exponentially must not.
    budget -= 1
    guard depth < 64, budget > 0 else {
      throw error("expected at most 64 levels and 100000 values")
    }
    switch node {
    case .scalar(let scalar):
      content = .scalar(scalar.string)
    case .sequence(let sequence):
      var list: [ConfigValue] = []
      for item in sequence {
        try list.append(ConfigValue(item, file: file, depth: depth + 1, budget: &budget))
      }
      content = .list(list)
    case .mapping(let mapping):
      var entries: [Entry] = []
      for (key, value) in mapping {
        guard let name = key.scalar?.string else { throw error("expected names as keys") }
        let converted = try ConfigValue(value, file: file, depth: depth + 1, budget: &budget)
        entries.append(Entry(key: name, value: converted))
      }
      content = .mapping(entries)
    case .alias:
      throw error("expected an anchor before its alias")
    }
  }

  init(content: Content, file: String, line: Int) {
    self.content = content
    self.file = file
    self.line = line
  }

  /// An error at this value.
  func error(_ message: String) -> AssetError {
    AssetError(file: file, line: line, message: message)
  }

  /// The value of a key, nil when this is no mapping or lacks it.
  subscript(key: String) -> ConfigValue? {
    guard case .mapping(let entries) = content else { return nil }
    return entries.first { $0.key == key }?.value
  }

  /// This mapping with the other's entries put over it: mappings merge, other values replace, new
  /// keys go to the end (as hydra composes).
  func merging(_ other: ConfigValue) -> ConfigValue {
    guard case .mapping(var entries) = content, case .mapping(let others) = other.content else {
      return other
    }
    for entry in others {
      if let index = entries.firstIndex(where: { $0.key == entry.key }) {
        entries[index].value = entries[index].value.merging(entry.value)
      } else {
        entries.append(entry)
      }
    }
    return ConfigValue(content: .mapping(entries), file: other.file, line: other.line)
  }

  /// What this is, for messages.
  var kind: String {
    switch content {
    case .scalar(let text): "'\(text)'"
    case .list(let list): "a list of \(list.count)"
    case .mapping: "a mapping"
    }
  }
}

extension AssetError {
  /// A YAML library's error with its line.
  init(yaml error: any Error, file: String) {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      self.init(file: file, line: mark.line, message: "expected YAML: \(problem)")
    case .reader(let problem, let offset, _, let yaml):
      let line = offset.map { yaml.utf8.prefix($0).count { $0 == UInt8(ascii: "\n") } + 1 }
      self.init(file: file, line: line, message: "expected YAML: \(problem)")
    case .duplicatedKeysInMapping(let duplicates, let context):
      let names = duplicates.sorted().joined(separator: ", ")
      self.init(
        file: file, line: context.mark.line,
        message: "expected each key of this mapping once, found twice: \(names)")
    default:
      self.init(file: file, message: "expected YAML: \(error)")
    }
  }
}
