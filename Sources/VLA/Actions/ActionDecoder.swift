import Foundation

/// From a head's raw outputs to the relative action the environment executes: RoboVLMs'
/// `CustomModel.step` after the forward pass.
public struct ActionDecoder: Sendable {
  private let configuration: VLAConfiguration
  private let tokenizer: ActionTokenizer?

  /// The decoder of a model's predictions.
  public init(_ model: VLAModel) {
    configuration = model.configuration
    tokenizer = if case .discrete(let head) = model.head { head.tokenizer } else { nil }
  }

  /// The actions of a predicted chunk, first to last, each seven numbers with a gripper of ±1.
  /// `robot` is `robot_obs` now. Under `compatibility: robovlms` and history `pre`, the chunk is
  /// the oldest frame's.
  public func actions(_ prediction: RawPrediction, robot: [Double]) -> [[Double]] {
    let executed =
      configuration.compatibility == .robovlms ? prediction.oldestChunk : prediction.chunk
    guard tokenizer != nil else { return executed.map { action($0, robot: robot) } }
    return [finish(decoded(prediction), robot: robot)]
  }

  /// The numbers a discrete prediction's tokens stand for, the gripper as ±1; empty for a
  /// continuous one.
  public func decoded(_ prediction: RawPrediction) -> [Double] {
    guard let tokenizer else { return [] }
    var numbers = prediction.tokens.map(tokenizer.decode)
    if let gripper = numbers.last { numbers[numbers.count - 1] = gripper > 0 ? 1 : -1 }
    return numbers
  }

  /// One action from six numbers in -1...1 and a gripper logit.
  func action(_ raw: [Float], robot: [Double]) -> [Double] {
    let arm = raw.dropLast().map { Double($0) }
    // σ(logit) > 0.5, which a logit of exactly 0 is not.
    let isOpen = (raw.last ?? 0) > 0
    return finish(arm + [isOpen ? 1 : 0], robot: robot)
  }

  private func finish(_ normalized: [Double], robot: [Double]) -> [Double] {
    var action = normalized
    if configuration.isTCPRelative {
      action = RelativeAction.worldFromTCP(action, robot: robot)
    }
    if let mu = configuration.mu { action = ActionScaling.inverseMuLaw(action, mu: mu) }
    // Upstream regularises when it trains, and forgets to undo it here.
    if configuration.compatibility != .robovlms,
      let (mean, deviation) = configuration.regularization
    {
      action = ActionScaling.unregularize(action, mean: mean, deviation: deviation)
    }
    if configuration.normalizesActions {
      action = ActionScaling.unnormalize(
        action, low: configuration.normLow, high: configuration.normHigh, keepsGripper: false)
    }
    let isOpen =
      configuration.isRawCalvin && tokenizer == nil ? (action[6] - 0.5) * 2 > 0 : action[6] > 0
    action[6] = isOpen ? 1 : -1
    if !configuration.isRawCalvin {
      action = RelativeAction.fromTCPDisplacement(
        action, robot: robot, wrapsAngles: configuration.compatibility != .robovlms)
    }
    return action
  }
}
