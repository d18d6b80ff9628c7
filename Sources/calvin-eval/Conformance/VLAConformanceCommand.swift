import ArgumentParser
import Conformance
import Foundation
import VLA

/// `calvin-eval conformance vla REFERENCE`: VLA models against recordings of RoboVLMs.
struct VLAConformanceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vla",
    abstract: "Compare VLA models, preprocessing and action conventions with RoboVLMs.")

  @OptionGroup var options: ConformanceOptions

  @Option(help: "Threads for the forward passes.")
  var threads = ProcessInfo.processInfo.activeProcessorCount

  func run() async throws {
    try await options.report("vla") {
      try VLAConformance.run(
        reference: options.reference, dump: options.dump, threads: threads)
    }
  }
}
