import Digests

/// Reads files below an asset root and remembers what they contained.
struct AssetFolder {
  let root: AssetRoot
  private var digests: [String: String] = [:]

  init(root: AssetRoot) {
    self.root = root
  }

  /// The file's bytes; enters the digest under `name` or its path relative to the root.
  mutating func read(_ path: String, as name: String? = nil) throws(AssetError) -> [UInt8] {
    let bytes = try readFile(path)
    digests[name ?? relativeName(path)] = hexadecimal(sha256(bytes))
    return bytes
  }

  /// First 12 hex digits of SHA-256 over the lines `NAME SHA-256`, sorted by name.
  var digest: String {
    let lines = digests.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }
    return String(hexadecimal(sha256(lines.joined())).prefix(12))
  }

  /// A group's configuration: the file of that name with its `defaults` composed in, as hydra does.
  mutating func config(group: String, name: String, depth: Int = 0) throws(AssetError)
    -> ConfigValue
  {
    let path = "\(root.path)/conf/\(group)/\(name).yaml"
    guard isFile(path) else {
      let valid = names(in: folder(of: path), suffix: ".yaml").map { $0.dropLast(5) }
      throw AssetError(
        file: path,
        message: "no such file; conf/\(group) has: \(valid.joined(separator: ", "))")
    }
    var own = try ConfigValue.document(yaml: read(path), file: path)
    guard case .mapping(var entries) = own.content else {
      throw own.error("expected a mapping, found \(own.kind)")
    }
    guard let index = entries.firstIndex(where: { $0.key == "defaults" }) else { return own }
    let defaults = entries.remove(at: index).value
    own.content = .mapping(entries)
    guard case .list(let items) = defaults.content, depth < 8 else {
      throw defaults.error("expected a list of defaults, nested at most 8 deep")
    }
    // The file's own keys win over its defaults unless _self_ says otherwise.
    var composed = ConfigValue(content: .mapping([]), file: path, line: 1)
    var includesSelf = false
    for item in items {
      if case .scalar("_self_") = item.content {
        composed = composed.merging(own)
        includesSelf = true
      } else {
        composed = try composed.merging(included(item, group: group, depth: depth))
      }
    }
    return includesSelf ? composed : composed.merging(own)
  }

  /// One entry of a defaults list: `name`, or `group@package: name` with a group below this one.
  private mutating func included(
    _ item: ConfigValue, group: String, depth: Int
  ) throws(AssetError) -> ConfigValue {
    switch item.content {
    case .scalar(let name):
      return try config(group: group, name: name, depth: depth + 1)
    case .mapping(let entries) where entries.count == 1:
      let parts = entries[0].key.split(separator: "@")
      guard case .scalar(let name) = entries[0].value.content, parts.count == 2 else { break }
      let value = try config(group: "\(group)/\(parts[0])", name: name, depth: depth + 1)
      let entry = ConfigValue.Entry(key: String(parts[1]), value: value)
      return ConfigValue(content: .mapping([entry]), file: item.file, line: item.line)
    default: break
    }
    throw item.error("expected a default 'name', 'group@package: name' or '_self_'")
  }

  private func relativeName(_ path: String) -> String {
    let name = normalized(path)
    let prefix = normalized(root.path) + "/"
    return name.hasPrefix(prefix)
      ? String(name.dropFirst(prefix.count))
      : "outside/" + (name.split(separator: "/").last.map(String.init) ?? "")
  }
}
