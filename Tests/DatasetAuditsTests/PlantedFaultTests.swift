import Datasets
import Foundation
import Testing

@testable import DatasetAudits

@Suite(.enabled(if: Shared.exists, "no recordings beside the package"))
struct PlantedFaultTests {
  @Test func theCleanRecordingIsClean() throws {
    let audit = try Recording.audit(Shared.official) { _ in }
    #expect(audit.findings.filter { !$0.code.isNote } == [])
    #expect(audit.isClean && audit.frameCount == 75)
    // The recording's 16 depth bits are found, and with them nearly every pixel.
    #expect(audit.style.depthBits == 16 && audit.style.shadows)
    let levels = Channel.allCases.compactMap { audit.fits[$0]?.median }
    print("PSNR and depth medians: \(levels)")
    #expect(levels.count == 4 && levels[0] > 42 && levels[1] > 45)
    #expect(levels[2] < 0.001 && levels[3] < 0.001)
    // With the fingers where they are seen, no picture is far from its state.
    let worst = [Channel.rgbStatic, .rgbGripper].compactMap { audit.fits[$0]?.quantile(0) }
    #expect(worst.allSatisfy { $0 > 30 }, "\(worst)")
    for channel in Channel.allCases { #expect(audit.fits[channel]?.bestLag == 0) }
    #expect(audit.replay.lag == 0)
    #expect(audit.spans?.verdicts.allSatisfy { $0.isShown && $0.isReplayed } == true)
  }

  @Test(arguments: PlantedFault.all)
  func everyFaultIsNamed(fault: PlantedFault) throws {
    let audit = try Recording.audit(Shared.official, fault.plant)
    let found = audit.findings.filter { !$0.code.isNote }
    let isNamed = found.contains(where: fault.isNamed)
    let all = found.map { "\($0.code.rawValue) of \($0.subject ?? "-"): \($0.message)" }
    #expect(isNamed, "\(fault.name): found \(all)")
    #expect(!audit.isClean)
    // What was planted is the only thing that is wrong.
    let others = found.filter { $0.code != fault.code && !fault.also.contains($0.code) }
    #expect(others.isEmpty, "\(fault.name): found \(all)")
    if fault.code == .shifted { #expect(found.count == 1, "\(fault.name): found \(all)") }
  }

  /// A second fault does not hide the first.
  @Test(arguments: PlantedFault.pairs.indices)
  func bothFaultsAreNamed(index: Int) throws {
    let pair = PlantedFault.pairs[index]
    #expect(pair.parts.count == 2)
    // Pictures move first: what is done to them is done in time with them.
    let audit = try Recording.audit(Shared.official) { recording in
      for fault in pair.parts { try fault.plant(&recording) }
    }
    let found = audit.findings.filter { !$0.code.isNote }
    let all = found.map { "\($0.code.rawValue) of \($0.subject ?? "-"): \($0.message)" }
    for fault in pair.parts {
      #expect(found.contains(where: fault.isNamed), "\(pair.name): found \(all)")
    }
    let others = found.filter { finding in !pair.parts.contains { $0.code == finding.code } }
    #expect(others.isEmpty, "\(pair.name): found \(all)")
  }

  /// A fault of some frames is said of these.
  @Test func framesAtFaultAreNamed() throws {
    let audit = try Recording.audit(Shared.official) { recording in
      for number in 3180...3189 {
        guard let picture = recording.frames[number]?.rgb[1] else { continue }
        recording.frames[number]?.rgb[1].rgb = PictureTransform(mirrored: true)(picture).rgb
      }
    }
    let found = audit.findings.filter { !$0.code.isNote }
    #expect(found.map(\.code) == [.flipped] && found.first?.subject == "rgb_gripper")
    #expect(found.first?.message.contains("10 frames (3180...3189)") == true)
    #expect(found.first?.place.contains("calvin_scene_D (episode 3169...3204)") == true)
  }

  @Test func oneEpisodeAtFaultIsNamed() throws {
    let audit = try Recording.audit(Shared.official) { $0.shift(\.rgb[1], by: 1, in: 1) }
    let found = audit.findings.filter { !$0.code.isNote }
    #expect(found.map(\.code) == [.shifted])
    #expect(found.first?.subject == "rgb_gripper")
    #expect(found.first?.place.contains("calvin_scene_D") == true)
  }

  @Test func workersAndOrderDoNotMatter() throws {
    let one = try Recording.audit(Shared.official, workers: 1) { $0.shift(\.rgb[0], by: 1) }
    let three = try Recording.audit(Shared.official, workers: 3) { $0.shift(\.rgb[0], by: 1) }
    func withoutPath(_ audit: DatasetAudit) -> String {
      audit.json.pythonText.replacing(audit.split.path, with: "")
    }
    #expect(withoutPath(one) == withoutPath(three))
  }
}

/// Official recordings against our own scenes: other surfaces, the same faults.
@Suite(.enabled(if: Shared.exists, "no recordings beside the package"))
struct EmbeddedSceneAuditTests {
  @Test func theCleanRecordingHasOnlyNotes() throws {
    let audit = try Recording.audit(Shared.embedded) { _ in }
    #expect(audit.findings.filter { !$0.code.isNote } == [])
    #expect(audit.findings.contains { $0.code == .surfaces })
  }

  /// Pictures of our own scenes that something was done to are no pictures of others.
  @Test func ownPicturesAreNoneOfOtherSurfaces() throws {
    let scene = try Shared.embedded.get()
    let audit = try Recording.audit(Shared.embedded) { recording in
      try recording.redraw(in: scene)
      recording.each { $0.rgb[0].rgb = $0.rgb[0].rgb.map { UInt8(Double($0) * 0.7) } }
    }
    let found = audit.findings.filter { $0.code != .missingTask }
    #expect(found.map(\.code) == [.renderer] && found.first?.subject == "rgb_static")
  }

  static let faults = PlantedFault.all.filter {
    [
      "static camera by 2", "wrist camera by -1", "states by 1", "red and blue", "upside down",
      "cameras exchanged", "scenes exchanged", "blocks exchanged",
    ].contains($0.name)
  }

  @Test(arguments: faults)
  func faultsAreNamedThereToo(fault: PlantedFault) throws {
    let audit = try Recording.audit(Shared.embedded, fault.plant)
    let found = audit.findings.filter { !$0.code.isNote }
    #expect(
      found.contains(where: fault.isNamed),
      "\(fault.name): found \(found.map { "\($0.code.rawValue) of \($0.subject ?? "-")" })")
  }
}
