import CBullet
import Geometry

/// A point at which two links touch, as `getContactPoints` reports it.
public struct ContactPoint: Sendable, Equatable {
  /// Bodies and links of both sides.
  public var sides: World.Contact
  /// World frame, metres.
  public var positionOnA: Vector3
  /// World frame, metres.
  public var positionOnB: Vector3
  /// Unit vector from B to A, world frame.
  public var normalOnB: Vector3
  /// Metres, negative when the bodies overlap.
  public var distance: Double
  /// Newtons, over the last physics step.
  public var normalForce: Double
  /// Newtons along `lateralDirections.0` and `.1`.
  public var lateralFriction: SIMD2<Double>
  /// Unit vectors, world frame.
  public var lateralDirections: (Vector3, Vector3)

  /// Equal in every number.
  public static func == (a: Self, b: Self) -> Bool {
    a.sides == b.sides && a.positionOnA == b.positionOnA && a.positionOnB == b.positionOnB
      && a.normalOnB == b.normalOnB && a.distance == b.distance
      && a.normalForce == b.normalForce && a.lateralFriction == b.lateralFriction
      && a.lateralDirections == b.lateralDirections
  }
}

extension World {
  /// Every contact point of the last step's collision detection, in Bullet's order.
  public var contactPoints: [ContactPoint] {
    var count: Int32 = 0
    cbullet_world_get_contact_points(handle, nil, 0, &count)
    guard count > 0 else { return [] }
    return withUnsafeTemporaryAllocation(
      of: cbullet_contact_point.self, capacity: Int(count)
    ) { buffer in
      let status = cbullet_world_get_contact_points(handle, buffer.baseAddress, count, &count)
      precondition(status == CBULLET_OK)
      return buffer.prefix(Int(count)).map(ContactPoint.init)
    }
  }
}

extension ContactPoint {
  fileprivate init(_ point: cbullet_contact_point) {
    func vector(_ v: (Double, Double, Double)) -> Vector3 { Vector3(v.0, v.1, v.2) }
    self.init(
      sides: World.Contact(
        bodyA: point.sides.body_a, linkA: point.sides.link_a, bodyB: point.sides.body_b,
        linkB: point.sides.link_b),
      positionOnA: vector(point.position_on_a), positionOnB: vector(point.position_on_b),
      normalOnB: vector(point.normal_on_b), distance: point.distance,
      normalForce: point.normal_force,
      lateralFriction: SIMD2(point.lateral_friction1, point.lateral_friction2),
      lateralDirections: (vector(point.lateral_direction1), vector(point.lateral_direction2)))
  }
}
