import Assets
import Foundation
import Testing

@testable import Conformance

private enum Shared {
  static let path: String = {
    var parts = #filePath.split(separator: "/")
    parts.removeLast(4)
    return "/" + (parts + ["shared"]).joined(separator: "/")
  }()
  static let root = try? AssetRoot(calvinEnv: "\(path)/calvin_env")
  static let physics = "\(path)/reference/physics"
  static let ik = "\(path)/reference/ik"
  static let arePresent =
    root != nil && FileManager.default.fileExists(atPath: physics)
    && FileManager.default.fileExists(atPath: ik)
}

/// A scratch folder that is removed with the value that holds it.
private final class ScratchFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Bit equality with calvin_env on PyBullet; `calvin-eval conformance physics` does all episodes.
@Suite(.enabled(if: Shared.arePresent, "needs ../shared/reference and ../shared/calvin_env"))
struct PhysicsParityTests {
  /// Grasping, pushing, doors, buttons, all action spaces, random resets, several segments.
  private static let episodes = [
    "A_003_lift", "A_102_reset", "B_008_drawer", "B_011_stack", "C_006_push", "C_101_abs8",
    "C_103_place_drawer", "D_009_button", "D_010_switch", "D_002_abs", "D_102_reset",
  ]

  private func folder(of names: [String]) throws -> ScratchFolder {
    let folder = try ScratchFolder()
    for name in names {
      for suffix in ["json", "npz"] {
        try FileManager.default.copyItem(
          atPath: "\(Shared.physics)/\(name).\(suffix)",
          toPath: "\(folder.path)/\(name).\(suffix)")
      }
    }
    return folder
  }

  @Test func episodesAreBitExact() async throws {
    let reference = try folder(of: Self.episodes)
    let dump = try ScratchFolder()
    let root = try #require(Shared.root)
    let report = try await PhysicsConformance(
      reference: reference.path, root: root, dump: dump.path, workers: 2
    ).run()
    #expect(report.agrees, "\(report.lines.joined(separator: "\n"))")
    let totals = Dictionary(uniqueKeysWithValues: report.totals.map { ($0.name, $0.value) })
    #expect(totals["bit-exact episodes"] == Double(Self.episodes.count))
    #expect(totals["largest difference"] == 0)

    // What was dumped is itself a recording that agrees.
    let again = try await PhysicsConformance(
      reference: dump.path, root: root, dump: nil, workers: 2
    ).run()
    #expect(again.agrees)
  }

  @Test func aChangedNumberIsFound() async throws {
    let name = "D_009_button"
    let reference = try folder(of: [name])
    let recording = try PhysicsRecording(name: name, folder: reference.path)
    var track = recording.track
    let joints = try #require(
      track.quantities.firstIndex { $0.name == "table_joint_vel" })
    track.quantities[joints].values[7 * 5 + 2] += 1e-13
    track.contacts[3].append([0, 5, 11, 3])
    try recording.write(track, to: DumpFolder(reference.path))
    let report = try await PhysicsConformance(
      reference: reference.path, root: #require(Shared.root)
    ).run()
    #expect(!report.agrees)
    let line = try #require(report.lines.first)
    #expect(line.contains("first difference in row 5, table_joint_vel"))
    let rows = recording.stepCount + 1
    #expect(line.contains("contacts equal in \(rows - 1)/\(rows)"))
  }

  @Test func missingHalvesAndEmptyFoldersAreErrors() async throws {
    let root = try #require(Shared.root)
    let reference = try folder(of: ["D_009_button"])
    try FileManager.default.removeItem(atPath: "\(reference.path)/D_009_button.npz")
    await #expect(throws: ConformanceError.self) {
      _ = try await PhysicsConformance(reference: reference.path, root: root).run()
    }
    let empty = try ScratchFolder()
    await #expect(throws: ConformanceError.self) {
      _ = try await PhysicsConformance(reference: empty.path, root: root).run()
    }
  }

  @Test func inverseKinematicsIsBitExact() throws {
    let root = try #require(Shared.root)
    let report = try IKConformance(reference: Shared.ik, root: root).run()
    #expect(report.agrees, "\(report.lines.joined(separator: "\n"))")
  }
}
