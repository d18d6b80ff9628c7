import NumPy

/// The order in which samples are visited: shuffled anew every epoch by seed, and dealt out to
/// workers and machines so that together they visit each sample once.
public struct WindowOrder: Sendable {
  private let seed: UInt32
  private let count: Int

  /// An order over `count` samples.
  public init(count: Int, seed: UInt32) {
    self.count = count
    self.seed = seed
  }

  /// Samples of one epoch for shard `shard` of `shards`. Shards may differ in length by one; the
  /// union over all shards does not depend on their number.
  public func indices(epoch: Int, shard: Int = 0, of shards: Int = 1) -> [Int] {
    precondition(shards > 0 && (0..<shards).contains(shard) && epoch >= 0)
    var random = RandomState(seed: [seed, UInt32(truncatingIfNeeded: epoch)])
    let order = random.permutation(count)
    return stride(from: shard, to: count, by: shards).map { order[$0] }
  }
}
