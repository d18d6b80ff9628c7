import Calvin

/// A way the numbers of `scene_obs` can have been mixed up.
enum StateChange: Sendable, Hashable {
  /// Blocks in another order: entry `i` holds the numbers of block `order[i]`.
  case blocks([Int])
  /// Lightbulb and LED exchanged.
  case lamps
  /// Both lamps on for off.
  case lampsInverted
  /// Slider and drawer exchanged.
  case doors

  /// All of them.
  static let all: [StateChange] =
    [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].map { .blocks($0) } + [
      .lamps, .lampsInverted, .doors,
    ]

  /// The state put right.
  func callAsFunction(_ state: EnvironmentState) -> EnvironmentState {
    var changed = state
    let scene = state.sceneObservation
    switch self {
    case .blocks(let order):
      for (block, source) in order.enumerated() {
        let numbers = scene[(6 + 6 * source)..<(12 + 6 * source)]
        changed.sceneObservation.replaceSubrange((6 + 6 * block)..<(12 + 6 * block), with: numbers)
      }
    case .lamps: changed.sceneObservation.swapAt(4, 5)
    case .lampsInverted: for index in 4...5 { changed.sceneObservation[index] = 1 - scene[index] }
    case .doors: changed.sceneObservation.swapAt(0, 1)
    }
    return changed
  }

  /// What was found, for a scene with these blocks.
  func message(blocks names: [String]) -> String {
    switch self {
    case .blocks(let order):
      "the blocks' numbers are in the order "
        + order.map { names.indices.contains($0) ? names[$0] : "?" }.joined(separator: ", ")
        + ", expected " + names.joined(separator: ", ")
    case .lamps: "lightbulb and LED are exchanged"
    case .lampsInverted: "the lamps are on where the pictures show them off"
    case .doors: "slider and drawer are exchanged"
    }
  }
}
