/// The samples a policy is trained on, as RoboVLMs' `DiskCalvinDataset` cuts them: windows of
/// consecutive frames inside an annotated span, each frame with the chunk of actions that follows.
///
/// The span's last frame is stored inclusively but excluded from supervision: from it on, frames
/// repeat and are masked.
public struct TrainingWindows: Sendable {
  /// One sample.
  public struct Window: Sendable, Hashable {
    /// First frame.
    public var first: Int
    /// The span's last frame: the first that is not supervised.
    public var end: Int
    /// Index of the span, which has the instruction.
    public var span: Int
  }

  /// Frames per sample (16 in RoboVLMs' published configurations).
  public let length: Int
  /// Actions per frame (10).
  public let chunk: Int
  /// The annotated spans.
  public let spans: [LanguageAnnotations.Span]
  /// Samples before each span, and their total last: no list of samples is kept.
  private let starts: [Int]

  /// Windows of `length` frames with chunks of `chunk` actions over these spans. A span shorter
  /// than a window gives none.
  public init(spans: [LanguageAnnotations.Span], length: Int = 16, chunk: Int = 10) {
    precondition(length > 0 && chunk > 0)
    self.spans = spans
    self.length = length
    self.chunk = chunk
    starts = spans.reduce(into: [0]) { starts, span in
      starts.append((starts.last ?? 0) + max(0, span.last - length - span.first + 1))
    }
  }

  /// Number of samples.
  public var count: Int { starts.last ?? 0 }

  /// The sample at `index`, in the order of spans and frames.
  public subscript(index: Int) -> Window {
    precondition((0..<count).contains(index), "window \(index) of \(count)")
    // The last span that starts at or before the index; empty spans are stepped over.
    var (low, high) = (0, spans.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= index { low = middle } else { high = middle }
    }
    return Window(
      first: spans[low].first + index - starts[low], end: spans[low].last, span: low)
  }

  /// Numbers of the `length + chunk` frames a sample is made of; beyond the span's end its last
  /// frame repeats.
  public func frames(of window: Window) -> [Int] {
    (0..<(length + chunk)).map { min(window.first + $0, window.end) }
  }

  /// `[length, chunk]`: true where the action of frame `t + c` is supervised.
  public func actionMask(of window: Window) -> [Bool] { mask(of: window, ahead: 0) }

  /// `[length, chunk]`: true where the picture of frame `t + 1 + c` lies in the span.
  public func futureMask(of window: Window) -> [Bool] { mask(of: window, ahead: 1) }

  /// Frame numbers `[length, chunk]` of the pictures that follow each frame.
  public func futureFrames(of window: Window) -> [Int] {
    cells { t, c in min(window.first + t + 1 + c, window.end) }
  }

  /// `[length, chunk, 7]` actions: the chunk at `t` begins with frame `t`'s own action. Motion is
  /// clipped to `range` and scaled to [-1, 1], the gripper becomes 0 (close) or 1 (open).
  ///
  /// - Parameter relativeActions: `rel_actions` of `frames(of:)`, in that order.
  public func actionChunks(
    of window: Window, relativeActions: [[Double]], range: ClosedRange<Float>? = -0.65...0.65
  ) -> [Float] {
    precondition(relativeActions.count == length + chunk)
    // The last action only ever follows the window: upstream drops it before cutting chunks.
    let actions = relativeActions.dropLast().map { Self.supervised($0, range: range) }
    var chunks: [Float] = []
    chunks.reserveCapacity(length * chunk * 7)
    for t in 0..<length {
      for c in 0..<chunk { chunks += actions[t + c] }
    }
    return chunks
  }

  /// A relative action as the loss sees it.
  public static func supervised(
    _ action: [Double], range: ClosedRange<Float>? = -0.65...0.65
  ) -> [Float] {
    var numbers = action.map(Float.init)
    if let range {
      let width = range.upperBound - range.lowerBound
      for index in numbers.indices.dropLast() {
        let clipped = min(max(numbers[index], range.lowerBound), range.upperBound)
        numbers[index] = 2 * (clipped - range.lowerBound) / width - 1
      }
    }
    let gripper = numbers.count - 1
    // Python's (g + 1) // 2: only a fully open gripper (+1) counts as open.
    numbers[gripper] = ((numbers[gripper] + 1) / 2).rounded(.down)
    return numbers
  }

  private func mask(of window: Window, ahead: Int) -> [Bool] {
    cells { t, c in window.first + t + c + ahead < window.end }
  }

  private func cells<Value>(_ value: (Int, Int) -> Value) -> [Value] {
    (0..<length).flatMap { t in (0..<chunk).map { c in value(t, c) } }
  }
}
