/// What is known about a run's chains.
public struct RunOutcomes: Sendable, Equatable {
  private var verdicts: [Int: Verdict] = [:]
  private var failed: [Int: ChainFailure] = [:]

  private struct Verdict: Sendable, Equatable {
    var result: ChainResult
    var timing: ChainTiming?
  }

  /// What these entries say.
  public init(_ entries: [Journal.Entry]) {
    for entry in entries { add(entry) }
  }

  /// Verdicts alone.
  public init(results: [ChainResult]) {
    for result in results { verdicts[result.chain] = Verdict(result: result) }
  }

  /// Takes in one entry: a chain's first verdict counts, and replaces any failure.
  public mutating func add(_ entry: Journal.Entry) {
    switch entry {
    case .verdict(let result, let timing):
      guard verdicts[result.chain] == nil else { return }
      verdicts[result.chain] = Verdict(result: result, timing: timing)
      failed[result.chain] = nil
    case .failure(let failure):
      guard verdicts[failure.chain] == nil else { return }
      failed[failure.chain] = failure
    }
  }

  /// Chains with a verdict.
  public var count: Int { verdicts.count }

  /// Verdicts in chain order.
  public var results: [ChainResult] {
    verdicts.sorted { $0.key < $1.key }.map(\.value.result)
  }

  /// Timings in chain order.
  public var timings: [ChainTiming] {
    verdicts.sorted { $0.key < $1.key }.compactMap(\.value.timing)
  }

  /// Chains without verdict whose every attempt failed, in chain order.
  public var failures: [ChainFailure] {
    failed.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Chains of 0..<count, or of the shard's part of them, that have no verdict.
  public func missing(of count: Int, shard: Shard? = nil) -> [Int] {
    (0..<count).filter { verdicts[$0] == nil && shard?.contains(chain: $0) ?? true }
  }
}
