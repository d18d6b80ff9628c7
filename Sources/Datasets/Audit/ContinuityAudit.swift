/// Examines whether recorded states can follow each other: jumps, repetitions, numbers that are none.
public struct ContinuityAudit: Sendable {
  /// Radians an arm joint can turn in one frame, with room: motors are bounded to 2 rad/s, but
  /// contacts made joints turn by 0.122 in calvin_env. Two frames' worth is left to the replay.
  static let largestTurn = 0.14
  /// Metres a block can be carried or fall in one frame, with room.
  static let largestFlight = 0.25
  /// Metres of motion in a frame that show a repetition between to be one.
  static let motion = 0.003

  /// Numbers that are none.
  public let unfinished: [AuditFinding]
  private let jumps: [(frame: Int, what: String)]
  /// Frames that go on from the one before as over lost frames.
  private let leaps: [Int]
  private let place: @Sendable (Int) -> String

  /// What is wrong.
  public var findings: [AuditFinding] { findings(except: { _ in false }) }

  /// Frames that hold the state of the one before.
  public let repeated: [Int]
  /// True when numbers were stored in half precision once.
  public let isHalfPrecision: Bool

  /// Examines states of consecutive frames, one list per run of frames.
  ///
  /// - Parameter place: Names the place of a frame.
  public init(
    _ runs: [[(frame: Int, state: [Double])]], place: @escaping @Sendable (Int) -> String
  ) {
    var jumps: [(frame: Int, what: String)] = []
    var leaps: [Int] = []
    var repeated: [Int] = []
    var unfinished: [Int] = []
    for run in runs {
      for index in run.indices {
        let (frame, state) = run[index]
        guard state.allSatisfy(\.isFinite) else {
          unfinished.append(frame)
          continue
        }
        guard index > 0, run[index - 1].state.allSatisfy(\.isFinite) else { continue }
        let before = run[index - 1].state
        if let what = Self.jump(from: before, to: state) {
          if index > 1, index + 1 < run.count,
            Self.goesOn(run[index - 2].state, before, state, run[index + 1].state)
          {
            leaps.append(frame)
          } else {
            jumps.append((frame, what))
          }
        } else if before == state {
          let earlier = index > 1 ? Self.distance(run[index - 2].state, before) : 0
          let later = index + 1 < run.count ? Self.distance(state, run[index + 1].state) : 0
          if max(earlier, later) > Self.motion { repeated.append(frame) }
        }
      }
    }
    (self.jumps, self.leaps, self.repeated, self.place) = (jumps, leaps, repeated, place)
    self.unfinished =
      Self.gathered(
        .notFinite, unfinished, "have a state that is not finite", place
      ).map { [$0] } ?? []
    let numbers = runs.lazy.flatMap { $0 }.prefix(64).flatMap { $0.state.prefix(14) }
    isHalfPrecision =
      numbers.contains { $0 != 0 } && numbers.allSatisfy { $0.isFinite && Self.isHalf($0) }
  }

  /// What is wrong, but for what was found at these frames.
  public func findings(except isIgnored: (Int) -> Bool) -> [AuditFinding] {
    let jumps = jumps.filter { !isIgnored($0.frame) }
    var findings = jumps.prefix(20).map { frame, what in
      AuditFinding(
        .discontinuity, of: "robot_obs, scene_obs", at: place(frame),
        "between frames \(frame - 1) and \(frame) \(what)")
    }
    if jumps.count > 20 {
      findings.append(
        AuditFinding(
          .discontinuity, of: "robot_obs, scene_obs", at: "the split",
          "\(jumps.count - 20) more jumps", amount: Double(jumps.count - 20)))
    }
    let gathered = [
      Self.gathered(
        .droppedFrames, leaps.filter { !isIgnored($0) },
        "lie several steps of an even motion after the frame before", place),
      Self.gathered(
        .repeatedFrames, repeated.filter { !isIgnored($0) },
        "hold the state of the frame before while the robot moves", place),
    ]
    return findings + gathered.compactMap { $0 } + unfinished
  }

  /// One finding about these frames, nil for none.
  private static func gathered(
    _ code: AuditFinding.Code, _ frames: [Int], _ what: String, _ place: (Int) -> String
  ) -> AuditFinding? {
    guard let first = frames.first else { return nil }
    let some = frames.prefix(8).map(String.init).joined(separator: ", ")
    return AuditFinding(
      code, of: "robot_obs, scene_obs", at: frames.count == 1 ? place(first) : "the split",
      "\(frames.count) frames \(what): \(some)\(frames.count > 8 ? ", ..." : "")",
      amount: Double(frames.count))
  }

  /// What cannot have happened within a frame; states are `robot_obs` followed by `scene_obs`.
  private static func jump(from before: [Double], to after: [Double]) -> String? {
    let turn = (7..<14).reduce(0) { max($0, abs(after[$1] - before[$1])) }
    if turn > largestTurn { return "an arm joint turns by \(rounded(turn)) rad" }
    for block in 0..<3 {
      let start = 15 + 6 + 6 * block
      let flight = (start..<(start + 3)).reduce(0) {
        $0 + (after[$1] - before[$1]) * (after[$1] - before[$1])
      }.squareRoot()
      if flight > largestFlight { return "block \(block) goes \(rounded(flight)) m" }
    }
    return nil
  }

  /// Steps of the motion around it that a jump over lost frames may be long.
  public static let leap = 1.5...12.0

  /// True when the joints go from `second` to `third` as they went before and go after, only
  /// farther: as over lost frames, not as at a cut.
  private static func goesOn(
    _ first: [Double], _ second: [Double], _ third: [Double], _ fourth: [Double]
  ) -> Bool {
    func joints(_ a: [Double], _ b: [Double]) -> [Double] { (7..<14).map { b[$0] - a[$0] } }
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    let (before, across, after) = (
      joints(first, second), joints(second, third), joints(third, fourth)
    )
    let mean = zip(before, after).map { ($0 + $1) / 2 }
    let (length, step) = (dot(across, across).squareRoot(), dot(mean, mean).squareRoot())
    func agrees(_ other: [Double], _ cosine: Double) -> Bool {
      dot(across, other) > cosine * length * dot(other, other).squareRoot()
    }
    return step > 0 && leap.contains(length / step) && agrees(mean, 0.9) && agrees(before, 0.7)
      && agrees(after, 0.7)
  }

  private static func distance(_ a: [Double], _ b: [Double]) -> Double {
    (0..<3).reduce(0) { $0 + (a[$1] - b[$1]) * (a[$1] - b[$1]) }.squareRoot()
  }

  private static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }

  /// True for numbers with the 11 significant bits of half precision.
  private static func isHalf(_ value: Double) -> Bool {
    value == 0 || value.significand.bitPattern & (1 << 42 - 1) == 0
  }
}
