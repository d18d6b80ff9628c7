import Calvin
import Foundation
import NumPy
import Testing

@Suite struct ChainTests {
  let library: TaskLibrary

  init() throws { library = try TaskLibrary(folder: Places.tasks) }

  @Test func officialInitialStatesAreCounted() {
    let states = ChainGenerator.initialStates
    #expect(states.count == 192)
    #expect(Set(states).count == 192)
    #expect(
      states[0].entries.map(\.key) == [
        "led", "lightbulb", "slider", "drawer", "red_block", "blue_block", "pink_block", "grasped",
      ])
  }

  // The first official chain and its numbers, as `get_sequences(1000)` and
  // `get_env_state_for_initial_condition` give them.
  @Test func seedAndStartStateAreUpstreams() throws {
    let state = InitialState(entries: [
      .init(key: "led", value: .number(1)), .init(key: "lightbulb", value: .number(1)),
      .init(key: "slider", value: .word("left")), .init(key: "drawer", value: .word("open")),
      .init(key: "red_block", value: .word("slider_left")),
      .init(key: "blue_block", value: .word("table")),
      .init(key: "pink_block", value: .word("slider_right")),
      .init(key: "grasped", value: .number(0)),
    ])
    #expect(state.seed == 2_138_410_836)
    let start = try state.startState(in: .official)
    #expect(
      start.sceneObservation == [
        0.28, 0.22, 0, 0.088, 1, 1, -0.240851662, 0.0924044687, 0.460990009, 0, 0,
        1.8859410064104645, 0.229995412, -0.11999514, 0.45999001, 0, 0, 1.488143437705632,
        0.070341633, 0.0924044687, 0.460990009, 0, 0, 1.4683986863194542,
      ])
    #expect(start.robotObservation.count == 15)
    #expect(start.robotObservation[14] == 1)
  }

  @Test(arguments: [0, 1, 5, 34])
  func smallCountsGiveThatManyFeasibleChains(count: Int) {
    let chains = library.chains.sequences(count)
    #expect(chains.map(\.index) == Array(0..<count))
    for chain in chains {
      #expect(Set(chain.subtasks.compactMap { library.skills[$0]?.category }).count == 5)
      var state = chain.initialState
      for task in chain.subtasks {
        let fitting = library.skills[task]?.transitions.filter { $0.fits(state) } ?? []
        #expect(fitting.count == 1, "\(task) of chain \(chain.index)")
        for entry in fitting.first?.gives ?? [] {
          state.entries = state.entries.map { $0.key == entry.key ? entry : $0 }
        }
      }
    }
  }

  @Test func aSmallEvaluationIsAPrefixOfTheOfficialOne() {
    let chains = library.chains.evaluationChains(40)
    #expect(chains.count == 40)
    #expect(chains != library.chains.sequences(40))
    #expect(
      chains[0].subtasks == [
        "rotate_blue_block_right", "move_slider_right", "lift_red_block_slider", "place_in_slider",
        "turn_off_lightbulb",
      ])
  }

  @Test(.enabled(if: Places.hasReference, "no recordings beside the package"))
  func recordedChainsAndStatesAreEqual() throws {
    let path = "\(Places.shared)/reference/chains/chains_1000_states.json"
    let recorded = try #require(
      try OrderedJSON(parsing: readFile(path), source: path).elements)
    let chains = library.chains.sequences(1000)
    #expect(recorded.count == chains.count)
    for (record, chain) in zip(recorded, chains) {
      #expect(record["initial_state"] == chain.initialState.json)
      #expect(record["chain"] == chain.subtaskList)
      #expect(record["seed"]?.integer == Int(chain.initialState.seed))
      let start = try chain.initialState.startState(in: .official)
      #expect(record["robot_obs"]?.doubles == start.robotObservation)
      #expect(record["scene_obs"]?.doubles == start.sceneObservation)
    }
  }

  /// Scene C: another block order, other shelves.
  static let otherLayout = SceneLayout(
    scene: "C", blocks: ["block_blue", "block_red", "block_pink"],
    surfaces: [
      .init(name: "table", lower: [0, -0.15, 0.46], upper: [0.35, -0.03, 0.46]),
      .init(name: "slider_left", lower: [-0.12, 0.05, 0.46], upper: [0.06, 0.12, 0.46]),
      .init(name: "slider_right", lower: [0.15, 0.05, 0.46], upper: [0.3, 0.12, 0.46]),
    ])

  @Test func otherScenesPutBlocksByNameOnTheirOwnSurfaces() throws {
    for state in ChainGenerator.initialStates {
      let start = try state.startState(in: Self.otherLayout)
      #expect(start == (try state.startState(in: Self.otherLayout)))
      let official = try state.startState(in: .official)
      #expect(start.sceneObservation[..<6] == official.sceneObservation[..<6])
      #expect(start.robotObservation == official.robotObservation)
      var spots: [SIMD2<Double>] = []
      for (index, block) in ["blue_block", "red_block", "pink_block"].enumerated() {
        let numbers = start.sceneObservation[(6 + 6 * index)..<(12 + 6 * index)].map { $0 }
        let surface = try #require(
          Self.otherLayout.surfaces.first { .word($0.name) == state[block] })
        for axis in 0..<3 {
          #expect((surface.lower[axis]...surface.upper[axis]).contains(numbers[axis]))
        }
        #expect((3 * Double.pi / 8...5 * Double.pi / 8).contains(numbers[5]))
        spots.append(SIMD2(numbers[0], numbers[1]))
      }
      for (a, b) in [(0, 1), (0, 2), (1, 2)] {
        let apart = spots[a] - spots[b]
        #expect((apart * apart).sum().squareRoot() >= 0.1)
      }
    }
  }

  @Test func aSceneWithoutTheBlockIsNamed() {
    var layout = Self.otherLayout
    layout.blocks[1] = "block_green"
    let error = #expect(throws: CalvinError.self) {
      try ChainGenerator.initialStates[0].startState(in: layout)
    }
    #expect(error?.description.contains("scene C: has no block_red") == true)
  }
}

@Suite struct SequenceFileTests {
  let tasks = ["a", "b", "c", "d", "e"]
  let good = """
    [[{"led": 0, "lightbulb": 1, "slider": "left", "drawer": "open", "red_block": "table",
    "blue_block": "slider_right", "pink_block": "table", "grasped": 0},
    ["a", "b", "c", "d", "e"]]]
    """

  private func parse(_ text: String) throws(CalvinError) -> [Chain] {
    try SequenceFile.parse(Array(text.utf8), source: "s.json", tasks: tasks)
  }

  @Test func chainsComeBackFromTheirText() throws {
    let library = try TaskLibrary(folder: Places.tasks)
    let chains = library.chains.sequences(20)
    let text = SequenceFile.text(of: chains)
    let read = try SequenceFile.parse(
      Array(text.utf8), source: "s.json", tasks: library.taskNames)
    #expect(read == chains)
  }

  @Test func keyOrderIsKeptBecauseItSeeds() throws {
    let chain = try parse(good)[0]
    #expect(chain.subtasks == tasks)
    let moved = good.replacing("\"grasped\": 0", with: "\"x\": 0")
      .replacing("{\"led\"", with: "{\"grasped\": 0, \"led\"").replacing(", \"x\": 0", with: "")
    let other = try parse(moved)[0]
    #expect(other.initialState["led"] == chain.initialState["led"])
    #expect(other.initialState.seed != chain.initialState.seed)
  }

  @Test(arguments: [
    ("\"led\": 0", "\"led\": 2", "led is 2, expected one of 0, 1"),
    ("\"slider\": \"left\"", "\"slider\": 1", "slider is 1, expected one of right, left"),
    ("\"grasped\": 0", "\"grasped\": 1", "grasped is 1"),
    ("\"red_block\": \"table\"", "\"red_block\": \"drawer\"", "red_block is \"drawer\""),
    ("\"blue_block\": \"slider_right\"", "\"blue_block\": \"table\"", "3 blocks at table"),
    (", \"grasped\": 0", "", "lacks grasped"), ("\"led\"", "\"lid\"", "unknown key 'lid'"),
    ("\"c\", ", "", "expected a list of 5 task names"), ("\"c\"", "\"z\"", "called 'z'"),
    ("\"c\"", "3", "expected a list of 5 task names"),
    ("[[{", "{", "line"), ("\"led\": 0", "\"led\": 0, \"led\": 0", "given twice"),
  ])
  func mistakesAreNamed(find: String, replacement: String, expected: String) {
    let text = good.replacing("\n", with: " ").replacing(find, with: replacement)
    let error = #expect(throws: CalvinError.self) { try parse(text) }
    #expect(error?.description.hasPrefix("s.json") == true)
    #expect(
      expected == "line" || error?.description.contains(expected) == true,
      "\(error?.description ?? "")")
  }

  @Test(arguments: ["", "[]", "{}", "3", "[3]", "[[1, 2]]", "nul", "[[]]", "\"\\ud800\""])
  func otherFilesAreRefused(text: String) {
    #expect(throws: CalvinError.self) { try parse(text) }
  }
}
