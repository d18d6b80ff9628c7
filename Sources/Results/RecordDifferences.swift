extension JSONValue {
  /// Dotted names of the members in which two values differ, with both values, sorted by name.
  public func differences(from other: JSONValue, at name: String = "") -> [String] {
    if self == other { return [] }
    guard case .object(let mine) = self, case .object(let theirs) = other else {
      return ["\(name) is \(canonical), was \(other.canonical)"]
    }
    return Set(mine.keys).union(theirs.keys).sorted().flatMap { key in
      (mine[key] ?? .null).differences(
        from: theirs[key] ?? .null, at: name.isEmpty ? key : "\(name).\(key)")
    }
  }
}

extension RunRecord {
  /// What makes this a different run than `other`: the differing fields of protocol and policy.
  public func differences(from other: RunRecord) throws -> [String] {
    try JSONValue(encoding: `protocol`).differences(
      from: JSONValue(encoding: other.protocol), at: "protocol")
      + JSONValue(encoding: policy).differences(
        from: JSONValue(encoding: other.policy), at: "policy")
  }
}
