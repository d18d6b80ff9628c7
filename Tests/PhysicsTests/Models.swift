import Assets
import Geometry

@testable import Physics

/// Small models made in memory.
enum Models {
  static func box(
    _ name: String, size: Vector3, mass: Double, at origin: Vector3 = .zero
  ) -> URDFModel {
    URDFModel(
      name: name,
      links: [link("base", size: size, mass: mass, at: origin)], joints: [], materials: [:],
      path: "\(name).urdf")
  }

  static let floor = box(
    "floor", size: Vector3(200, 200, 10), mass: 0, at: Vector3(0, 0, -5))

  /// Three hinges about z, y, z with links of 0.3 m.
  static var arm: URDFModel {
    let names = ["base", "one", "two", "three"]
    let axes = [Vector3(0, 0, 1), Vector3(0, 1, 0), Vector3(0, 0, 1)]
    let origins = [Vector3(0, 0, 0.3), Vector3(0, 0, 0.3), Vector3(0.3, 0, 0)]
    var arm = URDFModel(
      name: "arm",
      links: names.map { link($0, size: Vector3(0.04, 0.04, 0.04), mass: 1, at: .zero) },
      joints: [], materials: [:], path: "arm.urdf")
    for index in 0..<3 {
      arm.joints.append(
        URDFJoint(
          name: "joint \(index)", kind: .revolute, origin: URDFOrigin(position: origins[index]),
          parent: names[index], child: names[index + 1], axis: axes[index], lower: -2, upper: 2,
          effort: 10, velocity: 1, damping: 0, friction: 0))
    }
    return arm
  }

  private static func link(
    _ name: String, size: Vector3, mass: Double, at origin: Vector3
  ) -> URDFLink {
    URDFLink(
      name: name, inertial: URDFInertial(mass: mass), visuals: [],
      collisions: [
        URDFCollision(
          origin: URDFOrigin(position: origin), geometry: .box(size: size), isConcave: false)
      ], contact: URDFContact())
  }
}
