import ArgumentParser
import Foundation
import Results
import VLA

/// `calvin-eval model make-random --config FILE DIR`.
struct MakeRandomCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "make-random",
    abstract: "Write a model folder of any size with random float32 weights, to measure start-up.",
    discussion: """
      The KosMos-2 size takes 6.8 GB:
        calvin-eval model make-random --config Models/kosmos2/config.json /var/tmp/kosmos2
      """)

  @Option(help: "A RoboVLMs config.json.")
  var config: String

  @Argument(help: "The folder to write; made if needed.")
  var folder: String

  @Option(help: "Seed of the weights.")
  var seed: UInt64 = 2024

  func run() async throws {
    try exitingOnBadInput {
      let configuration = try VLAConfiguration(file: URL(fileURLWithPath: config).path)
      let model = try RandomModel(configuration, seed: seed)
      try DurableFile.createFolder(folder)
      let file = "\(folder)/model.safetensors"
      guard FileManager.default.createFile(atPath: file, contents: nil) else {
        throw InputError("\(file) cannot be written")
      }
      let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
      try model.write { try handle.write(contentsOf: Data($0)) }
      try handle.close()
      for (name, bytes) in try TinyModel.files() where name == "tokenizer.json" {
        try DurableFile.write(bytes, to: "\(folder)/\(name)")
      }
      try DurableFile.write(DurableFile.read(config), to: "\(folder)/config.json")
      print("\(file): \(model.byteCount) bytes of weights")
    }
  }
}
