import Foundation

/// Which actions of predicted chunks are executed.
public enum ChunkExecution: Sendable, Equatable {
  /// The first action of a new prediction at every step, as RoboVLMs' wrapper does.
  case first
  /// The first `steps` actions of a prediction before the next one.
  case openLoop(steps: Int)
  /// A new prediction at every step; all predictions for the current step are averaged, with
  /// weights exp(−decay · i) from the oldest (i = 0) on. The gripper goes with the weighted sign.
  case ensemble(decay: Double)

  /// The execution a config's `chunk_execution` names: `first`, `open_loop` with
  /// `open_loop_steps`, `ensemble` with `ensemble_decay`.
  init(_ config: ConfigReader, chunk: Int) throws(VLAError) {
    switch try config.choice("chunk_execution", of: Name.self) ?? .first {
    case .first: self = .first
    case .openLoop:
      self = .openLoop(steps: try config.int("open_loop_steps", 1...chunk) ?? chunk)
    case .ensemble:
      let decay = try config.double("ensemble_decay") ?? 0.01
      guard decay >= 0 else {
        throw config.error("ensemble_decay", "is \(decay), expected 0 or more")
      }
      self = .ensemble(decay: decay)
    }
  }

  private enum Name: String, CaseIterable {
    case first, ensemble
    case openLoop = "open_loop"
  }
}

/// The predictions of one subtask and what they mean for the current step.
struct ChunkSchedule: Sendable {
  private let execution: ChunkExecution
  /// Predicted chunks with the step each was made at, oldest first.
  private var chunks: [(step: Int, actions: [[Double]])] = []
  private var step = 0

  init(_ execution: ChunkExecution) { self.execution = execution }

  /// True when the model must be asked before the next action.
  var needsPrediction: Bool {
    guard case .openLoop(let steps) = execution, let last = chunks.last else { return true }
    return step - last.step >= min(steps, last.actions.count)
  }

  /// Adds the prediction made for the current step.
  mutating func add(_ actions: [[Double]]) {
    if case .ensemble = execution {
      chunks.removeAll { step - $0.step >= $0.actions.count }
    } else {
      chunks.removeAll()
    }
    chunks.append((step, actions))
  }

  /// The action of the current step, then moves on by one.
  mutating func next() -> [Double] {
    defer { step += 1 }
    guard case .ensemble(let decay) = execution else {
      return chunks.last.map { $0.actions[step - $0.step] } ?? []
    }
    let votes = chunks.compactMap { chunk in
      let index = step - chunk.step
      return chunk.actions.indices.contains(index) ? chunk.actions[index] : nil
    }
    let weights = votes.indices.map { exp(-decay * Double($0)) }
    let total = weights.reduce(0, +)
    var mean = (votes.first ?? []).indices.map { dimension in
      zip(votes, weights).reduce(0) { $0 + $1.0[dimension] * $1.1 } / total
    }
    if let gripper = mean.last { mean[mean.count - 1] = gripper > 0 ? 1 : -1 }
    return mean
  }
}
