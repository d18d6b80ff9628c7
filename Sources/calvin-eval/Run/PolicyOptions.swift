import ArgumentParser
import NeuralNetworks

/// Who acts; shared by every command that runs a policy.
struct PolicyOptions: ParsableArguments {
  @Option(
    name: .customLong("policy"),
    help: ArgumentHelp(
      "expert, random, zero, replay:DIR, a checkpoint (a path with '/'), or ws://HOST:PORT.",
      valueName: "policy"))
  var name = "expert"

  @Option(
    name: .customLong("weights-precision"),
    help: ArgumentHelp(
      "f32, bf16 or int8 weights of a VLA model (default: what its config says, else f32).",
      valueName: "precision"))
  var weightsPrecision: WeightPrecision?

  /// What the name stands for.
  var choice: PolicyChoice {
    get throws { try PolicyChoice(name) }
  }

  mutating func validate() throws {
    do {
      _ = try choice
    } catch {
      throw ValidationError("\(error).")
    }
  }
}

extension WeightPrecision: ExpressibleByArgument {}
