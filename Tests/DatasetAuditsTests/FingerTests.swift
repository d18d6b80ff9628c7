import Calvin
import Datasets
import Testing

@testable import DatasetAudits

@Suite(.enabled(if: Shared.exists, "no recordings beside the package"))
struct FingerTests {
  /// A state holds the sum of both fingers' openings; where they are is read off the picture.
  @Test(arguments: [-0.02, 0.006, 0.015])
  func aSidewaysPairOfFingersIsFound(shift: Double) throws {
    let frame = try DatasetSplit(path: Shared.dataset).frame(3180, fields: .state)
    let stage = try Stage(try Shared.official.get().scene("D"))
    let middle = try stage.pictures(of: frame.state, depth: false)[1]
    let seen = try stage.pictures(of: frame.state, depth: false, fingerShift: shift)[1]
    let plain = PictureError.meanSquare(seen.rgb, middle.rgb)
    let found = try #require(
      try stage.fingerShift(in: seen, of: frame.state, plain: plain, last: 0))
    #expect(abs(found.shift - shift) < 0.001)
    #expect(found.error < 0.1 * plain)
    // Fingers in the middle need no explanation.
    #expect(try stage.fingerShift(in: middle, of: frame.state, plain: 0, last: 0) == nil)
  }
}
