import NeuralNetworks

/// Gives a model its tensors by name and shape. From a checkpoint, it remembers every one that was
/// missing, mis-shaped or left over, so that all of them can be reported at once; or it draws them
/// at random.
public final class WeightLoader {
  private let checkpoint: Checkpoint
  private let mergesAdapters: Bool
  private let random: RandomWeights?
  /// How the layers' weights are kept.
  public var precision = WeightPrecision.f32
  /// Called with every tensor drawn at random.
  private let record: (String, Tensor) -> Void
  private var isListing = false
  private var taken: Set<String> = []
  private var missing: [String] = []
  private var misshapen: [String] = []
  /// Every tensor asked for, in order.
  private(set) var requested: [(name: String, shape: [Int])] = []

  /// A loader; adapters are merged into the weights or applied beside them.
  public init(_ checkpoint: Checkpoint, mergesAdapters: Bool = true) {
    self.checkpoint = checkpoint
    self.mergesAdapters = mergesAdapters
    random = nil
    record = { _, _ in }
  }

  /// A loader that draws every tensor at random; `record` is told of each.
  public init(random: RandomWeights, record: @escaping (String, Tensor) -> Void = { _, _ in }) {
    checkpoint = Checkpoint(source: "random weights", stored: [:])
    mergesAdapters = true
    self.random = random
    self.record = record
  }

  /// A loader that only lists what it is asked for, and gives empty stand-ins.
  init(listing: Void) {
    checkpoint = Checkpoint(source: "a listing", stored: [:])
    mergesAdapters = true
    random = nil
    record = { _, _ in }
    isListing = true
  }

  /// True when the checkpoint has the tensor.
  public func has(_ name: String) -> Bool { checkpoint.tensors[name] != nil }

  /// The tensor of this name and shape; an empty stand-in when there is none (then `finish` throws).
  public func tensor(_ name: String, _ shape: [Int]) throws(VLAError) -> Tensor {
    requested.append((name, shape))
    if let random {
      let drawn = random.tensor(name, shape)
      record(name, drawn)
      return drawn
    }
    taken.insert(name)
    if isListing { return Self.standIn(shape) }
    guard let stored = checkpoint.tensors[name] else {
      missing.append("\(name) \(shape)")
      return Self.standIn(shape)
    }
    guard stored.shape == shape else {
      misshapen.append("\(name) has \(stored.shape), expected \(shape)")
      return Self.standIn(shape)
    }
    return try stored.weights()
  }

  /// A linear layer `PREFIX.weight` `[out, in]` and `PREFIX.bias`, with its adapter if it has one.
  public func linear(
    _ prefix: String, in inputs: Int, out outputs: Int, bias: Bool = true
  ) throws(VLAError) -> Linear {
    // Packed or merged weights are copies: the file's pages need not stay in memory beside them.
    defer {
      if precision != .f32 || checkpoint.adapters[prefix] != nil {
        checkpoint.tensors["\(prefix).weight"]?.forgetPages()
      }
    }
    var weight = try tensor("\(prefix).weight", [outputs, inputs])
    let biasTensor = bias ? try tensor("\(prefix).bias", [outputs]) : nil
    guard let stored = checkpoint.adapters[prefix] else {
      return layer(weight, bias: biasTensor)
    }
    taken.insert(prefix)
    let rank = stored.a.shape.first ?? 0
    guard stored.a.shape == [rank, inputs], stored.b.shape == [outputs, rank], rank > 0 else {
      misshapen.append(
        "\(prefix): adapter has A \(stored.a.shape) and B \(stored.b.shape),"
          + " expected [r, \(inputs)] and [\(outputs), r]")
      return layer(weight, bias: biasTensor)
    }
    if let magnitude = stored.magnitude, magnitude.shape.filter({ $0 != 1 }) != [outputs] {
      misshapen.append(
        "\(prefix): adapter has magnitudes \(magnitude.shape), expected [\(outputs)]")
      return layer(weight, bias: biasTensor)
    }
    let adapter = LowRankAdapter(
      a: try stored.a.weights(), b: try stored.b.weights(), scale: stored.scale,
      magnitude: try stored.magnitude?.weights())
    guard mergesAdapters || adapter.magnitude != nil else {
      return layer(weight, bias: biasTensor, adapter: adapter)
    }
    if weight.values.count == inputs * outputs {
      weight = adapter.merged(into: weight)
      if let bad = weight.firstNonFinite {
        throw VLAError(
          checkpoint.source, prefix, "with its adapter, number \(bad) is \(weight.values[bad])")
      }
    }
    return layer(weight, bias: biasTensor)
  }

  /// A linear layer of tensors already loaded, its weight brought to the loader's precision.
  public func layer(
    _ weight: Tensor, bias: Tensor?, adapter: LowRankAdapter? = nil
  ) -> Linear {
    Linear(weight: Weight(weight, precision: precision), bias: bias, adapter: adapter)
  }

  /// `PREFIX.weight` with its adapter merged in, when it has one.
  package static func mergedWeight(
    _ prefix: String, of checkpoint: Checkpoint
  ) throws(VLAError) -> Tensor? {
    guard let stored = checkpoint.tensors["\(prefix).weight"], stored.shape.count == 2 else {
      return nil
    }
    return try WeightLoader(checkpoint).linear(
      prefix, in: stored.shape[1], out: stored.shape[0], bias: false
    ).weight.tensor
  }

  /// `PREFIX.weight` and `PREFIX.bias`, both `[width]`.
  public func layerNorm(
    _ prefix: String, _ width: Int, epsilon: Float
  ) throws(VLAError) -> LayerNorm {
    LayerNorm(
      weight: try tensor("\(prefix).weight", [width]), bias: try tensor("\(prefix).bias", [width]),
      epsilon: epsilon)
  }

  /// Notes that these tensors are known and not needed.
  public func skip(where isKnown: (String) -> Bool) {
    for name in checkpoint.tensors.keys where isKnown(name) { taken.insert(name) }
  }

  /// Throws the list of everything missing, mis-shaped or unexpected.
  public func finish() throws(VLAError) {
    let extra =
      checkpoint.tensors.keys.filter { !taken.contains($0) }.sorted()
      + checkpoint.adapters.keys.filter { !taken.contains($0) }.sorted().map { "\($0) (adapter)" }
    var parts: [String] = []
    for (title, names) in [
      ("missing", missing), ("mis-shaped", misshapen), ("unexpected", extra),
    ] where !names.isEmpty {
      let listed = names.prefix(40).map { "\n  \($0)" }.joined()
      let more = names.count > 40 ? "\n  and \(names.count - 40) more" : ""
      parts.append("\(names.count) \(title) tensors:\(listed)\(more)")
    }
    guard parts.isEmpty else {
      throw VLAError(checkpoint.source, nil, parts.joined(separator: "\n"))
    }
  }

  private static func standIn(_ shape: [Int]) -> Tensor {
    Tensor(shape: shape.map { _ in 0 }) { _ in }
  }
}
