import Calvin
import Geometry
import Policies

/// The scripted policy: reads the privileged scene state, acts through ordinary relative actions.
///
/// A recipe is planned from what is seen when it starts; when it ends without success, or a motion
/// fails, a new plan is made.
public final class ExpertPolicy: Policy {
  private let words: Vocabulary
  private var recipe: Recipe?
  private var plan: ArraySlice<Motion> = []
  /// The word of the vocabulary being acted out, for traces; nil before the first action.
  public var motionName: String? { plan.first?.name }
  private var stepsInMotion = 0
  private var attempt = 0
  /// How often the arm got stuck in this task, and whether it has just now.
  private var timesStuck = 0
  private var isStuck = false
  private let largestAction: Double
  private var pursuit: Pursuit

  /// An arm that keeps getting stuck goes on where it is.
  private static let mostReturns = 2

  /// An expert for the scene the bench was measured in; no number of its actions' motion exceeds
  /// `largestAction`.
  public init(bench: Workbench, largestAction: Double = 1) {
    words = Vocabulary(bench: bench)
    self.largestAction = largestAction
    pursuit = Pursuit(largest: largestAction)
  }

  /// Looks up the recipe; throws for a task that is not one of the 34.
  public func reset(for subtask: SubtaskContext) throws {
    recipe = try Recipe(task: subtask.task, words)
    plan = []
    stepsInMotion = 0
    attempt = 0
    (timesStuck, isStuck) = (0, false)
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
        makePlan(situation)
        continue
      }
      switch motion.outcome(situation, motion.goal(situation), stepsInMotion) {
      case .running: return motion
      case .done: plan.removeFirst()
      case .failed: plan = []
      case .stuck where timesStuck < Self.mostReturns:
        plan = []
        isStuck = true
      case .stuck: plan.removeFirst()
      }
      stepsInMotion = 0
    }
    return plan.first
  }

  /// Makes the next plan: another attempt, or first a way out for an arm that got stuck.
  private func makePlan(_ situation: Situation) {
    stepsInMotion = 0
    if isStuck {
      (timesStuck, isStuck) = (timesStuck + 1, false)
      plan = ArraySlice(words.returnHome(situation))
    } else {
      plan = ArraySlice(recipe?.plan(situation, attempt) ?? [])
      attempt += 1
    }
  }
}
