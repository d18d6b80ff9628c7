import Calvin
import Policies

/// One worker's view of a VLA model: it keeps the subtask's instruction and history, and asks the
/// shared runtime for predictions. Each camera is rendered once per prediction, and not at all
/// while a chunk is executed.
public final class VLAPolicy: Policy {
  private let runtime: VLARuntime
  private let stream = VLAStream()
  private let decoder: ActionDecoder
  private var schedule: ChunkSchedule

  init(_ runtime: VLARuntime) {
    self.runtime = runtime
    decoder = ActionDecoder(runtime.model)
    schedule = ChunkSchedule(runtime.model.configuration.chunkExecution)
  }

  deinit { runtime.release() }

  /// Tokenizes the instruction, once per subtask, and forgets the history.
  public func reset(for subtask: SubtaskContext) {
    stream.reset()
    let duration = ContinuousClock().measure {
      stream.ids = runtime.tokens(of: subtask.instruction)
    }
    runtime.addTokenizer(seconds: duration / .seconds(1))
    schedule = ChunkSchedule(runtime.model.configuration.chunkExecution)
  }

  /// The relative action for this step, gripper ±1. A number that is not finite is the policy's
  /// fault.
  public func act(_ observation: Observation) throws -> Action {
    let words = runtime.model.backbone.vocabularySize
    if let id = stream.ids.first(where: { !(0..<words).contains($0) }) {
      throw PolicyFault("the instruction has token \(id), but the model embeds \(words)")
    }
    guard runtime.model.canEncode(stream.ids) else {
      throw PolicyFault("the instruction has no words the head could pool")
    }
    if schedule.needsPrediction {
      let usesGripper = runtime.model.configuration.usesGripperCamera
      let still = try observation.cameras.frame("static", depth: false)
      let wrist = usesGripper ? try observation.cameras.frame("gripper", depth: false) : still
      let prediction = try runtime.predict(stream, (still, wrist))
      guard prediction.chunk.joined().allSatisfy(\.isFinite) else {
        throw PolicyFault("the model's prediction holds a number that is not finite")
      }
      schedule.add(
        decoder.actions(prediction, robot: observation.state.robotObservation))
    }
    return .cartesianRelative(
      schedule.next().map { Double(Float($0)) }, precision: .single)
  }
}

extension VLARuntime {
  /// The ids the model is given for an instruction.
  public func tokens(of instruction: String) -> [Int] {
    let configuration = model.configuration
    if configuration.head.kind == .discrete {
      // Trained on the chunk plus one; the tokenizer's own end follows the prompt's and is dropped.
      let prompt = DiscreteHead.prompt(
        instruction: instruction, steps: configuration.head.chunk + 1)
      return tokenizer.encode(prompt).dropLast()
    }
    return configuration.backbone.ids(for: instruction, tokenizer)
  }
}
