import ArgumentParser

/// Where the scene comes from; shared by every subcommand that builds a world.
struct SceneOptions: ParsableArguments {
  @Option(help: "Scene to load: A, B, C or D.")
  var scene = "D"

  @Option(
    name: .customLong("calvin-env"),
    help: "A calvin_env checkout to read scenes from (default: the embedded Scenes/).")
  var calvinEnv: String?

  @Option(
    help: "A dataset split whose .hydra/merged_config.yaml overrides scene, robot and cameras.")
  var dataset: String?
}

/// Throws unless an option's number lies in its range.
func require(_ option: String, _ value: Int, in range: ClosedRange<Int>) throws {
  guard range.contains(value) else {
    throw ValidationError(
      "\(option) is \(range.lowerBound) to \(range.upperBound), not \(value).")
  }
}

/// Env steps a subtask may be given.
let stepsPerSubtaskRange = 1...100_000

/// Machine-readable output.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print one JSON object instead of text.")
  var json = false
}
