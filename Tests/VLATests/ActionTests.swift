import Foundation
import Geometry
import Testing

@testable import VLA

@Suite struct ActionTests {
  @Test(arguments: [
    ("  lift\n", "lift"), ("\u{1c}\u{1f}lift it\u{85}\u{3000}", "lift it"), (" \t ", ""),
    ("\u{200b}lift\u{feff}", "\u{200b}lift\u{feff}"), ("e\u{301} ", "e\u{301}"),
  ])
  func instructionsAreStrippedAsInPython(_ text: String, _ expected: String) {
    #expect(Array(text.strippedLikePython.unicodeScalars) == Array(expected.unicodeScalars))
  }

  static func random(_ count: Int, _ range: ClosedRange<Double>, _ seed: UInt64) -> [[Double]] {
    var generator = SeededGenerator(seed)
    return (0..<count).map { _ in
      (0..<7).map { _ in Double.random(in: range, using: &generator) }
    }
  }

  @Test func scalingsAreInverses() {
    for action in Self.random(200, -0.65...0.65, 1) {
      let normalized = ActionScaling.normalize(action, low: -0.65, high: 0.65)
      #expect(normalized[6] == action[6])
      let back = ActionScaling.unnormalize(normalized, low: -0.65, high: 0.65, keepsGripper: true)
      let companded = ActionScaling.inverseMuLaw(ActionScaling.muLaw(action, mu: 255), mu: 255)
      let regular = ActionScaling.unregularize(
        ActionScaling.regularize(action, mean: 0.1, deviation: 0.4), mean: 0.1, deviation: 0.4)
      for index in action.indices {
        #expect(abs(back[index] - action[index]) < 1e-12)
        #expect(abs(companded[index] - action[index]) < 1e-12)
        #expect(abs(regular[index] - action[index]) < 1e-12)
      }
    }
    #expect(
      ActionScaling.normalize([9, -9, 0, 0, 0, 0, 3], low: -0.65, high: 0.65).prefix(2) == [1, -1])
  }

  @Test func rotationsKeepTheirAngles() {
    for angles in Self.random(200, -1.5...1.5, 2).map({ Vector3($0[0], $0[1], $0[2]) }) {
      for back in [
        Matrix3(intrinsicXYZ: angles).intrinsicXYZ, Matrix3(extrinsicXYZ: angles).extrinsicXYZ,
      ] { #expect((back - angles).length < 1e-9) }
    }
    #expect(abs(wrappedAngle(3 * Double.pi / 2) + Double.pi / 2) < 1e-12)
    #expect(abs(wrappedAngle(-7) + 7 - 2 * Double.pi) < 1e-12)
  }

  @Test func framesAreInverses() {
    for (action, robot) in zip(Self.random(200, -1...1, 3), Self.random(200, -1.2...1.2, 4)) {
      let back = RelativeAction.worldFromTCP(
        RelativeAction.tcpFromWorld(action, robot: robot), robot: robot)
      for index in 0..<7 { #expect(abs(back[index] - action[index]) < 1e-9) }
      let absolute = RelativeAction.absolute(from: action, robot: robot)
      let relative = RelativeAction.from(absolute: absolute, robot: robot)
      for index in 0..<7 { #expect(abs(relative[index] - action[index]) < 1e-9) }
    }
  }

  @Test func relativeActionsAreClippedAndWrapped() {
    let robot = [0, 0, 0, 3.1, 0, 0, 0.0]
    let action = RelativeAction.from(absolute: [1, -1, 0.01, -3.15, 0, 0, -1], robot: robot)
    #expect(action.prefix(3).elementsEqual([1, -1, 0.5]))
    #expect(abs(action[3] - (2 * Double.pi - 6.25) * 20) < 1e-9)
    #expect(action[6] == -1)
  }

  @Test func tokensCoverEveryBin() {
    let tokenizer = ActionTokenizer(
      vocabulary: 400, specialTokens: 7, bins: 10, low: -0.65, high: 0.65)
    #expect(tokenizer.beginIndex == 372 && tokenizer.endIndex == 383)
    for bin in 0..<9 {
      let centre = (tokenizer.edges[bin] + tokenizer.edges[bin + 1]) / 2
      #expect(tokenizer.decode(tokenizer.encode(centre)) == centre)
    }
    #expect(tokenizer.encode(-9) == 382 && tokenizer.encode(9) == 373)
    #expect(tokenizer.decode(0) == tokenizer.decode(373))
  }

  @Test func chunksAreExecutedAsAsked() {
    func actions(_ value: Double) -> [[Double]] {
      (0..<3).map { Array(repeating: value + Double($0), count: 6) + [value < 15 ? 1 : -1] }
    }
    var first = ChunkSchedule(.first)
    var open = ChunkSchedule(.openLoop(steps: 2))
    var ensemble = ChunkSchedule(.ensemble(decay: 0))
    var calls = 0
    var seen: [[Double]] = [[], [], []]
    for step in 0..<4 {
      let chunk = actions(Double(10 * step))
      #expect(first.needsPrediction && ensemble.needsPrediction)
      first.add(chunk)
      ensemble.add(chunk)
      if open.needsPrediction {
        open.add(chunk)
        calls += 1
      }
      seen[0].append(first.next()[0])
      seen[1].append(open.next()[0])
      seen[2].append(ensemble.next()[0])
    }
    #expect(seen[0] == [0, 10, 20, 30])
    #expect(calls == 2 && seen[1] == [0, 1, 20, 21])
    #expect(seen[2] == [0, 5.5, 11, 21])
  }
}
