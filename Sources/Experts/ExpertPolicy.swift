import Calvin
import Geometry
import Policies

/// The scripted policy: reads the privileged scene state, acts through ordinary relative actions.
///
/// A recipe is planned from what is seen when it starts; when it ends without success, or a motion
/// fails, a new plan is made.
public final class ExpertPolicy: Policy {
  private let bench: Workbench
  private var recipe: Recipe?
  private var plan: ArraySlice<Motion> = []
  /// The word of the vocabulary being acted out, for traces; nil before the first action.
  public var motionName: String? { plan.first?.name }
  private var stepsInMotion = 0
  private var attempt = 0
  private let largestAction: Double
  private var pursuit: Pursuit

  /// An expert for the scene the bench was measured in; no number of its actions' motion exceeds
  /// `largestAction`.
  public init(bench: Workbench, largestAction: Double = 1) {
    self.bench = bench
    self.largestAction = largestAction
    pursuit = Pursuit(largest: largestAction)
  }

  /// Looks up the recipe; throws for a task that is not one of the 34.
  public func reset(for subtask: SubtaskContext) throws {
    recipe = try Recipe(task: subtask.task, bench: bench)
    plan = []
    stepsInMotion = 0
    attempt = 0
    pursuit = Pursuit(largest: largestAction)
  }

  /// The next action of the current motion.
  public func act(_ observation: Observation) throws -> Action {
    let situation = Situation(observation)
    let motion = currentMotion(situation)
    guard let motion else {
      return .cartesianRelative([0, 0, 0, 0, 0, 0, observation.state.robotObservation[14]])
    }
    stepsInMotion += 1
    return pursuit.action(
      towards: motion.goal(situation), from: situation, speed: motion.speed,
      gripper: motion.gripper.rawValue)
  }

  private func currentMotion(_ situation: Situation) -> Motion? {
    // A plan whose motions are all over at once must not keep the loop going.
    for _ in 0..<8 {
      guard let motion = plan.first else {
        plan = ArraySlice(recipe?.plan(situation, attempt) ?? [])
        attempt += 1
        stepsInMotion = 0
        continue
      }
      switch motion.outcome(situation, motion.goal(situation), stepsInMotion) {
      case .running: return motion
      case .done: plan.removeFirst()
      case .failed: plan = []
      }
      stepsInMotion = 0
    }
    return plan.first
  }
}
