import Foundation
import NumPy
import Testing

@testable import VLA

/// Files written by torch.save: wrapped and plain state dictionaries, views, every number format,
/// and pickles that name functions.
@Suite struct TorchFileTests {
  static func path(_ name: String) throws -> String {
    let path = "\(try Fixtures.temporaryFolder())/\(name)"
    try writeFileAtomically(try Fixtures.unpacked("Checkpoints/\(name)"), to: path)
    return path
  }

  @Test(arguments: ["wrapped.ckpt", "plain.pt"])
  func stateDictionaries(_ name: String) throws {
    let tensors = Checkpoint(
      source: name, stored: try TorchFile(path: try Self.path(name)).stateDictionary()
    ).tensors
    func numbers(_ key: String) throws -> [Float]? { try tensors["model.\(key)"]?.weights().array }
    #expect(try numbers("a.weight") == (6..<18).map(Float.init))
    #expect(tensors["model.b.weight"]?.shape == [6, 4])
    #expect(
      try numbers("b.weight") == (0..<6).flatMap { c in (0..<4).map { Float($0 * 6 + c) } })
    #expect(try numbers("half") == [1, -2, 0.5])
    #expect(try numbers("brain") == [1, -8])
    #expect(try numbers("param") == [3, 4])
    #expect(tensors["model.ids"]?.integers == [5, 6])
    #expect(tensors["model.mask"]?.integers == [1, 0])
    #expect(try numbers("scalar") == [2.5])
    #expect(try numbers("strided") == [0, 3, 6, 9])
  }

  @Test(arguments: [
    ("evil.pt", "system"), ("builtin.pt", "argparse"), ("legacy.pt", "save it again"),
  ])
  func refusedByName(_ name: String, _ word: String) throws {
    let path = try Self.path(name)
    let error = #expect(throws: VLAError.self) {
      try TorchFile(path: path).stateDictionary()
    }
    #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
  }

  @Test func damagedFilesDoNotTrap() throws {
    let whole = try Fixtures.unpacked("Checkpoints/plain.pt")
    let path = try Self.path("plain.pt")
    var random = SeededGenerator(9)
    for round in 0..<800 {
      var bytes = whole
      if round % 4 == 0 {
        bytes = Array(whole.prefix(Int.random(in: 0..<whole.count, using: &random)))
      } else {
        for _ in 0..<Int.random(in: 1...5, using: &random) {
          bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
            in: 0...255, using: &random)
        }
      }
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      guard let tensors = try? TorchFile(path: path).stateDictionary() else { continue }
      for tensor in tensors.values { _ = try? tensor.floats() }
    }
  }
}
