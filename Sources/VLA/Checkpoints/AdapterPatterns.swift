/// PEFT's `rank_pattern` and `alpha_pattern`: adapters of some layers have a rank or an alpha of
/// their own. Ranks show in the tensors' shapes; the alphas are looked up here.
struct AdapterPatterns {
  private var patterns: [(layers: Regex<AnyRegexOutput>, alpha: Float?)] = []

  /// No layer is special.
  init() {}

  /// Reads both from an `adapter_config.json`. A key is a regular expression for the end of a
  /// layer's name; of several that match the first counts, ranks before alphas, as in PEFT.
  init(_ config: ExactJSON, file: String) throws(VLAError) {
    let alphas = config["alpha_pattern"]?.members ?? []
    let keys = (config["rank_pattern"]?.members ?? []).map(\.key) + alphas.map(\.key)
    for key in keys {
      let value = alphas.first { $0.key == key }?.value
      if let value, value.float == nil {
        throw VLAError(file, "alpha_pattern.\(key)", "is no number")
      }
      do {
        patterns.append((try Regex(#".*\.(?:\#(key))"#), value?.float))
      } catch {
        throw VLAError(file, key, "is no regular expression we understand")
      }
    }
  }

  /// The alpha of a layer of its own, nil for the common one.
  func alpha(of layer: String) -> Float? {
    patterns.first { layer.wholeMatch(of: $0.layers) != nil }?.alpha
  }
}
