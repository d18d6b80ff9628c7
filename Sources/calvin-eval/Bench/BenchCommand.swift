import ArgumentParser

/// `calvin-eval bench KIND`: measures speed and memory.
struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure speed and memory of one part.",
    subcommands: [
      DataBenchCommand.self, PhysicsBenchCommand.self, RemoteBenchCommand.self,
      RenderBenchCommand.self, StepBenchCommand.self, VLABenchCommand.self,
      VLAPrecisionCommand.self,
    ])
}
