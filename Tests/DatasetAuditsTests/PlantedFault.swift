import Assets
import Calvin
import Datasets
import Foundation
import Testing

/// A fault put into the recording, and what the audit must say.
struct PlantedFault: Sendable, CustomTestStringConvertible {
  var name: String
  var code: AuditFinding.Code
  /// Part of the finding's subject; nil for any.
  var subject: String?
  /// The finding's amount; nil for any.
  var amount: Double?
  /// What may be found besides, since it follows.
  var also: Set<AuditFinding.Code> = []
  var plant: @Sendable (inout Recording) throws -> Void

  init(
    _ name: String, _ code: AuditFinding.Code, of subject: String? = nil, amount: Double? = nil,
    also: Set<AuditFinding.Code> = [], _ plant: @escaping @Sendable (inout Recording) throws -> Void
  ) {
    (self.name, self.code, self.subject, self.amount) = (name, code, subject, amount)
    self.also = also
    self.plant = plant
  }

  var testDescription: String { name }

  /// One modality moved in time.
  static let shifts: [PlantedFault] =
    [1, -1, 2, -2].flatMap { count in
      let amount = Double(count)
      return [
        PlantedFault("actions and rel_actions by \(count)", .shifted, of: "actions", amount: amount)
        {
          $0.shift(\.action, by: count)
          $0.shift(\.relative, by: count)
        },
        PlantedFault("static camera by \(count)", .shifted, of: "rgb_static", amount: amount) {
          $0.shift(\.rgb[0], by: count)
        },
        PlantedFault("wrist camera by \(count)", .shifted, of: "rgb_gripper", amount: amount) {
          $0.shift(\.rgb[1], by: count)
        },
        PlantedFault(
          "states by \(count)", .shifted, of: "robot_obs, scene_obs", amount: amount
        ) {
          $0.shift(\.robot, by: count)
          $0.shift(\.scene, by: count)
        },
      ]
    } + [
      PlantedFault(
        "states by 2, rel_actions made to fit", .shifted, of: "robot_obs, scene_obs", amount: 2
      ) {
        $0.shift(\.robot, by: 2)
        $0.shift(\.scene, by: 2)
        $0.fitRelativeActions()
      },
      PlantedFault(
        "actions by 1, rel_actions made to fit", .shifted, of: "actions, rel_actions", amount: 1
      ) {
        $0.shift(\.action, by: 1)
        $0.fitRelativeActions()
      },
      PlantedFault("actions alone", .shifted, of: "actions", amount: 1) {
        $0.shift(\.action, by: 1)
      },
      PlantedFault("rel_actions alone", .shifted, of: "rel_actions", amount: -2) {
        $0.shift(\.relative, by: -2)
      },
      PlantedFault("depth alone", .shifted, of: "depth_static", amount: 1) {
        $0.shift(\.depth[0], by: 1)
      },
      PlantedFault("scene_obs alone", .shifted, of: "scene_obs", amount: 1) {
        $0.shift(\.scene, by: 1)
      },
      PlantedFault("all pictures", .shifted, of: "rgb_static, rgb_gripper", amount: -1) {
        $0.shift(\.rgb, by: -1)
        $0.shift(\.depth, by: -1)
      },
      PlantedFault("static camera by 5", .shifted, of: "rgb_static", amount: 5) {
        $0.shift(\.rgb[0], by: 5)
      },
    ]

  /// Pictures that are not what they should be.
  static let pictures: [PlantedFault] = [
    PlantedFault("red and blue", .colors, of: "rgb_static") {
      $0.each { frame in
        frame.rgb = frame.rgb.map {
          remade($0) {
            (x: $0, y: $1)
          } channels: {
            2 - $0
          }
        }
      }
    },
    PlantedFault("red and blue of the wrist", .colors, of: "rgb_gripper") {
      $0.each {
        $0.rgb[1] = remade($0.rgb[1]) {
          (x: $0, y: $1)
        } channels: {
          2 - $0
        }
      }
    },
    PlantedFault("upside down", .flipped, of: "rgb_static") {
      $0.each { frame in
        let height = frame.rgb[0].height
        frame.rgb[0] = remade(frame.rgb[0]) { (x: $0, y: height - 1 - $1) }
      }
    },
    PlantedFault("mirrored wrist", .flipped, of: "rgb_gripper") {
      $0.each { frame in
        let width = frame.rgb[1].width
        frame.rgb[1] = remade(frame.rgb[1]) { (x: width - 1 - $0, y: $1) }
      }
    },
    PlantedFault("cameras exchanged", .camerasExchanged, of: "rgb_static") {
      $0.each { $0.rgb.swapAt(0, 1) }
    },
    PlantedFault("scenes exchanged", .wrongScene) { recording in
      let first = recording.scenes[0].name
      recording.scenes[0].name = recording.scenes[1].name
      recording.scenes[1].name = first
    },
    PlantedFault("another size", .resolution, of: "rgb_static") {
      $0.each { $0.rgb[0] = resized($0.rgb[0], 128) }
      $0.hasDepth = false
    },
    PlantedFault("made small and large again", .resampled, of: "rgb_static") {
      $0.each { $0.rgb[0] = resized(resized($0.rgb[0], 64), 200) }
    },
    PlantedFault("darker", .renderer, of: "rgb_static") {
      $0.each { $0.rgb[0].rgb = $0.rgb[0].rgb.map { UInt8(Double($0) * 0.7) } }
    },
    PlantedFault("black", .blank, of: "rgb_gripper") {
      $0.each { $0.rgb[1].rgb = [UInt8](repeating: 0, count: $0.rgb[1].rgb.count) }
    },
    PlantedFault("all of another size", .resolution, of: "rgb_static") {
      $0.each { $0.rgb = $0.rgb.map { resized($0, 224) } }
      $0.hasDepth = false
    },
    PlantedFault("a darker wrist", .renderer, of: "rgb_gripper") {
      $0.each { $0.rgb[1].rgb = $0.rgb[1].rgb.map { UInt8(Double($0) * 0.6) } }
    },
    PlantedFault("another size of the wrist", .resolution, of: "rgb_gripper") {
      $0.each { $0.rgb[1] = resized($0.rgb[1], 64) }
      $0.hasDepth = false
    },
    PlantedFault("a static camera that stands still", .frozen, of: "rgb_static") { recording in
      guard let still = recording.frames[3180]?.rgb[0] else { return }
      for number in 3181...3190 { recording.frames[number]?.rgb[0] = still }
    },
    PlantedFault("a wrist camera that stands still", .frozen, of: "rgb_gripper") { recording in
      guard let still = recording.frames[3169]?.rgb[1] else { return }
      for number in 3170...3204 { recording.frames[number]?.rgb[1] = still }
    },
    PlantedFault("an inverted depth", .depthUnit, of: "depth_static") {
      $0.each { frame in frame.depth[0] = frame.depth[0].map { 9 - $0 } }
    },
    PlantedFault("a depth buffer", .depthUnit, of: "depth_gripper") {
      $0.each { frame in frame.depth[1] = frame.depth[1].map { 2 / 1.99 * (1 - 0.01 / $0) } }
    },
    PlantedFault("strong compression", .resampled, of: "rgb_gripper") {
      $0.each { $0.rgb[1] = inBlocks($0.rgb[1]) }
    },
    PlantedFault("a picture of another scene", .pictureMismatch, of: "rgb_static") { recording in
      guard let other = recording.frames[3050]?.rgb[0] else { return }
      recording.frames[3180]?.rgb[0] = other
    },
    PlantedFault("depth in millimetres", .depthUnit, of: "depth_static") {
      $0.each { $0.depth[0] = $0.depth[0].map { $0 * 1000 } }
    },
    PlantedFault("depth without numbers", .notFinite, of: "depth_gripper") {
      $0.frames[3180]?.depth[1][40] = .nan
    },
    PlantedFault("a picture of numbers up to 1 as bytes", .blank, of: "rgb_gripper") {
      $0.each { $0.rgb[1].rgb = $0.rgb[1].rgb.map { $0 / 255 } }
    },
    PlantedFault("no scene_obs", .sceneMismatch, of: "scene_obs") {
      $0.each { $0.scene = [Double](repeating: 0, count: 24) }
    },
    PlantedFault("every second picture of the static camera", .colors, of: "rgb_static") {
      for number in stride(from: 3046, through: 3204, by: 2) {
        guard let picture = $0.frames[number]?.rgb[0] else { continue }
        $0.frames[number]?.rgb[0] = remade(picture) {
          (x: $0, y: $1)
        } channels: {
          2 - $0
        }
      }
    },
    PlantedFault("half an episode", .shifted, of: "rgb_static", amount: -1) { recording in
      let clean = recording.frames
      for number in 3064...3083 {
        guard let before = clean[number - 1] else { continue }
        recording.frames[number]?.rgb[0] = before.rgb[0]
      }
    },
    PlantedFault("blocks exchanged", .sceneOrder) { recording in
      recording.each { frame in
        let red = Array(frame.scene[6..<12])
        frame.scene.replaceSubrange(6..<12, with: frame.scene[12..<18])
        frame.scene.replaceSubrange(12..<18, with: red)
      }
    },
    PlantedFault("doors exchanged", .sceneOrder) { $0.each { $0.scene.swapAt(0, 1) } },
  ]

  /// Numbers that are wrong.
  static let numbers: [PlantedFault] = [
    PlantedFault("gripper negated", .gripperNegated) {
      $0.each {
        $0.action[6] *= -1
        $0.relative[6] *= -1
      }
    },
    PlantedFault("gripper negated everywhere", .gripperNegated) {
      $0.each {
        $0.action[6] *= -1
        $0.relative[6] *= -1
        $0.robot[14] *= -1
      }
    },
    PlantedFault("gripper of 0 and 1", .gripperEncoding) {
      $0.each {
        $0.action[6] = ($0.action[6] + 1) / 2
        $0.relative[6] = ($0.relative[6] + 1) / 2
      }
    },
    PlantedFault("rotations scaled", .rotationScale, amount: 0.5) {
      $0.each { frame in for axis in 3..<6 { frame.relative[axis] *= 0.5 } }
    },
    PlantedFault("metres and radians", .unnormalized) {
      $0.each { frame in
        for axis in 0..<3 { frame.relative[axis] *= 0.02 }
        for axis in 3..<6 { frame.relative[axis] *= 0.05 }
      }
    },
    PlantedFault("absolute and relative exchanged", .exchangedActions) {
      $0.each { frame in (frame.action, frame.relative) = (frame.relative, frame.action) }
    },
    PlantedFault("blocks in millimetres", .lengthUnit, of: "scene_obs") {
      $0.each { frame in for place in [6, 7, 8, 12, 13, 14] { frame.scene[place] *= 1000 } }
    },
    PlantedFault("a block elsewhere", .sceneMismatch, of: "scene_obs") {
      $0.each { $0.scene[6] += 0.05 }
    },
    PlantedFault("joints in degrees", .degrees, of: "robot_obs") {
      $0.each { frame in for joint in 7..<14 { frame.robot[joint] *= 180 / .pi } }
    },
    PlantedFault("angles in degrees", .degrees, of: "robot_obs") {
      $0.each { frame in for axis in 3..<6 { frame.robot[axis] *= 180 / .pi } }
    },
    PlantedFault("millimetres", .lengthUnit, of: "actions") {
      $0.each { frame in for axis in 0..<3 { frame.action[axis] *= 1000 } }
    },
    PlantedFault("actions in intrinsic XYZ", .eulerOrder, of: "actions") {
      $0.each { $0.action.replaceSubrange(3..<6, with: intrinsicXYZ($0.action[3..<6])) }
    },
    PlantedFault("states in extrinsic zyx", .eulerOrder, of: "robot_obs") {
      $0.each {
        $0.robot.replaceSubrange(3..<6, with: intrinsicXYZ($0.robot[3..<6]).reversed())
      }
    },
    PlantedFault(
      "actions and states in intrinsic XYZ", .eulerOrder, of: "actions, robot_obs"
    ) {
      $0.each {
        $0.action.replaceSubrange(3..<6, with: intrinsicXYZ($0.action[3..<6]))
        $0.robot.replaceSubrange(3..<6, with: intrinsicXYZ($0.robot[3..<6]))
      }
    },
    PlantedFault("NaN", .notFinite) { $0.frames[3060]?.robot[3] = .nan },
    PlantedFault("a frame repeated", .repeatedFrames) { recording in
      for number in stride(from: 3204, to: 3180, by: -1) {
        recording.frames[number] = recording.frames[number - 1]
      }
    },
    PlantedFault("a frame dropped", .droppedFrames) { recording in
      for number in 3179..<3204 { recording.frames[number] = recording.frames[number + 1] }
      recording.frames[3204] = nil
      recording.episodes[1].last = 3203
    },
    PlantedFault("two frames dropped", .droppedFrames) { recording in
      for number in 3179..<3203 { recording.frames[number] = recording.frames[number + 2] }
      for number in 3203...3204 { recording.frames[number] = nil }
      recording.episodes[1].last = 3202
      recording.spans = recording.spans.filter { $0.last < 3179 }
    },
    PlantedFault("actions of an episode", .shifted, of: "actions, rel_actions", amount: 1) {
      $0.shift(\.action, by: 1, in: 1)
      $0.shift(\.relative, by: 1, in: 1)
    },
    PlantedFault("robot_obs of an episode", .shifted, of: "robot_obs", amount: 1) {
      $0.shift(\.robot, by: 1, in: 1)
    },
    PlantedFault("scene_obs of an episode", .shifted, of: "scene_obs", amount: -1) {
      $0.shift(\.scene, by: -1, in: 1)
    },
    PlantedFault("half precision", .lowPrecision) {
      $0.each { frame in
        frame.action = frame.action.map(halved)
        frame.relative = frame.relative.map(halved)
        frame.robot = frame.robot.map(halved)
        frame.scene = frame.scene.map(halved)
      }
    },
    PlantedFault("an episode backwards", .invalidEpisode, also: [.episodeLengths, .sceneRanges]) {
      recording in
      let (first, last) = (recording.episodes[1].first, recording.episodes[1].last)
      recording.lengths = recording.episodes.map(\.count)
      recording.episodes[1] = .init(first: last, last: first)
      recording.spans.removeLast()
    },
    PlantedFault("a file cut off", .unreadableFrame) { $0.frames[3186]?.bytes = [80, 75, 3, 4] },
    PlantedFault("a file without states", .unreadableFrame) {
      $0.frames[3186]?.lacks = ["robot_obs"]
    },
    PlantedFault("a file without a picture", .unreadableFrame) {
      $0.frames[3186]?.lacks = ["rgb_static"]
    },
    PlantedFault("a frame missing", .missingFrames) { $0.frames[3180] = nil },
    PlantedFault("wrong lengths", .episodeLengths) { $0.lengths = [39, 35] },
    PlantedFault("wrong statistics", .statistics) { recording in
      var numbers = DatasetSummary.Numbers()
      for (number, frame) in recording.frames.sorted(by: { $0.key < $1.key }) {
        let copy = DatasetFrame(
          number: number, staticCamera: nil, gripperCamera: nil, action: frame.action,
          relativeAction: frame.relative,
          state: EnvironmentState(robotObservation: frame.robot, sceneObservation: frame.scene))
        numbers.add(copy, after: nil)
      }
      var statistics = numbers.normalization
      statistics.robot.deviation = statistics.robot.deviation.map { $0 * 2 }
      recording.statistics = statistics
    },
  ]

  /// Annotations that are wrong.
  static let texts: [PlantedFault] =
    [1, -1, 2, -2].map { count in
      PlantedFault("spans by \(count)", .shiftedSpans, of: "info/indx", amount: Double(-count)) {
        for index in $0.spans.indices {
          $0.spans[index].first += count
          $0.spans[index].last += count
        }
      }
    } + [
      PlantedFault("spans a frame short", .truncatedSpan, amount: 2) {
        for index in $0.spans.indices { $0.spans[index].last -= 1 }
      },
      PlantedFault("instructions permuted", .contradictingInstruction) { recording in
        let first = recording.spans[0].instruction
        recording.spans[0].instruction = recording.spans[1].instruction
        recording.spans[1].instruction = first
      },
      PlantedFault("labels permuted", .wrongTask) { recording in
        // Ends one frame later, where the oracle reports the task between recorded states.
        for index in 0..<2 { recording.spans[index].last += 1 }
        let (a, b) = (recording.spans[0], recording.spans[1])
        (recording.spans[0].task, recording.spans[0].instruction) = (b.task, b.instruction)
        (recording.spans[1].task, recording.spans[1].instruction) = (a.task, a.instruction)
      },
      PlantedFault("spans truncated", .truncatedSpan) { recording in
        for index in recording.spans.indices { recording.spans[index].last -= 6 }
      },
      PlantedFault("beyond the episode", .spanOutsideEpisode) { $0.spans[1].last = 3210 },
      PlantedFault("backwards", .invalidSpan) { recording in
        let span = recording.spans[0]
        (recording.spans[0].first, recording.spans[0].last) = (span.last, span.first)
      },
      PlantedFault("a task misspelt", .unknownTask) { $0.spans[0].task += "s" },
      PlantedFault("no instruction", .emptyInstruction) { $0.spans[0].instruction = " " },
      PlantedFault("twice", .duplicateSpan) { $0.spans.append($0.spans[0]) },
    ]

  static let all = shifts + pictures + numbers + texts

  /// Two faults at once, and what must be found of each.
  static let pairs: [(name: String, parts: [PlantedFault])] = [
    ("red and blue", "static camera by -1"), ("upside down", "static camera by 2"),
    ("cameras exchanged", "all pictures"), ("scenes exchanged", "all pictures"),
    ("scenes exchanged", "red and blue of the wrist"), ("red and blue", "upside down"),
  ].map { first, second in
    (first + ", " + second, (shifts + pictures).filter { [first, second].contains($0.name) })
  }
}

/// A picture whose blocks of 8 pixels have one colour each, but for a little of what they showed.
private func inBlocks(_ picture: Frame) -> Frame {
  var result = picture
  for y in 0..<picture.height {
    for x in 0..<picture.width {
      for channel in 0..<3 {
        let middle =
          3
          * (min(y / 8 * 8 + 4, picture.height - 1) * picture.width
            + min(x / 8 * 8 + 4, picture.width - 1)) + channel
        let place = 3 * (y * picture.width + x) + channel
        result.rgb[place] = UInt8((3 * Int(picture.rgb[place]) + Int(picture.rgb[middle])) / 4)
      }
    }
  }
  return result
}

extension PlantedFault {
  /// True for the finding that must be made.
  func isNamed(by finding: AuditFinding) -> Bool {
    guard finding.code == code else { return false }
    if let subject, !(finding.subject ?? "").contains(subject) { return false }
    guard let amount else { return true }
    return abs((finding.amount ?? .nan) - amount) < 1e-3
  }
}

/// The number with the 11 significant bits of half precision.
private func halved(_ value: Double) -> Double {
  guard value != 0 else { return 0 }
  let unit = Double(sign: .plus, exponent: value.exponent - 10, significand: 1)
  return (value / unit).rounded() * unit
}

/// A picture whose pixel (x, y) is the one at `source`, its channels taken in another order.
private func remade(
  _ picture: Frame, _ source: (Int, Int) -> (x: Int, y: Int), channels: (Int) -> Int = { $0 }
) -> Frame {
  var result = picture
  for y in 0..<picture.height {
    for x in 0..<picture.width {
      let from = source(x, y)
      for channel in 0..<3 {
        result.rgb[3 * (y * picture.width + x) + channel] =
          picture.rgb[3 * (from.y * picture.width + from.x) + channels(channel)]
      }
    }
  }
  return result
}

private func resized(_ picture: Frame, _ side: Int) -> Frame {
  let bitmap = Bitmap(
    width: picture.width, height: picture.height, channels: 3, pixels: picture.rgb
  ).resized(width: side, height: side, filter: .bilinear)
  return Frame(width: side, height: side, rgb: bitmap.pixels)
}

/// Intrinsic X, Y, Z angles of the rotation that is extrinsic x, y, z by these.
private func intrinsicXYZ(_ angles: ArraySlice<Double>) -> [Double] {
  let (sines, cosines) = (angles.map(sin), angles.map(cos))
  let (sr, sp, sy) = (sines[0], sines[1], sines[2])
  let (cr, cp, cy) = (cosines[0], cosines[1], cosines[2])
  let (m00, m01) = (cy * cp, cy * sp * sr - sy * cr)
  let (m02, m12) = (cy * sp * cr + sy * sr, sy * sp * cr - cy * sr)
  return [atan2(-m12, cp * cr), asin(max(-1, min(1, m02))), atan2(-m01, m00)]
}
