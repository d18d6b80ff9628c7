import Calvin
import Datasets
import Simulation

/// Asks the benchmark's oracle whether annotated spans show their tasks: on the recorded states, as
/// upstream annotates, and on a simulation of the recorded actions from the span's first state.
public struct SpanAudit: Sendable {
  /// What the oracle says about one span.
  public struct Verdict: Sendable, Equatable {
    /// Index into the annotations.
    public var index: Int
    /// The span.
    public var span: LanguageAnnotations.Span
    /// Scene it was judged in.
    public var scene: String
    /// Tasks reported between its first and its last recorded state, or up to `tolerance` frames
    /// later when none is.
    public var recorded: [String] = []
    /// Frames from the span's first to the first recorded one at which its task is reported, within
    /// the span; nil when it is at none.
    public var reachedAfter: Int?
    /// Frames beyond the span's end at which its task is first reported; nil when it is not.
    public var reachedBeyond: Int?
    /// Frames before the span's start from which its task is reported at its end; nil when it is not.
    public var startedBefore: Int?
    /// Tasks reported at the end of the simulation; nil when it could not be done.
    public var simulated: [String]?
    /// Control steps of the simulation after which the task was first reported.
    public var simulatedAfter: Int?
    /// Which threshold was missed on the recorded states, and by how much.
    public var miss: String?
    /// Why the span could not be judged.
    public var fault: String?

    /// True when the recorded states show the task, up to `tolerance` frames late.
    public var isShown: Bool {
      recorded.contains(span.task) || reachedAfter != nil
        || reachedBeyond.map { $0 <= SpanAudit.tolerance } ?? false
    }

    /// True when the simulation reported the task at some step.
    public var isReplayed: Bool { simulatedAfter != nil }
  }

  /// Frames beyond a span's end that still count: annotations differ in whether the last frame is
  /// the last observed or the last acted on.
  public static let tolerance = 2
  /// Frames missing at the end that are taken for a cut rather than for a displacement.
  static let shortfall = 16
  /// Frames before and after a span that are searched for its task.
  static let reach = 64

  /// Verdicts in the annotations' order.
  public let verdicts: [Verdict]
  /// Where all spans belong; nil when they lie there.
  public let offset: Offset?

  /// True when every span ends two frames or more before its task is achieved: of annotations that
  /// all mean the same by the last frame, none is right.
  var endEarly: Bool {
    let judged = verdicts.filter { $0.fault == nil }
    return judged.count >= 2 && judged.allSatisfy { $0.reachedBeyond ?? 0 >= Self.tolerance }
  }

  /// What a worker judges spans with: one environment per scene.
  final class Judge {
    let library: SceneLibrary
    let split: DatasetSplit
    let oracle: TaskOracle
    let displacements: Displacements
    private var environments: [String: Environment] = [:]

    init(
      _ library: SceneLibrary, _ split: DatasetSplit, _ oracle: TaskOracle,
      _ displacements: Displacements
    ) {
      self.displacements = displacements
      self.library = library
      self.split = split
      self.oracle = oracle
    }

    func environment(_ scene: String) throws -> Environment {
      if let known = environments[scene] { return known }
      let made = try Environment(models: try library.scene(scene).models)
      environments[scene] = made
      return made
    }

    /// What the oracle sees in a recorded state; upstream's annotation tool resets to it likewise.
    func info(_ frame: Int, in scene: String) throws -> SceneInfo {
      try info(of: state(frame), in: scene)
    }

    /// What the oracle sees in a state.
    func info(of state: EnvironmentState, in scene: String) throws -> SceneInfo {
      let environment = try environment(scene)
      try environment.reset(to: state)
      return environment.info
    }

    /// The state of a frame, arrays that moved brought back.
    func state(_ frame: Int) throws -> EnvironmentState {
      let moved = displacements[frame]
      var state = try record(frame, moved.robot, .state).state
      if moved.scene != moved.robot {
        state.sceneObservation = try record(frame, moved.scene, .state).state.sceneObservation
      }
      return state
    }

    /// The actions of a frame, brought back if they moved.
    func actions(_ frame: Int) throws -> DatasetFrame {
      try record(frame, displacements[frame].actions, .actions)
    }

    private func record(
      _ frame: Int, _ moved: Int, _ fields: DatasetFrame.Fields
    ) throws -> DatasetFrame {
      let episode = split.episode(of: frame)
      let source = min(max(frame - moved, episode?.first ?? frame), episode?.last ?? frame)
      return try DatasetFrame(file: split.file(of: source), number: source, fields: fields)
    }
  }

  /// Judges these spans (indices into the annotations).
  init(
    of split: DatasetSplit, spans indices: [Int], oracle: TaskOracle, library: SceneLibrary,
    workers: Int, scene: @Sendable (Int) -> String, displacements: Displacements
  ) throws {
    let spans = split.annotations?.spans ?? []
    let equip: @Sendable () throws -> Judge = {
      Judge(library, split, oracle, displacements)
    }
    verdicts = try worked(on: indices, workers: workers, equip: equip) { judge, index in
      Self.verdict(index, spans[index], scene(spans[index].first), judge)
    }
    offset = try Self.offset(
      of: verdicts, in: split, oracle: oracle, workers: workers, equip: equip, scene: scene)
  }

  /// Judges one span; faults are kept in the verdict.
  private static func verdict(
    _ index: Int, _ span: LanguageAnnotations.Span, _ scene: String, _ judge: Judge
  ) -> Verdict {
    var verdict = Verdict(index: index, span: span, scene: scene)
    guard let episode = judge.split.episode(of: span.first), episode.contains(span.last) else {
      verdict.fault = "lies in no episode"
      return verdict
    }
    do {
      let start = try judge.info(span.first, in: scene)
      let end = try judge.info(span.last, in: scene)
      verdict.recorded = judge.oracle.achieved(from: start, to: end)
      if !verdict.recorded.contains(span.task) {
        verdict.miss = judge.oracle.miss(span.task, from: start, to: end)
        try search(&verdict, from: start, to: end, episode, judge)
        if !verdict.isShown { try carryOn(&verdict, from: start, episode, judge) }
        if verdict.recorded.isEmpty, !verdict.isShown {
          let late = try judge.info(min(span.last + tolerance, episode.last), in: scene)
          verdict.recorded = judge.oracle.achieved(from: start, to: late)
        }
        if verdict.reachedBeyond == nil, verdict.startedBefore == nil,
          try judge.state(span.last).robotObservation[14] > 0,
          judge.oracle.achieves(span.task, from: start, to: end.lettingGo)
        {
          verdict.reachedAfter = span.last - span.first
        }
      }
      try simulate(&verdict, judge)
    } catch { verdict.fault = "\(error)" }
    return verdict
  }

  /// Looks for the task within the span, after its end and before its start.
  private static func search(
    _ verdict: inout Verdict, from start: SceneInfo, to end: SceneInfo,
    _ episode: DatasetSplit.Episode, _ judge: Judge
  ) throws {
    let (span, oracle) = (verdict.span, judge.oracle)
    guard oracle.predicate(of: span.task) != nil else { return }
    for frame in stride(from: span.first + 1, to: span.last, by: 1)
    where try oracle.achieves(span.task, from: start, to: judge.info(frame, in: verdict.scene)) {
      verdict.reachedAfter = frame - span.first
      return
    }
    for frame in stride(from: span.last + 1, through: min(span.last + reach, episode.last), by: 1)
    where try oracle.achieves(span.task, from: start, to: judge.info(frame, in: verdict.scene)) {
      verdict.reachedBeyond = frame - span.last
      return
    }
    for frame in stride(
      from: span.first - 1, through: max(span.first - reach, episode.first), by: -1)
    where try oracle.achieves(span.task, from: judge.info(frame, in: verdict.scene), to: end) {
      verdict.startedBefore = span.first - frame
      return
    }
  }

  /// Carries the last recorded motion on where the episode ends with the span: frames beyond its end
  /// that would still count are not there.
  private static func carryOn(
    _ verdict: inout Verdict, from start: SceneInfo, _ episode: DatasetSplit.Episode,
    _ judge: Judge
  ) throws {
    let span = verdict.span
    // Of states that lie late the last ones are lost.
    let moved = judge.displacements[span.last]
    let end = episode.last + min(0, moved.robot, moved.scene)
    guard span.last + tolerance > end, end - 1 > span.first,
      judge.oracle.predicate(of: span.task) != nil
    else { return }
    let (before, last) = (try judge.state(end - 1), try judge.state(end))
    for steps in 1...(span.last + tolerance - end) {
      var state = last
      for index in state.sceneObservation.indices where !(4...5).contains(index) {
        let motion = last.sceneObservation[index] - before.sceneObservation[index]
        state.sceneObservation[index] += Double(steps) * motion
      }
      if judge.oracle.achieves(
        span.task, from: start, to: try judge.info(of: state, in: verdict.scene))
      {
        verdict.reachedBeyond = max(1, end - span.last + steps)
        return
      }
    }
  }

  /// Makes the recorded actions from the span's first state: the absolute ones and, where those do
  /// not show the task, the relative ones. Where `actions` are the next frame's pose, they lack the
  /// force that the robot was driven with.
  private static func simulate(_ verdict: inout Verdict, _ judge: Judge) throws {
    let span = verdict.span
    let environment = try judge.environment(verdict.scene)
    let first = try judge.state(span.first)
    let records = try (span.first...span.last).map(judge.actions)
    let commands: [(DatasetFrame) -> Action] = [
      { .cartesianAbsolute(Replay.executable($0.action)) },
      { .cartesianRelative(Replay.executable($0.relativeAction)) },
    ]
    do {
      for command in commands where verdict.simulatedAfter == nil {
        try environment.reset(to: first)
        let start = environment.info
        for (index, record) in records.enumerated() {
          try environment.step(command(record))
          if verdict.simulatedAfter == nil,
            judge.oracle.achieves(span.task, from: start, to: environment.info)
          {
            verdict.simulatedAfter = index + 1
          }
        }
        verdict.simulated = judge.oracle.achieved(from: start, to: environment.info)
      }
    } catch {
      verdict.fault = "cannot be simulated: \(error)"
    }
  }
}

extension SceneInfo {
  /// The same with the robot touching no block: a state does not say how the fingers share their
  /// opening, so that those that let go may still touch where the state is reset to.
  fileprivate var lettingGo: SceneInfo {
    var info = self
    let blocks = Set(info.blocks.map(\.body))
    info.robotContacts.removeAll { blocks.contains($0.body) }
    for index in info.blocks.indices { info.blocks[index].contacts.removeAll { $0.body == 0 } }
    return info
  }
}
