import Calvin
import Foundation
import NumPy
import Testing

@testable import Datasets

/// Motion with a robot that reaches each target two frames after it was asked for.
private func cleanEpisode(_ seed: UInt32, frames: Int = 60) -> ActionAudit.Episode {
  var random = RandomState(seed: seed)
  let phases = random.uniform([Double](repeating: 0, count: 6), [Double](repeating: 6, count: 6))
  func target(_ time: Int) -> [Double] {
    var target: [Double] = []
    for index in 0..<6 {
      let middle = index < 3 ? 0.1 : index == 3 ? 3.13 : 0.3
      let width = index < 3 ? 0.06 : 0.08
      let value = middle + width * sin(Double(time) / 9 + phases[index])
      target.append(index < 3 ? value : ActionAudit.wrapped(value))
    }
    target.append((time / 13) % 2 == 0 ? 1 : -1)
    return target
  }
  var episode = ActionAudit.Episode(actions: [], relativeActions: [], robot: [])
  for time in 0..<frames {
    let action = target(time)
    let pose = target(time - 2)
    let reported = target(time - 1)[6]
    let robot =
      Array(pose[..<6]) + [reported > 0 ? 0.08 : 0] + [Double](repeating: 0, count: 7) + [reported]
    episode.actions.append(action)
    episode.robot.append(robot)
    episode.relativeActions.append(
      ActionAudit.raw(action, robot).map(ActionAudit.clipped) + [action[6]])
  }
  return episode
}

private let clean = (1...4).map { cleanEpisode(UInt32($0)) }

private func codes(_ change: (inout ActionAudit.Episode) -> Void) -> [AuditFinding.Code] {
  findings(change).map(\.code)
}

private func findings(_ change: (inout ActionAudit.Episode) -> Void) -> [AuditFinding] {
  let changed = clean.map { episode in
    var episode = episode
    change(&episode)
    return episode
  }
  return ActionAudit(changed, place: "x").findings
}

/// A list moved by `frames`: positive brings later entries forward. The ends repeat.
private func shifted(_ list: [[Double]], _ frames: Int) -> [[Double]] {
  list.indices.map { list[min(max($0 + frames, 0), list.count - 1)] }
}

@Suite struct ActionAuditTests {
  @Test func cleanMotionHasNoFinding() {
    let audit = ActionAudit(clean, place: "x")
    #expect(audit.findings == [])
    #expect(audit.agreement == 1 && audit.gripperAgreement == 1)
    #expect(audit.lag == ActionAudit.expectedLag)
  }

  @Test(arguments: ActionAudit.Modality.allCases, [1, -1, 2, -2])
  func aShiftedModalityIsNamed(modality: ActionAudit.Modality, frames: Int) {
    let found = findings { episode in
      switch modality {
      case .actions: episode.actions = shifted(episode.actions, frames)
      case .relativeActions: episode.relativeActions = shifted(episode.relativeActions, frames)
      case .robot: episode.robot = shifted(episode.robot, frames)
      }
    }
    #expect(found.map(\.code) == [.shifted])
    let way = frames > 0 ? "early" : "late"
    #expect(
      found.first?.message.hasPrefix("\(modality.rawValue) lies \(abs(frames)) frame") == true)
    #expect(found.first?.message.contains(way) == true)
  }

  @Test func aConsistentShiftShowsInTheLag() {
    let found = codes { episode in
      episode.actions = shifted(episode.actions, 1)
      episode.relativeActions = zip(episode.actions, episode.robot).map {
        ActionAudit.raw($0, $1).map(ActionAudit.clipped) + [$0[6]]
      }
    }
    #expect(found.contains(.lag))
  }

  @Test func wrongFactorsAndUnitsAreNamed() {
    #expect(
      codes { e in e.relativeActions = e.relativeActions.map { scaled($0, 3..<6, 2) } } == [
        .rotationScale
      ])
    #expect(
      codes { e in e.relativeActions = e.relativeActions.map { scaled($0, 3..<6, 0.5) } } == [
        .rotationScale
      ])
    #expect(
      codes { e in e.relativeActions = e.relativeActions.map { scaled($0, 0..<3, 0.02) } } == [
        .translationScale
      ])
    #expect(codes { e in e.actions = e.actions.map { scaled($0, 3..<6, 180 / .pi) } } == [.degrees])
    #expect(codes { e in e.robot = e.robot.map { scaled($0, 0..<3, 1000) } } == [.lengthUnit])
  }

  @Test func anglesBeyondHalfATurnAreNamed() {
    let unwrapped = findings { episode in
      for time in episode.actions.indices {
        for axis in 3..<6 {
          let difference = episode.actions[time][axis] - episode.robot[time][axis]
          episode.relativeActions[time][axis] = ActionAudit.clipped(20 * difference)
        }
      }
    }
    #expect(unwrapped.map(\.code) == [.unwrapped] && unwrapped.first?.subject == "rel_actions")
    let whole = findings { episode in
      for time in episode.robot.indices where episode.robot[time][3] < 0 {
        episode.robot[time][3] += 2 * .pi
      }
    }
    #expect(whole.map(\.code) == [.unwrapped] && whole.first?.subject == "robot_obs")
  }

  @Test func translationsAlongTheTCPAreNamed() {
    let found = codes { episode in
      for time in episode.actions.indices {
        let axes = EulerOrder.matrix(ofXYZ: Array(episode.robot[time][3..<6]))
        let world = episode.relativeActions[time]
        for axis in 0..<3 {
          episode.relativeActions[time][axis] =
            (0..<3).reduce(0) { $0 + axes[3 * $1 + axis] * world[$1] }
        }
      }
    }
    #expect(found == [.relativeFrame])
  }

  @Test func theWayOfOneFingerIsNamed() {
    #expect(codes { e in e.robot = e.robot.map { scaled($0, 6..<7, 0.5) } } == [.gripperWidth])
    #expect(codes { e in e.robot = e.robot.map { scaled($0, 14..<15, 0) } } == [.gripperEncoding])
  }

  @Test func wrongAxisOrdersAreNamed() {
    // Angles in CALVIN's convention are the z, y, x angles of the reversed rotation in intrinsic
    // XYZ; planting that needs the inverse conversion, which Newton's method gives.
    for order in EulerOrder.others {
      let found = findings { episode in
        episode.actions = episode.actions.map { action in
          Array(action[..<3]) + inverse(order, Array(action[3..<6])) + [action[6]]
        }
      }
      #expect(found.map(\.code) == [.eulerOrder], "\(order.name)")
      #expect(found.first?.message.hasPrefix("the angles of actions") == true)
    }
  }

  @Test func aNegatedGripperIsNamedOnItsSide() {
    let both = codes { episode in
      episode.actions = episode.actions.map { scaled($0, 6..<7, -1) }
      episode.relativeActions = episode.relativeActions.map { scaled($0, 6..<7, -1) }
    }
    #expect(both == [.gripperNegated])
    let relative = findings { episode in
      episode.relativeActions = episode.relativeActions.map { scaled($0, 6..<7, -1) }
    }
    #expect(relative.map(\.code) == [.gripperNegated])
    #expect(relative.first?.message.hasPrefix("the gripper of rel_actions") == true)
  }

  @Test func theGrippersArrayIsNamed() {
    let reported = findings { e in e.robot = e.robot.map { scaled($0, 14..<15, -1) } }
    #expect(reported.map(\.code) == [.gripperNegated])
    #expect(reported.first?.subject == "robot_obs")
    let actions = findings { e in e.actions = e.actions.map { scaled($0, 6..<7, -1) } }
    #expect(actions.map(\.code) == [.gripperNegated] && actions.first?.subject == "actions")
    let late = findings { episode in
      let grippers = shifted(episode.actions, -3).map { $0[6] }
      for (time, gripper) in grippers.enumerated() {
        episode.actions[time][6] = gripper
        episode.relativeActions[time][6] = gripper
      }
    }
    #expect(late.map(\.code) == [.gripperMismatch])
    #expect(late.first?.subject == "actions, rel_actions" && late.first?.amount == -3)
  }

  @Test func twoFaultsAreNamedAtOnce() {
    let found = findings { episode in
      episode.actions = shifted(episode.actions, 5)
      episode.relativeActions = shifted(episode.relativeActions, 5).map { scaled($0, 3..<6, 0.5) }
      episode.actions = episode.actions.map { scaled($0, 6..<7, -1) }
    }
    #expect(found.map(\.code) == [.shifted, .rotationScale, .gripperNegated])
    #expect(found.map(\.subject) == ["robot_obs", "rel_actions", "actions"])
    #expect(found.map(\.amount) == [-5, 0.5, nil])
  }

  @Test func otherWaysOfWritingPosesAreNamed() {
    func inOthers(_ change: ([Double]) -> [Double]) -> [AuditFinding] {
      findings { episode in episode.actions = episode.actions.map { change($0) } }
    }
    let exchanged = inOthers { [$0[1], -$0[0]] + $0[2...] }
    #expect(exchanged.map(\.code) == [.axes] && exchanged.first?.subject == "actions")
    #expect(exchanged.first?.message.contains("along y, -x, z") == true)
    let scaledAngles = inOthers { scaled($0, 3..<6, 0.5) }
    #expect(scaledAngles.map(\.code) == [.rotationScale])
    #expect(scaledAngles.first.map { abs(($0.amount ?? 0) - 0.5) < 0.001 } == true)
    let vectors = inOthers { pose in
      let q = EulerOrder.quaternion(ofXYZ: Array(pose[3..<6]))
      let sine = (q[0] * q[0] + q[1] * q[1] + q[2] * q[2]).squareRoot()
      let angle = 2 * atan2(sine, q[3])
      return pose[..<3] + q[..<3].map { $0 / sine * angle } + pose[6...]
    }
    #expect(vectors.map(\.code) == [.eulerOrder])
    #expect(vectors.first?.message.contains("are rotation vectors") == true)
    let wrong = inOthers { scaled($0, 0..<3, 1000) }
    #expect(wrong.map(\.code) == [.lengthUnit])
  }

  /// With `rel_actions` made to fit, only where the robot gets says how actions are written.
  @Test func posesAreComparedWithWhereTheRobotGets() {
    func audit(_ change: ([Double]) -> [Double]) -> ActionAudit {
      ActionAudit(
        clean.map { episode in
          var episode = episode
          episode.actions = episode.actions.map { change($0) }
          episode.relativeActions = zip(episode.actions, episode.robot).map {
            ActionAudit.raw($0, $1).map(ActionAudit.clipped) + [$0[6]]
          }
          return episode
        }, place: "x")
    }
    #expect(audit { $0 }.poseFindings == [])
    #expect(audit { scaled($0, 3..<6, 0.5) }.poseFindings.map(\.code) == [.rotationScale])
    #expect(
      audit { $0[..<3] + [$0[5], $0[4], $0[3]] + $0[6...] }.poseFindings.map(\.code) == [
        .eulerOrder
      ])
  }

  private func scaled(_ vector: [Double], _ indices: Range<Int>, _ factor: Double) -> [Double] {
    vector.enumerated().map { indices.contains($0.offset) ? $0.element * factor : $0.element }
  }

  /// Angles in another convention of the rotation that is `angles` in CALVIN's.
  private func inverse(_ order: EulerOrder, _ angles: [Double]) -> [Double] {
    var guess = angles
    if !order.isStoredAsXYZ {
      guess = order.axes.map { angles[$0 == "x" ? 0 : $0 == "y" ? 1 : 2] }
    }
    for _ in 0..<50 {
      func residual(_ guess: [Double]) -> [Double] {
        zip(order.asXYZ(guess), angles).map { ActionAudit.wrapped($0 - $1) }
      }
      let error = residual(guess)
      if error.allSatisfy({ abs($0) < 1e-12 }) { break }
      var jacobian = [[Double]](repeating: [0, 0, 0], count: 3)
      for column in 0..<3 {
        var moved = guess
        moved[column] += 1e-6
        let changed = residual(moved)
        for row in 0..<3 {
          jacobian[row][column] = ActionAudit.wrapped(changed[row] - error[row]) / 1e-6
        }
      }
      let step = solved(jacobian, error)
      guess = zip(guess, step).map { $0 - $1 }
    }
    return guess
  }

  /// The solution of three linear equations by Cramer's rule.
  private func solved(_ m: [[Double]], _ right: [Double]) -> [Double] {
    func determinant(_ m: [[Double]]) -> Double {
      m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
        - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
        + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
    }
    return (0..<3).map { column in
      var replaced = m
      for row in 0..<3 { replaced[row][column] = right[row] }
      return determinant(replaced) / determinant(m)
    }
  }
}

@Suite struct AnnotationAuditTests {
  let episodes = [DatasetSplit.Episode(first: 0, last: 99), .init(first: 100, last: 199)]
  let tasks = ["push_red_block_left", "push_blue_block_left", "open_drawer", "turn_on_led"]

  private func codes(_ spans: [LanguageAnnotations.Span]) -> [AuditFinding.Code] {
    AnnotationAudit(
      spans, episodes: episodes, tasks: tasks,
      sentences: ["open_drawer": ["pull it out"], "turn_on_led": ["press it"]]
    ).findings.map(\.code).filter { $0 != .missingTask }
  }

  private func span(
    _ first: Int, _ last: Int, _ task: String, _ text: String
  ) -> LanguageAnnotations.Span {
    .init(first: first, last: last, task: task, instruction: text)
  }

  @Test func goodSpansHaveNoFault() {
    #expect(
      codes([
        span(0, 50, "push_red_block_left", "Push the red block left"),
        span(51, 99, "open_drawer", "pull it out"), span(100, 164, "turn_on_led", "light it"),
      ]) == [])
  }

  @Test func everyFaultHasItsName() {
    #expect(codes([span(90, 110, "open_drawer", "open it")]) == [.spanOutsideEpisode])
    #expect(codes([span(300, 310, "open_drawer", "open it")]) == [.spanOutsideEpisode])
    #expect(
      codes([span(1, 9, "open_drawer", "open it"), span(1, 9, "open_drawer", "open it")])
        == [.duplicateSpan])
    #expect(codes([span(1, 9, "fly", "fly")]) == [.unknownTask])
    #expect(codes([span(1, 9, "open_drawer", "press it")]) == [.contradictingInstruction])
    #expect(
      codes([
        span(1, 9, "push_red_block_left", "push the block left"),
        span(11, 19, "push_blue_block_left", "push the  block left"),
      ]) == [.ambiguousInstruction])
  }

  @Test(arguments: [
    ("push_red_block_left", "push the blue block left"),
    ("push_red_block_left", "push the red block right"),
    ("push_red_block_left", "press the button"), ("turn_on_led", "turn off the led"),
    ("turn_on_led", "open the drawer"), ("open_drawer", "close the drawer"),
    ("open_drawer", "lift the red block"), ("open_drawer", "move the door left"),
  ])
  func whatIsSaidCanContradict(task: String, text: String) {
    #expect(InstructionMeaning(text).contradiction(to: task) != nil)
  }

  @Test(.enabled(if: Recordings.exist, "no official annotations beside the package"))
  func officialInstructionsNeverContradictTheirTaskButOftenOthers() throws {
    let path = URL(filePath: Recordings.reference).deletingLastPathComponent()
      .appending(path: "calvin_models/conf/annotations/new_playtable.yaml").path
    let annotations = try Annotations(file: path)
    var random = RandomState(seed: 0)
    var (permuted, found) = (0, 0)
    for task in annotations.tasks {
      for sentence in annotations.sentences(of: task) {
        let reason = InstructionMeaning(sentence).contradiction(to: task)
        #expect(reason == nil, "\(task): '\(sentence)' \(reason ?? "")")
        let other = random.choice(annotations.tasks.filter { $0 != task })
        permuted += 1
        if InstructionMeaning(sentence).contradiction(to: other) != nil { found += 1 }
      }
    }
    print("instructions of another task: \(found) of \(permuted) contradict")
    #expect(Double(found) > 0.8 * Double(permuted))
  }
}

@Suite struct JoinedFindingsTests {
  @Test func oneShiftedEpisodeIsNamed() {
    var episodes = clean
    episodes[2].actions = shifted(episodes[2].actions, 1)
    let whole = ActionAudit(episodes, place: "all").findings
    let own = episodes.enumerated().flatMap {
      ActionAudit([$0.element], place: "episode \($0.offset)").findings
    }
    let joined = ActionAudit.joined(whole, own)
    #expect(joined.map(\.code) == [.shifted])
    #expect(joined.map(\.place) == ["episode 2"])
    #expect(ActionAudit.joined(own, []) == own)
  }
}

@Suite struct ContinuityAuditTests {
  /// States of an arm that turns a joint by 0.05 rad a frame; frames of a list are kept.
  private func codes(_ kept: [Int], _ change: (inout [Double]) -> Void = { _ in })
    -> [AuditFinding.Code]
  {
    let run = kept.enumerated().map { index, time in
      var state = [Double](repeating: 0, count: 39)
      state[0] = 0.01 * Double(time)
      state[7] = 0.05 * Double(time)
      state[8] = 0.02 * Double(time)
      if index >= kept.count / 2 { change(&state) }
      return (frame: index, state: state)
    }
    return ContinuityAudit([run], place: { "frame \($0)" }).findings.map(\.code)
  }

  @Test func lostFramesAreToldFromCuts() {
    #expect(codes(Array(0..<20)) == [])
    #expect(codes(Array(0..<10) + Array(13..<20)) == [.droppedFrames])
    // Another pose, and the way back: neither goes on as before.
    #expect(codes(Array(0..<20)) { $0[9] += 0.5 } == [.discontinuity])
    #expect(codes(Array(0..<20)) { $0[7] -= 0.4 } == [.discontinuity])
    #expect(codes(Array(0..<10) + Array(200..<210)) == [.discontinuity])
  }
}
