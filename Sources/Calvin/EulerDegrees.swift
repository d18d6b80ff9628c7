import Foundation
import Geometry

/// The rotation that leads from one orientation to another as extrinsic x, y, z angles in degrees,
/// bit for bit what scipy 1.10's `(R(end) * R(start).inv()).as_euler("xyz", degrees=True)` gives.
func eulerDegrees(from start: Quaternion, to end: Quaternion) -> Vector3 {
  let q = start.normalized
  // scipy normalises anew after every operation, which moves last bits: so does this.
  let inverse = Quaternion(x: q.x, y: q.y, z: q.z, w: -q.w).normalized
  return end.normalized.times(inverse).normalized.eulerAngles * (180 / Double.pi)
}

extension Quaternion {
  fileprivate var normalized: Quaternion {
    let norm = (x * x + y * y + z * z + w * w).squareRoot()
    return Quaternion(x: x / norm, y: y / norm, z: z / norm, w: w / norm)
  }

  fileprivate func times(_ q: Quaternion) -> Quaternion {
    Quaternion(
      x: w * q.x + q.w * x + (y * q.z - z * q.y),
      y: w * q.y + q.w * y + (z * q.x - x * q.z),
      z: w * q.z + q.w * z + (x * q.y - y * q.x),
      w: w * q.w - x * q.x - y * q.y - z * q.z)
  }

  /// Extrinsic x, y, z angles in radians by way of the matrix, with scipy's treatment of
  /// gimbal lock (the last angle becomes zero).
  fileprivate var eulerAngles: Vector3 {
    let (x2, y2, z2, w2) = (x * x, y * y, z * z, w * w)
    let (xy, zw, xz, yw, yz, xw) = (x * y, z * w, x * z, y * w, y * z, x * w)
    let m00 = x2 - y2 - z2 + w2
    let m10 = 2 * (xy + zw)
    let m20 = 2 * (xz - yw)
    let m01 = 2 * (xy - zw)
    let m11 = -x2 + y2 - z2 + w2
    let m21 = 2 * (yz + xw)
    let m02 = 2 * (xz + yw)
    let m12 = 2 * (yz - xw)
    let m22 = -x2 - y2 + z2 + w2
    let colatitude = acos(min(1, max(-1, m20)))
    let lockedAbove = abs(colatitude) < 1e-7
    let lockedBelow = abs(colatitude - .pi) < 1e-7
    let second = colatitude - .pi / 2
    if lockedAbove { return Vector3(atan2(-m01 - m12, m11 - m02), second, 0) }
    if lockedBelow { return Vector3(-atan2(m12 - m01, m11 + m02), second, 0) }
    return Vector3(atan2(m21, m22), second, atan2(m10, m00))
  }
}
