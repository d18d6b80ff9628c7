import ArgumentParser
import Calvin
import Foundation
import NeuralNetworks
import VLA

/// `calvin-eval bench vla-precision`: what weights of lower precision do to executed actions.
struct VLAPrecisionCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vla-precision",
    abstract: "Compare the actions a VLA model executes with f32, bf16 and int8 weights.",
    discussion: """
      The same episodes are run with each precision, each with its own history. Differences are
      given in units of the action and against the actions' own spread (their standard deviation
      over all steps), which says more where weights are random and actions small:
        calvin-eval bench vla-precision --model DIR
      """)

  @OptionGroup var source: VLASource

  @Option(help: "Episodes, computed as one batch.")
  var episodes = 4

  @Option(help: "Steps of an episode.")
  var steps = 8

  mutating func validate() throws {
    guard episodes > 0, steps > 0 else {
      throw ValidationError("--episodes and --steps are positive.")
    }
  }

  func run() async throws {
    try exitingOnBadInput {
      var expected: [[Double]] = []
      for precision in WeightPrecision.allCases {
        let (actions, milliseconds) = try execute(precision)
        let engine = Products.fastest.description(for: precision)
        let speed = String(
          format: "%@: %.1f ms a step of %d (%@)", precision.rawValue, milliseconds, episodes,
          engine)
        guard precision != .f32 else {
          expected = actions
          print(speed)
          continue
        }
        print("\(speed); \(ActionDifference(actions, expected).text)")
      }
    }
  }

  /// The executed actions of all episodes, and the fastest step's duration. The model lives no longer
  /// than this: two would need their memory at once.
  private func execute(
    _ precision: WeightPrecision
  ) throws -> (actions: [[Double]], milliseconds: Double) {
    let model = try source.load(precision: precision)
    let pass = ForwardPass(threads: source.threads)
    let decoder = ActionDecoder(model)
    let streams = (0..<episodes).map { source.stream($0, of: model) }
    var measurement = Measurement()
    var actions: [[Double]] = []
    for step in 0..<steps {
      let requests = streams.enumerated().map { episode, stream in
        let seed = episode * steps + step
        return (stream, source.picture(200, 2 * seed), source.picture(84, 2 * seed + 1))
      }
      let predictions = try measurement.measure { try model.step(requests, pass) }
      for prediction in predictions {
        actions += decoder.actions(prediction, robot: Array(repeating: 0, count: 15)).prefix(1)
      }
    }
    return (actions, measurement.fastestMilliseconds)
  }
}

/// How far executed actions are from others.
struct ActionDifference {
  /// Largest difference of an arm number.
  private(set) var largest = 0.0
  /// Root of the mean squared difference of the arm's numbers.
  private(set) var rootMeanSquare = 0.0
  /// Standard deviation of the expected arm numbers, dimension by dimension, as a root mean square.
  private(set) var spread = 0.0
  /// Actions whose gripper goes the other way.
  private(set) var grippers = 0
  private let count: Int

  /// The difference of actions of seven numbers from those expected.
  init(_ actions: [[Double]], _ expected: [[Double]]) {
    count = expected.count
    let dimensions = 0..<6
    for (action, other) in zip(actions, expected) {
      for dimension in dimensions {
        let difference = abs(action[dimension] - other[dimension])
        largest = max(largest, difference)
        rootMeanSquare += difference * difference
      }
      if action[6] != other[6] { grippers += 1 }
    }
    for dimension in dimensions {
      let values = expected.map { $0[dimension] }
      let mean = values.reduce(0, +) / Double(count)
      spread += values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    }
    let numbers = Double(6 * max(count, 1))
    rootMeanSquare = (rootMeanSquare / numbers).squareRoot()
    spread = (spread / numbers).squareRoot()
  }

  /// One line.
  var text: String {
    String(
      format: "arm differs by %.2e rms, %.2e at most; the actions spread by %.2e, so %.2f %%;"
        + " gripper differs in %d of %d",
      rootMeanSquare, largest, spread, 100 * rootMeanSquare / spread, grippers, count)
  }
}
