import Calvin
import Geometry
import Testing

@Suite struct TaskOracleTests {
  let oracle: TaskOracle
  let start = SceneInfo.resting()

  init() throws {
    oracle = try TaskOracle(tasksFile: TaskLibrary.tasksFile(in: Places.tasks))
  }

  @Test func thereAre34Tasks() {
    #expect(oracle.tasks.count == 34)
    let drawer = TaskPredicate.moveDoor(joint: "base__drawer", threshold: 0.12)
    #expect(oracle.predicate(of: "open_drawer") == drawer)
    #expect(
      oracle.predicate(of: "lift_red_block_slider")
        == .lift(
          block: "block_red", height: 0.03,
          surface: .init(body: "table", link: "plank_link")))
  }

  @Test func nothingAchievesNothing() {
    #expect(oracle.achieved(from: start, to: start) == [])
  }

  @Test func doorsCountBeyondTheirThreshold() {
    let open = start.changed { $0.doors[1].position = 0.13 }
    #expect(oracle.achieved(from: start, to: open) == ["open_drawer"])
    #expect(oracle.achieved(from: open, to: start) == ["close_drawer"])
    let ajar = start.changed { $0.doors[1].position = 0.12 }
    #expect(oracle.achieved(from: start, to: ajar) == [])
    #expect(
      oracle.miss("open_drawer", from: start, to: ajar) == "base__drawer moved 0.12 m of 0.12 m")
    let slid = start.changed { $0.doors[0].position = 0.28 }
    #expect(oracle.achieved(from: start, to: slid) == ["move_slider_left"])
  }

  @Test func turnsAreSignedAndStayInPlace() {
    let left = start.changed { $0.blocks[0].pose.orientation = turn(61) }
    #expect(oracle.achieved(from: start, to: left) == ["rotate_red_block_left"])
    #expect(oracle.achieved(from: left, to: start) == ["rotate_red_block_right"])
    let short = start.changed { $0.blocks[0].pose.orientation = turn(59) }
    #expect(
      oracle.miss("rotate_red_block_left", from: start, to: short) == "turned 59° of 60°")
    let held = left.changed { $0.blocks[0].contacts = [.init(body: 0, link: 9)] }
    #expect(
      oracle.miss("rotate_red_block_left", from: start, to: held) == "touches only the robot")
    let carried = left.changed { $0.blocks[0].pose.position.x += 0.11 }
    #expect(
      oracle.miss("rotate_red_block_left", from: start, to: carried)
        == "moved 0.11 m (at most 0.1 m)")
  }

  @Test func pushesKeepTheirSurface() {
    let right = start.changed { $0.blocks[1].pose.position.x += 0.101 }
    #expect(oracle.achieved(from: start, to: right) == ["push_blue_block_right"])
    #expect(oracle.achieved(from: right, to: start) == ["push_blue_block_left"])
    let flying = right.changed { $0.blocks[1].contacts = [.init(body: 0, link: 9)] }
    #expect(
      oracle.miss("push_blue_block_right", from: start, to: flying)
        == "no longer touches table/base_link")
  }

  @Test func liftsLeaveTheSurface() {
    let lifted = start.changed {
      $0.blocks[2].pose.position.z += 0.051
      $0.blocks[2].contacts = [.init(body: 0, link: 9), .init(body: 0, link: 11)]
      $0.robotContacts = [.init(body: 4, link: -1)]
    }
    #expect(oracle.achieved(from: start, to: lifted) == ["lift_pink_block_table"])
    #expect(
      oracle.miss("lift_pink_block_drawer", from: start, to: lifted)
        == "was not on table/drawer_link at the start")
    let low = lifted.changed {
      $0.blocks[2].pose.position.z -= 0.02
      $0.blocks[2].contacts.append(.init(body: 5, link: -1))
    }
    #expect(
      oracle.miss("lift_pink_block_table", from: start, to: low)
        == "rose 0.031 m of 0.05 m, still touches table/base_link")
  }

  @Test func placingNeedsTheOneHeldBlockLetGo() {
    let held = start.changed {
      $0.blocks[0].contacts = [.init(body: 0, link: 9), .init(body: 0, link: 11)]
      $0.robotContacts = [.init(body: 2, link: -1)]
    }
    let placed = start.changed { $0.blocks[0].contacts = [.init(body: 5, link: 6)] }
    #expect(oracle.achieved(from: held, to: placed) == ["place_in_slider"])
    #expect(
      oracle.miss("place_in_drawer", from: held, to: placed)
        == "block_red touches table/plank_link, not table/drawer_link")
    let clinging = placed.changed { $0.robotContacts = [.init(body: 2, link: -1)] }
    #expect(
      oracle.miss("place_in_slider", from: held, to: clinging)
        == "the robot still touches block_red")
    let both = held.changed { $0.robotContacts.append(.init(body: 3, link: -1)) }
    #expect(oracle.achieved(from: both, to: placed) == [])
  }

  @Test func pushingIntoTheDrawerIgnoresTheRobotAsUpstreamDoes() {
    let dropped = start.changed {
      $0.blocks[1].contacts = [.init(body: 0, link: 9), .init(body: 5, link: 3)]
    }
    #expect(oracle.achieved(from: start, to: dropped) == ["push_into_drawer"])
    let leaning = start.changed { $0.blocks[1].contacts.append(.init(body: 5, link: 2)) }
    #expect(oracle.achieved(from: leaning, to: dropped) == [])
    #expect(
      oracle.miss("push_into_drawer", from: start, to: start)?.contains(
        "block_red touches table/base_link, not table/drawer_link") == true)
  }

  @Test func stacksAreSlowAndTouchOnlyBlocks() {
    let stacked = start.changed {
      $0.blocks[0].contacts = [.init(body: 3, link: -1)]
      $0.blocks[1].contacts.insert(.init(body: 2, link: -1), at: 0)
    }
    #expect(oracle.achieved(from: start, to: stacked) == ["stack_block"])
    #expect(oracle.achieved(from: stacked, to: start) == ["unstack_block"])
    let falling = stacked.changed { $0.blocks[0].linearVelocity.z = -1 }
    #expect(oracle.achieved(from: start, to: falling) == [])
    #expect(
      oracle.miss("stack_block", from: start, to: falling)?.contains("block_red is too fast")
        == true)
  }

  @Test func lightsGoFromStateToState() {
    let lit = start.changed { $0.lights[0].state = 1 }
    #expect(oracle.achieved(from: start, to: lit) == ["turn_on_lightbulb"])
    #expect(oracle.achieved(from: lit, to: start) == ["turn_off_lightbulb"])
    #expect(oracle.miss("turn_on_led", from: start, to: lit) == "led is off, not on")
  }

  @Test func onlyTheNamesAskedForAreJudged() {
    let lit = start.changed {
      $0.lights[0].state = 1
      $0.lights[1].state = 1
    }
    #expect(oracle.achieved(from: start, to: lit, among: ["turn_on_led", "x"]) == ["turn_on_led"])
    #expect(oracle.achieves("turn_on_led", from: start, to: lit))
    #expect(!oracle.achieves("x", from: start, to: lit))
  }

  @Test func achievedAndMissedExcludeEachOther() {
    var info = start
    for index in 0..<3 { info.blocks[index].pose.orientation = turn(40 + 20 * Double(index)) }
    for task in oracle.tasks {
      let miss = oracle.miss(task.name, from: start, to: info)
      #expect((miss == nil) == oracle.achieves(task.name, from: start, to: info))
      #expect(miss != "")
    }
  }

  @Test func absentNamesAreFoundEarly() throws {
    let other = try TaskOracle(
      yaml: "tasks:\n  lift_x: [lift_object, block_green, 0.05]\n", source: "t.yaml")
    #expect(other.achieved(from: start, to: start) == [])
    let error = #expect(throws: CalvinError.self) {
      try other.check(against: start, source: "t.yaml")
    }
    #expect(
      error?.message == "task lift_x: the scene has no block 'block_green' "
        + "(block_blue, block_pink, block_red)")
    try oracle.check(against: start, source: "tasks.yaml")
  }
}

@Suite struct TasksFileTests {
  @Test(arguments: [
    ("tasks:\n  a: [fly_object, block_red]\n", "no predicate is called 'fly_object'"),
    ("tasks:\n  a: [push_object, block_red, 0.1, 0.1]\n", "exactly one of x and y must be 0"),
    ("tasks:\n  a: [lift_object, block_red, -1]\n", "is not above 0"),
    ("tasks:\n  a: [move_door_rel, base__slide]\n", "expected metres here"),
    ("tasks:\n  a: [move_door_rel, base__slide, wide]\n", "expected a number, not 'wide'"),
    ("tasks:\n  a: [stack_objects, 1, 2]\n", "1 arguments too many"),
    ("tasks:\n  a: [stack_objects]\n  a: [stack_objects]\n", "'a'"),
    ("tasks: 3\n", "expected a mapping"), ("names: {}\n", "expected the key 'tasks'"),
    ("", "is empty"), ("tasks: [\n", "no valid YAML"),
  ])
  func mistakesAreNamed(text: String, expected: String) {
    let error = #expect(throws: CalvinError.self) { try TaskOracle(yaml: text, source: "t.yaml") }
    #expect(error?.description.hasPrefix("t.yaml") == true)
    #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
  }

  @Test func linesAreNamed() {
    let error = #expect(throws: CalvinError.self) {
      try TaskOracle(yaml: "tasks:\n  a: [stack_objects]\n  b: [nothing]\n", source: "t.yaml")
    }
    #expect(error?.line == 3)
  }

  @Test func everyOfficialFormIsRead() throws {
    let oracle = try TaskOracle(
      yaml: """
        _target_: calvin_env.envs.tasks.Tasks
        tasks:
          a: [move_door_abs, 'base__slide', 0.05, 0.2]
          b: [place_object, table]
          c: [lift_object, block_red, 0.05, table]
          d: [push_object_into, block_red, table, base_link, table, drawer_link]
          e: [rotate_object, block_red, 60, 20, 170, 0.05]
        """, source: "t.yaml")
    #expect(
      oracle.tasks.map(\.predicate) == [
        .moveDoorAbsolutely(joint: "base__slide", start: 0.05, end: 0.2),
        .place(.init(body: "table", link: nil)),
        .lift(block: "block_red", height: 0.05, surface: .init(body: "table", link: nil)),
        .pushInto(
          blocks: ["block_red"], source: .init(body: "table", link: "base_link"),
          destination: .init(body: "table", link: "drawer_link")),
        .rotate(block: "block_red", degrees: 60, tilt: 20, limit: 170, travel: 0.05),
      ])
  }
}
