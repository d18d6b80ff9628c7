import Datasets

/// The checks of recorded numbers: nothing is drawn or simulated.
struct VectorAudit {
  let actions: ActionAudit
  /// Frames by which `robot_obs` seems early against the actions; nil when it is in step.
  let robotShift: Int?
  /// Frames after which the robot is where the actions say, by episode; where it gets there exactly.
  let poseLags: [Int: Int]
  /// Frames after which the robot reports the gripper's action, by episode; where that is told.
  let gripperLags: [Int: Int]
  /// Whether states can follow each other.
  let continuity: ContinuityAudit
  /// True when positions and angles can be metres and radians.
  let hasSoundUnits: Bool
  private let unreadable: Set<Int>

  /// True when every frame of the run could be read.
  func isWhole(_ run: FrameRuns.Run) -> Bool { unreadable.isDisjoint(with: run.frames) }

  init(
    of split: DatasetSplit, runs: FrameRuns, inventory: FrameInventory, workers: Int,
    ledger: inout AuditLedger
  ) throws {
    let read = try worked(on: runs.runs, workers: workers, equip: { () }) { _, run in
      Self.read(run, of: split, inventory)
    }
    var unreadable: Set<Int> = []
    for (run, result) in zip(runs.runs, read) {
      unreadable.formUnion(run.frames)
      unreadable.subtract(result.frames.map(\.number))
      for (frame, reason) in result.faults {
        ledger.add(
          AuditFinding(.unreadableFrame, at: ledger.place(of: frame), "frame \(frame): \(reason)"))
      }
    }
    self.unreadable = unreadable
    ledger.exclude(unreadable)
    let stretches = Self.stretches(zip(runs.runs, read).map { ($0.episode, $1.frames) })
    continuity = ContinuityAudit(
      stretches.map { stretch in
        stretch.frames.map {
          ($0.number, $0.state.robotObservation + $0.state.sceneObservation)
        }
      }, place: { [ledger] in ledger.place(of: $0) })
    let units = StateUnitsAudit(
      stretches.flatMap { stretch in
        stretch.frames.map { $0.state.robotObservation + $0.state.sceneObservation }
      }, place: "all episodes")
    ledger.add(units.findings)
    // Where frames were repeated, spans end too early.
    ledger.exclude(continuity.repeated)
    ledger.add(continuity.unfinished)
    hasSoundUnits = units.findings.isEmpty
    if continuity.isHalfPrecision {
      ledger.add(
        AuditFinding(
          .lowPrecision, of: "robot_obs, scene_obs", at: "the split",
          "every number fits 16 bits"))
    }
    func isFinite(_ frame: DatasetFrame) -> Bool {
      let numbers = [
        frame.action, frame.relativeAction, frame.state.robotObservation,
        frame.state.sceneObservation,
      ]
      return numbers.allSatisfy { $0.allSatisfy(\.isFinite) }
    }
    let finite = Self.stretches(stretches.map { ($0, $1.filter(isFinite)) })
    ledger.exclude(
      stretches.flatMap(\.frames).lazy.filter { !isFinite($0) }.map(\.number))
    for (_, frames) in stretches {
      for frame in frames
      where !(frame.action + frame.relativeAction).allSatisfy(\.isFinite) {
        ledger.add(
          AuditFinding(
            .notFinite, of: "actions, rel_actions", at: ledger.place(of: frame.number),
            "frame \(frame.number) has an action that is not finite"))
      }
    }
    (actions, poseLags, gripperLags) = Self.compare(finite, split, &ledger)
    robotShift = actions.findings.first { $0.code == .shifted && $0.subject == "robot_obs" }
      .flatMap(\.amount).map { Int($0) }
    if let statistics = split.statistics, runs.isComplete {
      var numbers = DatasetSummary.Numbers()
      for (_, frames) in finite { for frame in frames { numbers.add(frame, after: nil) } }
      ledger.add(
        StatisticsAudit(
          statistics, against: numbers.normalization, frames: numbers.frames,
          episodes: split.episodes.count
        ).findings)
    }
  }

  /// The frames as stretches of one episode without gaps.
  private static func stretches(
    _ parts: [(episode: Int, frames: [DatasetFrame])]
  ) -> [(episode: Int, frames: [DatasetFrame])] {
    var stretches: [(episode: Int, frames: [DatasetFrame])] = []
    for (episode, frames) in parts {
      for frame in frames {
        if let last = stretches.last, last.episode == episode,
          last.frames.last?.number == frame.number - 1
        {
          stretches[stretches.count - 1].frames.append(frame)
        } else {
          stretches.append((episode, [frame]))
        }
      }
    }
    return stretches
  }

  private static func read(
    _ run: FrameRuns.Run, of split: DatasetSplit, _ inventory: FrameInventory
  ) -> (frames: [DatasetFrame], faults: [(Int, String)]) {
    var frames: [DatasetFrame] = []
    var faults: [(Int, String)] = []
    for number in run.frames where inventory.contains(number) {
      do { frames.append(try split.frame(number, fields: [.actions, .state])) } catch {
        faults.append((number, error.description))
      }
    }
    return (frames, faults)
  }

  /// Actions against states, over all episodes and in each.
  private static func compare(
    _ stretches: [(episode: Int, frames: [DatasetFrame])], _ split: DatasetSplit,
    _ ledger: inout AuditLedger
  ) -> (ActionAudit, poseLags: [Int: Int], gripperLags: [Int: Int]) {
    let vectors = stretches.map { episode, frames in
      (
        episode,
        ActionAudit.Episode(
          actions: frames.map(\.action), relativeActions: frames.map(\.relativeAction),
          robot: frames.map(\.state.robotObservation))
      )
    }
    let whole = ActionAudit(vectors.map(\.1), place: "all episodes")
    let own = Dictionary(grouping: vectors) { $0.0 }.sorted { $0.key < $1.key }
      .map { episode, parts in
        (episode, ActionAudit(parts.map(\.1), place: split.episodes[episode].place))
      }
    ledger.add(ActionAudit.joined(whole.findings, own.flatMap(\.1.findings)))
    func lags(_ lag: (ActionAudit) -> Int?) -> [Int: Int] {
      Dictionary(
        uniqueKeysWithValues: own.compactMap { episode, audit in lag(audit).map { (episode, $0) } })
    }
    return (whole, lags { $0.areReachedPoses ? $0.lag : nil }, lags(\.gripperLag))
  }
}
