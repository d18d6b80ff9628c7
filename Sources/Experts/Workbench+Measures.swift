import Geometry

/// What preparing a scene for an episode needs to know of its parts.
extension Workbench {
  /// Corners of the drawer's floor with the drawer pulled out by `opening` metres, as far as it lies
  /// in front of the table top; world frame, metres.
  public func drawerFloor(opening: Double) -> (lower: Vector3, upper: Vector3) {
    let floor = drawer.floor.moved(by: drawer.axis * opening)
    return (
      floor.lower, Vector3(floor.upper.x, min(floor.upper.y, tableFront), floor.upper.z)
    )
  }

  /// Edge lengths of each block in its own frame, metres, in scene-file order.
  public var sizesOfBlocks: [Vector3] { blockSizes }

  /// How far door and drawer can be opened, metres.
  public var doorTravel: (slide: Double, drawer: Double) {
    (door.range.upperBound, drawer.range.upperBound)
  }
}

extension Workbench {
  /// The box a block fills at a pose.
  func box(of block: Int, at pose: Pose) -> OrientedBox {
    let half = blockSizes[block] * 0.5
    return OrientedBox(lower: Vector3.zero - half, upper: half, in: pose)
  }
}
