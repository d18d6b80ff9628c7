import Geometry

/// The table's moving and shining parts, each in its link frame. `...Hulls` are the collision shapes:
/// their outlines are CALVIN's, so that motions meet the same surfaces.
enum TableParts {
  private static func part(_ lower: Vector3, _ upper: Vector3, radius: Double) -> Mesh {
    Shapes.roundedBox(lower, upper, radius: radius)
  }

  /// The sliding door: x along the rail, y up the slope, z out of the cabinet.
  static func slide() -> Mesh {
    let wood = Wood(grain: Vector3(0, 1, 0), offset: SIMD2(0.63, 0.4))
    let plate = part(Vector3(0, -0.1375, 0), Vector3(0.35, 0.1375, 0.025), radius: 0.003)
    let handle =
      part(Vector3(0.15, -0.1, 0.015), Vector3(0.2, -0.075, 0.1), radius: 0.01)
      + part(Vector3(0.15, 0.075, 0.015), Vector3(0.2, 0.1, 0.1), radius: 0.01)
      + part(Vector3(0.15, -0.1, 0.075), Vector3(0.2, 0.1, 0.1), radius: 0.01)
    return plate.paneled(wood) + handle.metal()
  }

  static func slideHulls() -> [[Vector3]] {
    [
      chamferedBox(
        Vector3(-0.0007, -0.1507, -0.0007), Vector3(0.3507, 0.1503, 0.0274), chamfer: 0.0007),
      chamferedBox(
        Vector3(0.1491, -0.1003, 0.0274), Vector3(0.2009, -0.0721, 0.1001), chamfer: 0.006),
      chamferedBox(
        Vector3(0.1491, -0.0721, 0.0704), Vector3(0.2009, 0.0717, 0.1001), chamfer: 0.006),
      chamferedBox(
        Vector3(0.1491, 0.0717, 0.0274), Vector3(0.2009, 0.1014, 0.1001), chamfer: 0.006),
    ]
  }

  /// The drawer: x along its front, y up, z out of the table.
  static func drawer() -> Mesh {
    let wood = Wood(grain: Vector3(1, 0, 0), offset: SIMD2(0.25, 0.5))
    let runner = Wood(grain: Vector3(0, 0, 1), offset: SIMD2(0.8, 0.35))
    let boards =
      part(Vector3(-0.275, -0.025, 0.2), Vector3(0.275, 0.1, 0.225), radius: 0.003)
      + part(Vector3(-0.25, 0, -0.075), Vector3(0.25, 0.1, -0.05), radius: 0.002)
      + part(Vector3(-0.23, 0, -0.055), Vector3(0.23, 0.025, 0.205), radius: 0.002)
    let sides =
      part(Vector3(-0.25, 0, -0.07), Vector3(-0.225, 0.1, 0.21), radius: 0.002)
      + part(Vector3(0.225, 0, -0.07), Vector3(0.25, 0.1, 0.21), radius: 0.002)
    let handle =
      part(Vector3(-0.15, 0.025, 0.215), Vector3(-0.12, 0.075, 0.325), radius: 0.01)
      + part(Vector3(0.12, 0.025, 0.215), Vector3(0.15, 0.075, 0.325), radius: 0.01)
      + part(Vector3(-0.15, 0.025, 0.295), Vector3(0.15, 0.075, 0.325), radius: 0.01)
    return boards.paneled(wood) + sides.paneled(runner) + handle.metal()
  }

  static func drawerHulls() -> [[Vector3]] {
    let wall = 0.0007
    return [
      chamferedBox(
        Vector3(-0.2761, -0.0261, 0.1967), Vector3(0.2761, 0.1015, 0.2275), chamfer: wall),
      chamferedBox(
        Vector3(-0.2519, -0.0019, -0.0761), Vector3(0.2519, 0.1015, -0.0475), chamfer: wall),
      chamferedBox(
        Vector3(0.2211, -0.0019, -0.0761), Vector3(0.2519, 0.1015, 0.1967), chamfer: wall),
      chamferedBox(
        Vector3(-0.2519, -0.0019, -0.0475), Vector3(-0.2211, 0.1015, 0.1967), chamfer: wall),
      chamferedBox(
        Vector3(-0.2211, -0.0019, -0.0475), Vector3(0.2211, 0.0267, 0.1967), chamfer: wall),
      chamferedBox(
        Vector3(0.1199, 0.0245, 0.2275), Vector3(0.1507, 0.0773, 0.3265), chamfer: 0.006),
      chamferedBox(
        Vector3(-0.1507, 0.0245, 0.2275), Vector3(-0.1199, 0.0773, 0.3265), chamfer: 0.006),
      chamferedBox(
        Vector3(-0.1199, 0.0245, 0.2979), Vector3(0.1199, 0.0751, 0.3265), chamfer: 0.006),
    ]
  }

  /// The switch, a bow: x along the bow, y out of the cabinet, z down its slot.
  static func `switch`() -> Mesh {
    let radius = 0.009
    return part(Vector3(-0.075, -0.004, -0.03), Vector3(-0.05, 0.07, 0.01), radius: radius)
      + part(Vector3(0.05, -0.004, -0.03), Vector3(0.075, 0.07, 0.01), radius: radius)
      + part(Vector3(-0.066, 0.055, -0.03), Vector3(0.066, 0.08, 0.01), radius: radius)
      + bend(-1) + bend(1)
  }

  /// The outer corner of the bow, a quarter round.
  private static func bend(_ side: Double) -> Mesh {
    let points = bendPoints(side, inset: 0.003)
    let hull = Mesh.hull(points)
    var mesh = Mesh()
    for (a, b, c) in hull.triangles {
      let corners = [a, b, c].map { points[$0] }
      mesh.append(.polygon(corners, [.zero, .zero, .zero]))
    }
    return mesh
  }

  private static func bendPoints(_ side: Double, inset: Double) -> [Vector3] {
    var points: [Vector3] = []
    for step in 0...4 {
      let (cosine, sine) = unitCircle(step, of: 16)
      for z in [-0.03, 0.01] {
        points.append(Vector3(side * (0.06 + 0.0153 * cosine), 0.065 + 0.0154 * sine, z))
      }
    }
    for z in [-0.03, 0.01] {
      points.append(Vector3(side * 0.0495, 0.065, z + (z < 0 ? inset : -inset)))
      points.append(Vector3(side * 0.06, 0.0545, z + (z < 0 ? inset : -inset)))
    }
    return points
  }

  static func switchHulls() -> [[Vector3]] {
    [-1.0, 1.0].flatMap { side in
      [
        chamferedBox(
          Vector3(side < 0 ? -0.0753 : 0.0495, -0.0003, -0.0303),
          Vector3(side < 0 ? -0.0495 : 0.0753, 0.066, 0.01), chamfer: 0.005),
        bendPoints(side, inset: 0),
      ]
    } + [
      chamferedBox(
        Vector3(-0.06, 0.0545, -0.0303), Vector3(0.06, 0.0804, 0.01), chamfer: 0.005)
    ]
  }

  /// The push button: y up. A disc with a softened rim.
  static func button() -> Mesh {
    let rim = Shapes.arc(centre: (0.036, 0.026), radius: 0.004, from: 0, to: 90, steps: 4)
    let profile: [(r: Double, z: Double)] = [(0, 0), (0.04, 0)] + rim + [(0, 0.03)]
    return Shapes.lathe(profile, segments: 40).rotated(zTo: Vector3(0, 1, 0))
  }

  static func buttonHull() -> Mesh {
    .hull(
      circle(.zero, axis: Vector3(0, 1, 0), radius: 0.04, count: 38)
        + circle(Vector3(0, 0.03, 0), axis: Vector3(0, 1, 0), radius: 0.04, count: 38))
  }

  /// The LED panel: y up.
  static func led() -> Mesh {
    part(Vector3(-0.1, 0, -0.025), Vector3(0.1, 0.02, 0.025), radius: 0.004)
  }

  static func ledHull() -> Mesh {
    Shapes.box(Vector3(-0.1, 0, -0.025), Vector3(0.1, 0.02, 0.025), .plain)
  }

  /// The light bulb on its socket: y up, its axis at `depth` along z.
  static func light(depth: Double, segments: Int) -> Mesh {
    // The globe meets the socket's rim: sqrt(0.035^2 - 0.025^2) below its centre.
    let centre = (r: 0.0, z: 0.027)
    let globe = Shapes.arc(
      centre: centre, radius: 0.035, from: -44.4, to: 90, steps: segments / 2)
    let profile: [(r: Double, z: Double)] = [(0, 0), (0.025, 0)] + globe
    return Shapes.lathe(profile, segments: segments).rotated(zTo: Vector3(0, 1, 0))
      .translated(Vector3(0, 0, depth))
  }

  /// The shelf in the cabinet: y up.
  static func plank() -> Mesh {
    let wood = Wood(grain: Vector3(1, 0, 0), offset: SIMD2(0.47, 0.45))
    return Shapes.box(Vector3(-0.325, 0, -0.0875), Vector3(0.325, 0.025, 0.0875), wood)
  }
}

extension Wood {
  /// For shapes that are never drawn.
  static let plain = Wood(grain: Vector3(1, 0, 0), offset: .zero)
}
