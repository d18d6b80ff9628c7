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

/// Machine-readable output.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print one JSON object instead of text.")
  var json = false
}
