import Foundation
import Synchronization

/// Reads frames on several cores ahead of their use and hands them out in the order asked for.
public struct FrameStream: Sendable {
  private let split: DatasetSplit
  private let fields: DatasetFrame.Fields
  private let ahead: Int

  /// A stream of these fields; at most `ahead` frames are kept decoded.
  public init(_ split: DatasetSplit, fields: DatasetFrame.Fields, ahead: Int = 128) {
    precondition(ahead > 0)
    self.split = split
    self.fields = fields
    self.ahead = ahead
  }

  /// Calls `body` with every frame in order, on the caller's thread. The first frame that cannot
  /// be read ends the stream with its error.
  public func forEach(
    _ frames: [Int], _ body: (DatasetFrame) throws -> Void
  ) throws {
    let (split, fields) = (split, fields)
    let readers = FrameReaders(frames, ahead: ahead) { frame in
      Result { () throws(DatasetError) in try split.frame(frame, fields: fields) }
    }
    defer { readers.stop() }
    for place in frames.indices { try body(try readers.take(place).get()) }
  }
}

/// Threads that read frames into a ring of slots. Nobody holds a lock: readers draw their next frame
/// from a counter, and a slot's semaphore tells the one consumer that its frame is there.
private final class FrameReaders: @unchecked Sendable {
  typealias Outcome = Result<DatasetFrame, DatasetError>

  private let frames: [Int]
  private let read: @Sendable (Int) -> Outcome
  // A slot is written by the reader that drew its place, then read by the consumer, then free again.
  private let slots: UnsafeMutableBufferPointer<Outcome?>
  private let filled: [DispatchSemaphore]
  private let free = DispatchSemaphore(value: 0)
  private let next = Atomic(0)
  private let isStopped = Atomic(false)
  private let threads: Int
  private let ended = DispatchGroup()

  init(_ frames: [Int], ahead: Int, read: @escaping @Sendable (Int) -> Outcome) {
    self.frames = frames
    self.read = read
    let count = min(ahead, frames.count)
    slots = .allocate(capacity: count)
    slots.initialize(repeating: nil)
    filled = (0..<count).map { _ in DispatchSemaphore(value: 0) }
    for _ in 0..<count { free.signal() }
    threads = min(ProcessInfo.processInfo.activeProcessorCount, count)
    for _ in 0..<threads {
      ended.enter()
      let thread = Thread { [self] in
        work()
        ended.leave()
      }
      thread.name = "frame reader"
      thread.start()
    }
  }

  deinit {
    slots.deinitialize()
    slots.deallocate()
  }

  private func work() {
    while true {
      free.wait()
      guard !isStopped.load(ordering: .acquiring) else { return }
      let place = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard place < frames.count else { return }
      slots[place % slots.count] = read(frames[place])
      filled[place % slots.count].signal()
    }
  }

  /// The frame at a place; places are taken in order, each once.
  func take(_ place: Int) -> Outcome {
    let slot = place % slots.count
    filled[slot].wait()
    guard let outcome = slots[slot].take() else {
      preconditionFailure("a slot was signalled before it was filled")
    }
    free.signal()
    return outcome
  }

  /// Ends the readers and waits for them.
  func stop() {
    isStopped.store(true, ordering: .releasing)
    for _ in 0..<threads { free.signal() }
    ended.wait()
  }
}
