import Assets
import Calvin
import Experts
import Geometry
import NumPy

/// Draws start states of single skills from the chain generator's pre-conditions, with blocks
/// anywhere on the scene's surfaces.
public struct SkillStartGenerator: Sendable {
  /// Least distance between blocks that are not stacked, metres.
  public static let leastDistance = 0.11
  /// Env steps in which dropped and stacked blocks come to rest.
  public static let settlingSteps = 30
  /// Height above the drawer's floor that blocks are dropped from, metres.
  static let dropHeight = 0.005

  private let skills: SkillTable
  private let scene: SceneDescription
  private let bench: Workbench
  private let seed: UInt64

  /// A generator for one scene; equal seeds give equal starts.
  public init(skills: SkillTable, scene: SceneDescription, bench: Workbench, seed: UInt64) {
    self.skills = skills
    self.scene = scene
    self.bench = bench
    self.seed = seed
  }

  /// The start of an episode; `draw` counts the starts refused before it. Nil when blocks found no
  /// places, which counts as refused, too. The task must be one of the table's.
  public func start(of task: String, episode: Int, draw: Int) -> SkillStart? {
    guard let index = skills.skills.firstIndex(where: { $0.task == task }) else { return nil }
    var random = RandomState(seed: [
      UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32), UInt32(index),
      UInt32(episode), UInt32(draw),
    ])
    let transitions = skills.skills[index].transitions
    let transition = transitions[random.randint(0, transitions.count)]
    var symbols = drawSymbols(for: transition, &random)
    let lift = liftFirst(&symbols, &random)
    guard let positions = drawPositions(symbols, &random) else { return nil }
    let needsRest = symbols.entries.contains {
      $0.value == .word("drawer") || $0.value == .word("stacked_top")
    }
    return SkillStart(
      task: task, episode: episode, state: state(symbols, positions, &random),
      symbols: symbols, settlingSteps: needsRest ? Self.settlingSteps : 0, lift: lift)
  }

  // MARK: Symbols

  private static let blocks = ["red_block", "blue_block", "pink_block"]

  /// A symbolic state that the transition fits: what it does not name is drawn as official initial
  /// states are, one or two blocks on the table and at most one in each half of the cabinet.
  private func drawSymbols(
    for transition: SkillTable.Transition, _ random: inout RandomState
  ) -> InitialState {
    while true {
      let base = ChainGenerator.initialStates[
        random.randint(0, ChainGenerator.initialStates.count)]
      let entries = base.entries.map { entry in
        guard let need = transition.needs.first(where: { $0.key == entry.key }) else {
          return entry
        }
        return InitialState.Entry(
          key: entry.key, value: need.values[random.randint(0, need.values.count)])
      }
      func count(_ place: String) -> Int { entries.count { $0.value == .word(place) } }
      if count("slider_left") < 2, count("slider_right") < 2, count("table") <= 2 {
        return InitialState(entries: entries)
      }
    }
  }

  /// Puts a block that should be in the hand where it is to be lifted from: on the table, or in the
  /// open half of the cabinet when nothing else is there.
  private func liftFirst(
    _ symbols: inout InitialState, _ random: inout RandomState
  ) -> String? {
    guard let held = Self.blocks.first(where: { symbols[$0] == .word("grasped") }) else {
      return nil
    }
    let open = symbols["slider"] == .word("left") ? "slider_right" : "slider_left"
    let isFree = !symbols.entries.contains { $0.value == .word(open) }
    let isCrowded = symbols.entries.count { $0.value == .word("table") } >= 2
    let fromCabinet = isFree && (isCrowded || random.randint(0, 2) == 0)
    symbols.set(held, to: .word(fromCabinet ? open : "table"))
    symbols.set("grasped", to: .number(0))
    return "lift_\(held)_\(fromCabinet ? "slider" : "table")"
  }

  // MARK: Numbers

  private func drawPositions(
    _ symbols: InitialState, _ random: inout RandomState
  ) -> [String: Vector3]? {
    var positions: [String: Vector3] = [:]
    for block in Self.blocks where symbols[block] != .word("stacked_top") {
      guard case .word(let place)? = symbols[block] else { return nil }
      var spot: Vector3?
      for _ in 0..<1000 where spot == nil {
        guard let drawn = draw(block, at: place, &random) else { return nil }
        let isClear = positions.values.allSatisfy {
          let gap = $0 - drawn
          return gap.dot(gap).squareRoot() >= Self.leastDistance
        }
        if isClear { spot = drawn }
      }
      guard let spot else { return nil }
      positions[block] = spot
    }
    if let top = Self.blocks.first(where: { symbols[$0] == .word("stacked_top") }),
      let bottom = Self.blocks.first(where: { symbols[$0] == .word("stacked_bottom") }),
      var spot = positions[bottom]
    {
      spot.z += (size(of: bottom).z + size(of: top).z) / 2
      positions[top] = spot
    }
    return positions
  }

  private func draw(
    _ block: String, at place: String, _ random: inout RandomState
  ) -> Vector3? {
    if place == "drawer" {
      let (lower, upper) = bench.drawerFloor(opening: openDrawer)
      let size = size(of: block)
      let margin = (size.x * size.x + size.y * size.y).squareRoot() / 2 + 0.01
      guard lower.x + margin < upper.x - margin, lower.y + margin < upper.y - margin else {
        return nil
      }
      return Vector3(
        random.uniform(lower.x + margin, upper.x - margin),
        random.uniform(lower.y + margin, upper.y - margin),
        upper.z + size.z / 2 + Self.dropHeight)
    }
    let name = place == "stacked_bottom" ? "table" : place
    guard let surface = scene.surfaces.first(where: { $0.name == name }) else { return nil }
    let x = random.uniform(surface.lower.x, surface.upper.x)
    let y = random.uniform(surface.lower.y, surface.upper.y)
    return Vector3(x, y, random.uniform(surface.lower.z, surface.upper.z))
  }

  private var openDrawer: Double { min(0.22, bench.doorTravel.drawer) }

  private func size(of block: String) -> Vector3 {
    blockIndex(block).map { bench.sizesOfBlocks[$0] } ?? Vector3(repeating: 0.05)
  }

  private func blockIndex(_ block: String) -> Int? {
    scene.movableObjects.firstIndex { $0.name == "block_" + block.dropLast("_block".count) }
  }

  private func state(
    _ symbols: InitialState, _ positions: [String: Vector3], _ random: inout RandomState
  ) -> EnvironmentState {
    var numbers = [Double](repeating: 0, count: 6 + 6 * scene.movableObjects.count)
    if symbols["slider"] == .word("left") { numbers[0] = min(0.28, bench.doorTravel.slide) }
    if symbols["drawer"] == .word("open") { numbers[1] = openDrawer }
    if symbols["lightbulb"] == .number(1) {
      numbers[3] = 0.088
      numbers[4] = 1
    }
    if symbols["led"] == .number(1) { numbers[5] = 1 }
    for block in Self.blocks {
      let angle = random.uniform(-.pi, .pi)
      guard let index = blockIndex(block), let position = positions[block] else { continue }
      let offset = 6 + 6 * index
      numbers[offset] = position.x
      numbers[offset + 1] = position.y
      numbers[offset + 2] = position.z
      numbers[offset + 5] = angle
    }
    return EnvironmentState(
      robotObservation: InitialState.officialRobotObservation, sceneObservation: numbers)
  }
}

extension InitialState {
  fileprivate mutating func set(_ key: String, to value: Value) {
    guard let index = entries.firstIndex(where: { $0.key == key }) else { return }
    entries[index].value = value
  }
}
