/// Actions as tokens: each number falls in one of `bins` bins, and the bins use the ids just below
/// the end of the base vocabulary. Source: RoboVLMs' `ActionTokenizer`.
public struct ActionTokenizer: Sendable, Equatable {
  /// Edges, equally spaced from the least to the greatest action.
  public let edges: [Double]
  /// The id of bin 0; bin k has `firstID - k`.
  public let firstID: Int

  /// RoboVLMs leaves this many ids free besides the special tokens.
  private static let reserved = 10

  /// A tokenizer over `bins` edges in `low...high`, for a tokenizer of `vocabulary` ids and
  /// `specialTokens` entries in its special-token map.
  public init(vocabulary: Int, specialTokens: Int, bins: Int, low: Double, high: Double) {
    firstID = vocabulary - specialTokens - Self.reserved
    let step = (high - low) / Double(bins - 1)
    // As numpy.linspace: the last edge is exact.
    edges = (0..<bins).map { $0 == bins - 1 ? high : low + Double($0) * step }
  }

  /// Ids strictly between these two are actions.
  public var beginIndex: Int { firstID - (edges.count + 1) }
  /// See `beginIndex`.
  public var endIndex: Int { firstID }

  /// The id of a number: clipped, then the count of edges not above it.
  public func encode(_ value: Double) -> Int {
    let clipped = min(max(value, edges[0]), edges[edges.count - 1])
    var (low, high) = (0, edges.count)
    while low < high {
      let middle = (low + high) / 2
      if edges[middle] <= clipped { low = middle + 1 } else { high = middle }
    }
    return firstID - low
  }

  /// The centre of an id's bin; ids outside the range give the nearest bin.
  public func decode(_ id: Int) -> Double {
    let bin = min(max(firstID - id - 1, 0), edges.count - 2)
    return (edges[bin] + edges[bin + 1]) / 2
  }
}
