import Calvin
import Foundation
import Geometry

/// Blocks in the hand: place and stack them.
extension Vocabulary {
  // MARK: Placing

  /// Blocks are let go of this far above what they are put on, metres.
  private static let drop = 0.004

  /// Where a block goes and how the gripper is turned then.
  private struct Place {
    /// The room the block takes up.
    var block: OrientedBox
    var goal: TCPGoal
    var cost: Double
  }

  /// Carries the block in the hand to one of `spots`, points of a surface, and lets go.
  func place(
    _ situation: Situation, _ index: Int, on spots: [Vector3], leans: [Double]
  ) -> [Motion] {
    guard let place = bestPlace(situation, index, on: spots, leans: leans) else { return [] }
    let goal = place.goal
    var motions = approach(situation, goal.backed(by: 0.09), .closed, holding: index)
    motions.append(
      .move("place", .closed, within: 0.006, speed: 0.7) { s in
        let held = s.tcp - s.blocks[index].pose.position
        return TCPGoal(place.block.center + held, angles: goal.angles)
      })
    motions.append(
      .fingers("release", .open, steps: 12) { _ in
        goal
      } until: {
        $0.opening > 0.076
      })
    motions.append(retreat(from: goal, by: 0.1, .open))
    return motions
  }

  /// The cheapest place where hand, open fingers and block touch nothing; without one, where there
  /// is room for the block at least and, if can be, for the fingers as they hold it.
  private func bestPlace(
    _ situation: Situation, _ index: Int, on spots: [Vector3], leans: [Double]
  ) -> Place? {
    let obstacles = Obstacles(situation, bench, ignoring: [index])
    let yaw = min(max(situation.angles.z, TCPGoal.restingYaw - 0.7), TCPGoal.restingYaw + 0.7)
    let yaws = [yaw] + [0, -0.35, 0.35, -0.7, 0.7].map { TCPGoal.restingYaw + $0 }
    let places = spots.flatMap { spot in
      yaws.flatMap { yaw in
        leans.map { lean in
          var place = self.place(situation, index, on: spot, yaw: yaw, lean: lean)
          place.cost += crowding(of: spot, among: spots, situation, index)
          return place
        }
      }
    }.sorted { $0.cost < $1.cost }
    let roomy = places.filter { place in
      var block = place.block
      block.half += Vector3(repeating: 0.003)
      return reserve(at: place.goal) > 0 && !obstacles.touch(block)
    }
    func isFree(_ place: Place, opening: Double, margin: Double) -> Bool {
      [0, 0.05, 0.09].allSatisfy {
        !obstacles.touchGripper(at: place.goal.backed(by: $0), opening: opening, margin: margin)
      }
    }
    return roomy.first { isFree($0, opening: Gripper.open, margin: 0.006) }
      ?? roomy.first { isFree($0, opening: situation.opening, margin: 0.003) }
      ?? roomy.first ?? places.first
  }

  /// Turns hand and block as one: how the block sits in the hand does not change on the way.
  private func place(
    _ situation: Situation, _ index: Int, on spot: Vector3, yaw: Double, lean: Double
  ) -> Place {
    let block = situation.blocks[index].pose
    let turned = TCPGoal(.zero, yaw: yaw, lean: lean)
    let turn =
      Matrix3(Quaternion(euler: turned.angles))
      * Matrix3(Quaternion(euler: situation.angles)).transpose
    let orientation = turn * Matrix3(block.orientation)
    let up = orientation.row2
    let size = bench.blockSizes[index]
    let half = (abs(up.x) * size.x + abs(up.y) * size.y + abs(up.z) * size.z) / 2
    let center = spot + Vector3(0, 0, half + Self.drop)
    let goal = TCPGoal(
      center + turn * (situation.tcp - block.position), angles: turned.angles)
    let tilt = acos(min(1, max(abs(up.x), abs(up.y), abs(up.z))))
    return Place(
      block: bench.box(
        of: index, at: Pose(position: center, orientation: Quaternion(orientation))),
      goal: goal, cost: 15 * tilt + 4 * lean + 5 * abs(yaw - situation.angles.z))
  }

  /// How much a spot is disliked for the blocks around it and its distance from the middle.
  private func crowding(
    of spot: Vector3, among spots: [Vector3], _ situation: Situation, _ index: Int
  ) -> Double {
    let others = situation.blocks.indices.filter { $0 != index }.map {
      situation.blocks[$0].pose.position
    }
    let middle = spots.reduce(Vector3.zero, +) / Double(spots.count)
    let room = others.map { ($0 - spot).length }.min() ?? 1
    return 200 * max(0, 0.13 - room) + 20 * (spot - middle).length
  }

  /// Half the height of a block as it is held or lies.
  func halfHeight(_ situation: Situation, _ index: Int) -> Double {
    let rotation = Matrix3(situation.blocks[index].pose.orientation)
    let size = bench.blockSizes[index]
    let up = rotation.row2
    return (abs(up.x) * size.x + abs(up.y) * size.y + abs(up.z) * size.z) / 2
  }

  /// Puts the block in the hand on the part of the shelf the door leaves open.
  func placeOnShelf(_ situation: Situation, attempt: Int) -> [Motion] {
    guard let index = held(situation) else { return pickUpAgain(situation) }
    guard
      let open = openShelf(situation).max(by: {
        $0.upperBound - $0.lowerBound < $1.upperBound - $1.lowerBound
      })
    else { return [] }
    let width = open.upperBound - open.lowerBound
    let y = bench.shelf.lower.y + 0.055
    let margin = min(0.05, width / 2)
    let spots = stride(from: 0.0, through: 1, by: 0.1).map {
      Vector3(
        open.lowerBound + margin + $0 * (width - 2 * margin), y, bench.shelf.upper.z)
    }
    return place(situation, index, on: spots, leans: [0.3, 0.5, 0.7, 0.9])
  }

  /// Puts the block in the hand into the open drawer.
  func placeInDrawer(_ situation: Situation, attempt: Int) -> [Motion] {
    guard let index = held(situation) else { return pickUpAgain(situation) }
    return place(situation, index, on: drawerSpots(situation), leans: [0, 0.3])
  }

  private func drawerSpots(_ situation: Situation) -> [Vector3] {
    let floor = bench.drawer.floor.moved(
      by: bench.drawer.axis * situation.door(bench.drawer.joint))
    let y = (floor.lower.y + min(floor.upper.y, bench.tableFront)) / 2
    return stride(from: 0.2, through: 0.8, by: 0.1).map {
      Vector3(floor.lower.x + $0 * floor.size.x, y, floor.upper.z)
    }
  }

  /// A block slipped out of the hand: take the nearest one again.
  func pickUpAgain(_ situation: Situation) -> [Motion] {
    guard
      let nearest = situation.blocks.indices.min(by: {
        (situation.blocks[$0].pose.position - situation.tcp).length
          < (situation.blocks[$1].pose.position - situation.tcp).length
      })
    else { return [] }
    return lift(situation, nearest, attempt: 0)
  }

  /// Takes a block that lies on the table top to the edge and into the drawer.
  func pushIntoDrawer(_ situation: Situation, attempt: Int) -> [Motion] {
    if let index = held(situation) {
      return place(situation, index, on: drawerSpots(situation), leans: [0, 0.3])
    }
    let onTable = situation.blocks.indices.filter {
      situation.touches(situation.blocks[$0], link: "base_link")
        && !situation.isStacked(situation.blocks[$0])
    }
    guard !onTable.isEmpty else { return [] }
    let center = bench.drawer.floor.center
    let sorted = onTable.sorted {
      (situation.blocks[$0].pose.position - center).length
        < (situation.blocks[$1].pose.position - center).length
    }
    return lift(situation, sorted[attempt / 2 % sorted.count], attempt: attempt)
  }
}
