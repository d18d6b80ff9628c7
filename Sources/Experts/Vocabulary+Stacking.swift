import Geometry

/// Blocks on blocks: stack and unstack them.
extension Vocabulary {
  /// Puts the block in the hand on top of another one.
  func stack(_ situation: Situation, attempt: Int) -> [Motion] {
    guard let index = held(situation) else { return pickUpAgain(situation) }
    let bases = situation.blocks.indices.filter { base in
      base != index && !situation.isStacked(situation.blocks[base])
    }
    func cost(_ base: Int) -> Double {
      let block = situation.blocks[base]
      if situation.touches(block, link: "plank_link") {
        return sideToFree(situation, block.pose.position.x) == nil ? 1 : 3
      }
      return situation.touches(block, link: "drawer_link") ? 2 : 0
    }
    guard let base = bases.min(by: { cost($0) < cost($1) }) else { return [] }
    let under = situation.blocks[base].pose.position
    let top = under.at(z: under.z + halfHeight(situation, base))
    return place(situation, index, on: [top], leans: [0, 0.3, 0.6, 0.9])
  }

  /// Takes the upper of two stacked blocks off.
  func unstack(_ situation: Situation, attempt: Int) -> [Motion] {
    let stacked = situation.blocks.indices.filter {
      situation.isStacked(situation.blocks[$0])
    }
    guard
      let index = stacked.max(by: {
        situation.blocks[$0].pose.position.z < situation.blocks[$1].pose.position.z
      })
    else { return [] }
    return lift(situation, index, attempt: attempt)
  }
}
