import Results

extension RunReport {
  func records(_ id: String) throws -> String {
    let record = try JSONValue(encoding: `protocol`)
    let policyRecord = try JSONValue(encoding: policy)
    let statistics = Bootstrap()
    return section(
      "Protocol record",
      "Everything that decides what the numbers mean. The id is the first 12 hex digits of the "
        + "SHA-256 of this record as JSON with sorted keys and no spaces.",
      keyTable(record, first: ("protocol id", id))
        + "<details><summary>As hashed</summary><pre>\(escaped(record.canonical))</pre></details>")
      + section("Policy", nil, keyTable(policyRecord))
      + section(
        "How to read the numbers", nil,
        """
        <p class="small">Rates carry Wilson 95 % score intervals. The interval of the average \
        length is the percentile bootstrap over chains (\(statistics.resamples) resamples, seed \
        \(statistics.seed)). The five rates sum to the average length; this is checked. Chains are \
        the same for every policy, so compare two runs chain by chain with \
        <code>calvin-eval compare</code>: paired tests see much smaller differences than these \
        intervals suggest.</p>
        """)
  }
}

/// Every leaf of `record` with its path, as a table; `first` stands before them.
func keyTable(_ record: JSONValue, first: (String, String)? = nil) -> String {
  let entries = (first.map { [$0] } ?? []) + record.flattened()
  let rows = entries.map { key, value in
    "<td class=\"name\">\(breakable(key))</td><td class=\"name mono\">\(escaped(value))</td>"
  }
  return table(head: "<th>field</th><th>value</th>", rows: rows)
}

extension JSONValue {
  /// Leaves with their paths (`cameras.0.width`), sorted by key on each level.
  func flattened(_ path: String = "") -> [(key: String, value: String)] {
    func below(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
    switch self {
    case .object(let members) where !members.isEmpty:
      return members.sorted { $0.key < $1.key }.flatMap { $0.value.flattened(below($0.key)) }
    case .array(let values) where !values.isEmpty:
      return values.enumerated().flatMap { $0.element.flattened(below("\($0.offset)")) }
    case .string(let text):
      return [(path, text)]
    default:
      return [(path, canonical)]
    }
  }
}
