/// A position, direction, or size: metres unless the name says otherwise.
public typealias Vector3 = SIMD3<Double>

extension SIMD3 where Scalar == Double {
  /// x·x + y·y + z·z, summed left to right as Bullet does.
  @inlinable public func dot(_ other: Self) -> Double {
    x * other.x + y * other.y + z * other.z
  }

  /// The right-handed cross product.
  @inlinable public func cross(_ other: Self) -> Self {
    Self(
      y * other.z - z * other.y, z * other.x - x * other.z, x * other.y - y * other.x)
  }

  /// Euclidean length.
  @inlinable public var length: Double { dot(self).squareRoot() }
}
