import Dispatch

/// Reads frames on several cores ahead of their use and hands them out in the order asked for.
public struct FrameStream: Sendable {
  private let split: DatasetSplit
  private let fields: DatasetFrame.Fields
  private let batch: Int

  /// A stream of these fields; `batch` frames are decoded at once while the batch before is used.
  public init(_ split: DatasetSplit, fields: DatasetFrame.Fields, batch: Int = 64) {
    precondition(batch > 0)
    self.split = split
    self.fields = fields
    self.batch = batch
  }

  /// Calls `body` with every frame in order, on the caller's thread. The first frame that cannot
  /// be read ends the stream with its error.
  public func forEach(
    _ frames: [Int], _ body: (DatasetFrame) throws -> Void
  ) throws {
    var ahead = Batch(self, frames.prefix(batch))
    var next = min(batch, frames.count)
    while true {
      let current = ahead
      let end = min(next + batch, frames.count)
      let isLast = next == end
      if !isLast {
        ahead = Batch(self, frames[next..<end])
        next = end
      }
      for result in current.wait() { try body(try result.get()) }
      if isLast { return }
    }
  }

  /// Frames being decoded in the background.
  private final class Batch: @unchecked Sendable {
    // Written by one task each before `done` is signalled, read after it.
    private var results: [Result<DatasetFrame, DatasetError>?]
    private let done = DispatchGroup()

    init(_ stream: FrameStream, _ numbers: ArraySlice<Int>) {
      let numbers = Array(numbers)
      results = Array(repeating: nil, count: numbers.count)
      DispatchQueue.global().async(group: done) { [self] in
        results.withUnsafeMutableBufferPointer { buffer in
          nonisolated(unsafe) let elements = buffer
          DispatchQueue.concurrentPerform(iterations: numbers.count) { index in
            elements[index] = Result { () throws(DatasetError) in
              try stream.split.frame(numbers[index], fields: stream.fields)
            }
          }
        }
      }
    }

    func wait() -> [Result<DatasetFrame, DatasetError>] {
      done.wait()
      return results.compactMap { $0 }
    }
  }
}
