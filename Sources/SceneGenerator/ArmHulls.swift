import Geometry

/// Points whose convex hulls are the arm's collision shapes, one to a link. Their extents are the
/// official shapes' to a tenth of a millimetre: inertias (taken from bounding boxes) and contacts follow.
enum ArmHulls {
  private static let x = Vector3(1, 0, 0)
  private static let y = Vector3(0, 1, 0)
  private static let z = Vector3(0, 0, 1)

  static let all: [(name: String, points: [Vector3])] = [
    ("link0", link0), ("link1", link1), ("link2", link2), ("link3", link3), ("link4", link4),
    ("link5", link5), ("link6", link6), ("link7", link7), ("hand", hand), ("finger", finger),
  ]

  /// Circles of a drum from its joint to its domed end.
  private static func drum(_ centre: Vector3, _ axis: Vector3, _ length: Double) -> [Vector3] {
    circle(centre, axis: axis, radius: 0.055)
      + circle(centre + (length - 0.034) * axis, axis: axis, radius: 0.055)
      + circle(centre + (length - 0.012) * axis, axis: axis, radius: 0.046)
      + circle(centre + length * axis, axis: axis, radius: 0.026)
  }

  private static let link0: [Vector3] = {
    let outline: [(Double, Double)] = [
      (-0.1541, 0.025), (-0.132, 0.0687), (0, 0.0947), (0.03, 0.0705), (0.0716, 0.018),
    ]
    let foot = outline.flatMap { [Vector3($0.0, $0.1, 0), Vector3($0.0, -$0.1, 0)] }
    return foot + circle(Vector3(0, 0, 0.14), axis: z, radius: 0.055)
  }()

  private static let link1 =
    drum(.zero, -y, 0.1294) + circle(Vector3(0, 0, -0.192), axis: z, radius: 0.055)
    + circle(Vector3(0, 0, -0.04), axis: z, radius: 0.0552)

  private static let link2 =
    drum(.zero, z, 0.1295) + circle(Vector3(0, -0.194, 0), axis: y, radius: 0.055)
    + circle(Vector3(0, -0.04, 0), axis: y, radius: 0.0552)
    + circle(Vector3(0, 0, 0), axis: z, radius: 0.0552)

  private static let link3 =
    drum(Vector3(0.0825, 0, 0), y, 0.1112)
    + circle(Vector3(0, 0, -0.121), axis: z, radius: 0.0548)
    + circle(Vector3(0, 0, -0.04), axis: z, radius: 0.0548)

  private static let link4 =
    drum(.zero, z, 0.1111) + circle(Vector3(-0.0825, 0.124, 0), axis: y, radius: 0.0551)
    + circle(Vector3(-0.0825, 0.04, 0), axis: y, radius: 0.0551)

  private static let link5 =
    circle(Vector3(0, 0, -0.2646), axis: z, radius: 0.05)
    + circle(Vector3(0, 0, -0.255), axis: z, radius: 0.055)
    + circle(Vector3(0, 0, -0.21), axis: z, radius: 0.0545)
    + circle(Vector3(0, 0.02, 0), axis: y, radius: 0.0515)
    + circle(Vector3(0, 0.105, 0), axis: y, radius: 0.0522)
    + circle(Vector3(0, 0.1299, 0), axis: y, radius: 0.03)

  private static let link6 =
    circle(Vector3(0, 0, -0.012), axis: z, radius: 0.0478)
    + circle(Vector3(0, 0, 0.035), axis: z, radius: 0.0478)
    + circle(Vector3(0.004, 0, 0.0564), axis: z, radius: 0.03)
    + circle(Vector3(0.088, -0.0512, 0), axis: y, radius: 0.0443)
    + circle(Vector3(0.088, 0.055, 0), axis: y, radius: 0.0405)
    + circle(Vector3(0.073, 0.0816, 0), axis: y, radius: 0.024)

  private static let link7: [Vector3] = {
    let lug = [(0.0813, 0.0315), (0.0315, 0.0812)].flatMap {
      [Vector3($0.0, $0.1, 0.0785), Vector3($0.0, $0.1, 0.0965)]
    }
    return circle(Vector3(0, 0, 0.052), axis: z, radius: 0.044)
      + circle(Vector3(0, 0, 0.0965), axis: z, radius: 0.044)
      + circle(Vector3(0, 0, 0.1068), axis: z, radius: 0.034) + lug
  }()

  private static let hand: [Vector3] = {
    let layers: [(z: Double, x: Double, low: Double, high: Double)] = [
      (-0.0259, 0.003, -0.0877, -0.0396), (-0.005, 0.0287, -0.1035, 0.0849),
      (0.005, 0.0316, -0.104, 0.0933), (0.055, 0.0193, -0.1004, 0.1004),
      (0.066, 0.0153, -0.0935, 0.0935),
    ]
    return layers.flatMap { layer in
      // The corners are cut: the hand's ends are round.
      [-1.0, 1.0].flatMap { side in
        [
          Vector3(side * layer.x, layer.low + 0.01, layer.z),
          Vector3(side * layer.x, layer.high - 0.01, layer.z),
          Vector3(side * layer.x * 0.6, layer.low, layer.z),
          Vector3(side * layer.x * 0.6, layer.high, layer.z),
        ]
      }
    }
  }()

  private static let finger: [Vector3] = {
    let layers: [(z: Double, x: Double, near: Double, far: Double)] = [
      (0.0002, 0.0105, 0.0062, 0.027), (0.034, 0.0105, 0.0125, 0.0216),
      (0.065, 0.0087, 0.0039, 0.012), (0.0912, 0.0087, 0.0039, 0.0067),
      (0.0964, 0.0056, 0.0039, 0.0067),
    ]
    return layers.flatMap { layer in
      [-1.0, 1.0].flatMap { side in
        [
          Vector3(side * layer.x, layer.near, layer.z), Vector3(side * layer.x, layer.far, layer.z),
        ]
      }
    }
  }()
}
