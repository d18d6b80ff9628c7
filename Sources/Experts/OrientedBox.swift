import Geometry

/// A box anywhere in the world, metres.
struct OrientedBox {
  var center: Vector3
  /// Unit vectors along its edges.
  var axes: [Vector3]
  /// Half its edge lengths.
  var half: Vector3

  /// A box given in the frame of a pose.
  init(lower: Vector3, upper: Vector3, in worldFromFrame: Pose) {
    let columns = Matrix3(worldFromFrame.orientation).transpose
    axes = [columns.row0, columns.row1, columns.row2]
    let middle = (lower + upper) * 0.5
    center =
      worldFromFrame.position + axes[0] * middle.x + axes[1] * middle.y + axes[2] * middle.z
    half = (upper - lower) * 0.5
  }

  /// Half its extent along a direction.
  private func radius(along direction: Vector3) -> Double {
    abs(axes[0].dot(direction)) * half.x + abs(axes[1].dot(direction)) * half.y
      + abs(axes[2].dot(direction)) * half.z
  }

  /// The axis-aligned box around it.
  var bounds: Box {
    let reach = Vector3(
      radius(along: Vector3(1, 0, 0)), radius(along: Vector3(0, 1, 0)),
      radius(along: Vector3(0, 0, 1)))
    return Box(lower: center - reach, upper: center + reach)
  }

  /// Whether two boxes share a point: no axis separates them.
  func overlaps(_ other: OrientedBox) -> Bool {
    let between = other.center - center
    func separates(_ axis: Vector3) -> Bool {
      axis.dot(axis) > 1e-12
        && abs(between.dot(axis)) > radius(along: axis) + other.radius(along: axis)
    }
    for axis in axes where separates(axis) { return false }
    for axis in other.axes where separates(axis) { return false }
    for a in axes {
      for b in other.axes where separates(a.cross(b)) { return false }
    }
    return true
  }

  /// Whether the box and a triangle share a point.
  func overlaps(_ triangle: Triangle) -> Bool {
    let corners = (triangle.a - center, triangle.b - center, triangle.c - center)
    func separates(_ axis: Vector3) -> Bool {
      guard axis.dot(axis) > 1e-16 else { return false }
      let (a, b, c) = (corners.0.dot(axis), corners.1.dot(axis), corners.2.dot(axis))
      let reach = radius(along: axis)
      return min(a, b, c) > reach || max(a, b, c) < -reach
    }
    for axis in axes where separates(axis) { return false }
    let edges = [corners.1 - corners.0, corners.2 - corners.1, corners.0 - corners.2]
    if separates(edges[0].cross(edges[1])) { return false }
    for edge in edges {
      for axis in axes where separates(axis.cross(edge)) { return false }
    }
    return true
  }
}

/// A triangle of a collision shape, world frame, metres.
struct Triangle {
  var a: Vector3
  var b: Vector3
  var c: Vector3

  var bounds: Box {
    Box(lower: pointwiseMin(a, pointwiseMin(b, c)), upper: pointwiseMax(a, pointwiseMax(b, c)))
  }
}
