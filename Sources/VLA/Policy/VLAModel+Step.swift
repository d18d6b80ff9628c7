import Calvin
import NeuralNetworks

/// What the model remembers of one rollout between steps; one per worker.
public final class VLAStream {
  /// The instruction's tokens.
  public var ids: [Int] = []
  /// Hidden states of the newest frames, oldest first, at most the window, `[frames, D · latent]`.
  fileprivate var hidden: [[Float]] = []
  /// Image features of the newest frames, for history `pre`.
  fileprivate var frames: [OwnedMatrix] = []

  /// A stream that has seen nothing.
  public init() {}

  /// Repeats the newest hidden state until the window is full, as after many steps.
  package func fillWindow(of model: VLAModel) {
    guard let last = hidden.last else { return }
    while hidden.count < model.configuration.window { hidden.append(last) }
  }

  /// Forgets everything but the instruction, as `CustomModel.reset` at each subtask.
  public func reset() {
    hidden = []
    frames = []
  }
}

/// What the model says about one frame, before un-normalisation.
public struct RawPrediction: Sendable, Equatable {
  /// C actions of seven numbers: six in -1...1 and the gripper's logit. Empty for a discrete head.
  public var chunk: [[Float]]
  /// The hidden state the newest frame's prediction came from, `[D · latent]`.
  public var hidden: [Float]
  /// The chunk upstream executes: the oldest frame's under history `pre`, else `chunk`.
  public var oldestChunk: [[Float]]
  /// Generated ids and the logits they were chosen by, of a discrete head.
  public var tokens: [Int]
  /// `[7 · V]`
  public var tokenLogits: [Float]

  /// A prediction of these parts; without `oldestChunk` the oldest frame's chunk is `chunk`.
  public init(
    chunk: [[Float]] = [], hidden: [Float] = [], oldestChunk: [[Float]]? = nil, tokens: [Int] = [],
    tokenLogits: [Float] = []
  ) {
    self.chunk = chunk
    self.hidden = hidden
    self.oldestChunk = oldestChunk ?? chunk
    self.tokens = tokens
    self.tokenLogits = tokenLogits
  }
}

extension VLAModel {
  /// One control step of several streams at once. A stream's result does not depend on the others.
  public func step(
    _ requests: [(stream: VLAStream, static: Frame, gripper: Frame)], _ pass: ForwardPass
  ) throws(VLAError) -> [RawPrediction] {
    try pass.workspace.scope { () throws(VLAError) in
      let features = try encode(requests.map { ($0.static, $0.gripper) }, pass)
      let rows = features.rows / max(requests.count, 1)
      let own = requests.indices.map { features.rows(($0 * rows)..<(($0 + 1) * rows)) }
      switch head {
      case .discrete(let discrete):
        return generate(requests.map(\.stream), own, discrete, pass)
      case .continuous(let head):
        let inputs = requests.indices.map { index in
          SequenceInput(
            ids: requests[index].stream.ids, frames: remember(own[index], requests[index].stream))
        }
        return predict(requests.map(\.stream), inputs, head, pass)
      }
    }
  }

  /// The frames a stream's sequence is made of, the newest included.
  private func remember(_ features: Matrix, _ stream: VLAStream) -> [Matrix] {
    guard configuration.history == .pre else { return [features] }
    let kept = OwnedMatrix(rows: features.rows, columns: features.columns)
    kept.matrix.copy(from: features)
    stream.frames.append(kept)
    if stream.frames.count > configuration.window { stream.frames.removeFirst() }
    return stream.frames.map(\.matrix)
  }

  private func predict(
    _ streams: [VLAStream], _ inputs: [SequenceInput], _ head: any ActionHead, _ pass: ForwardPass
  ) -> [RawPrediction] {
    let hidden = actionHidden(inputs, pass)
    let flat = Matrix(
      hidden.start, rows: hidden.rows / configuration.head.latent, columns: featureWidth)
    var windows: [[[Float]]] = []
    var at = 0
    for (stream, input) in zip(streams, inputs) {
      let newest = flat.rows(at..<(at + input.frames.count))
      at += input.frames.count
      if configuration.history == .pre {
        stream.hidden = (0..<newest.rows).map { newest.rows($0..<($0 + 1)).array }
      } else {
        stream.hidden.append(newest.array)
        if stream.hidden.count > configuration.window { stream.hidden.removeFirst() }
      }
      windows.append(stream.hidden)
    }
    let lengths = windows.map(\.count)
    let packed = pass.workspace.matrix(lengths.reduce(0, +), featureWidth)
    for (row, numbers) in windows.joined().enumerated() {
      numbers.withUnsafeBufferPointer { packed.setRow(row, $0) }
    }
    let everyStep = configuration.history == .pre
    let output = pass.timed("head") {
      head(packed, lengths: lengths, everyStep: everyStep, pass)
    }
    var end = 0
    return windows.indices.map { index in
      end += everyStep ? lengths[index] : 1
      let newest = chunk(output, row: end - 1)
      return RawPrediction(
        chunk: newest, hidden: windows[index].last ?? [],
        oldestChunk: everyStep ? chunk(output, row: end - lengths[index]) : newest)
    }
  }

  private func chunk(_ output: ActionPrediction, row: Int) -> [[Float]] {
    let arm = configuration.head.actionSize - 1
    return (0..<configuration.head.chunk).map { step in
      (0..<arm).map { output.arm[row, step * arm + $0] } + [output.gripper[row, step]]
    }
  }

  private func generate(
    _ streams: [VLAStream], _ features: [Matrix], _ head: DiscreteHead, _ pass: ForwardPass
  ) -> [RawPrediction] {
    pass.workspace.scope {
      let orders = streams.map { layout($0.ids) }
      let x = pass.workspace.matrix(orders.reduce(0) { $0 + $1.count }, backbone.width)
      pass.timed("text") {
        var at = 0
        for (order, features) in zip(orders, features) {
          embed(order, features: features, into: x.rows(at..<(at + order.count)))
          at += order.count
        }
      }
      let size = head.actionSize
      let logits = pass.workspace.matrix(streams.count * size, backbone.vocabularySize)
      let headBefore = pass.phaseSeconds["head"] ?? 0
      let ids = pass.timed("decoder") {
        head.generate(x, lengths: orders.map(\.count), backbone: backbone, logits: logits, pass)
      }
      // The head's products run between the decoder's steps.
      pass.move(seconds: (pass.phaseSeconds["head"] ?? 0) - headBefore, outOf: "decoder")
      return streams.indices.map { index in
        RawPrediction(
          tokens: ids[index],
          tokenLogits: logits.rows((index * size)..<((index + 1) * size)).array)
      }
    }
  }
}
