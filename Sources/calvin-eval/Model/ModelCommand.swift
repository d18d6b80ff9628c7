import ArgumentParser
import Foundation
import Results
import VLA

/// `calvin-eval model`: makes and inspects model folders.
struct ModelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Make model folders.",
    subcommands: [MakeTinyCommand.self, MakeRandomCommand.self])
}

/// `calvin-eval model make-tiny DIR`.
struct MakeTinyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "make-tiny",
    abstract: "Write a small model with random weights, the same bytes for the same seed.",
    discussion: """
      Models/tiny was made by
        calvin-eval model make-tiny Models/tiny
      """)

  @Argument(help: "The folder to write; made if needed.")
  var folder: String

  @Option(help: "Seed of the weights.")
  var seed: UInt64 = 2024

  func run() async throws {
    try exitingOnBadInput {
      var total = 0
      for (name, bytes) in try TinyModel.files(seed: seed) {
        let file = "\(folder)/\(name)"
        try DurableFile.createFolder((file as NSString).deletingLastPathComponent)
        try DurableFile.write(bytes, to: file)
        total += bytes.count
      }
      print("\(folder): \(total) bytes")
    }
  }
}
