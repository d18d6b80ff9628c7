/// A vertex of a triangle that is being cut: clip coordinates and what pixels are shaded from.
struct ClipVertex {
  var clip: SIMD4<Float>
  var world: SIMD3<Float>
  var normal: SIMD3<Float>
  var textureCoordinate: SIMD2<Float>

  /// `self + t * (other - self)`.
  func mixed(with other: ClipVertex, _ t: Float) -> ClipVertex {
    ClipVertex(
      clip: clip + t * (other.clip - clip), world: world + t * (other.world - world),
      normal: normal + t * (other.normal - normal),
      textureCoordinate: textureCoordinate
        + t * (other.textureCoordinate - textureCoordinate))
  }

  /// Bit i is set where the vertex lies outside plane i; sides have a guard band of twice the view.
  var outside: Int {
    let (x, y, z, w) = (clip.x, clip.y, clip.z, clip.w)
    return (w - 0.5 * x < 0 ? 1 : 0) | (w + 0.5 * x < 0 ? 2 : 0) | (w - 0.5 * y < 0 ? 4 : 0)
      | (w + 0.5 * y < 0 ? 8 : 0) | (z + w < 0 ? 16 : 0) | (w - z < 0 ? 32 : 0)
  }

  /// Distance inside plane i, in clip units.
  func inside(_ plane: Int) -> Float {
    let value = clip[plane / 2]
    // Right, left, top, bottom, near, far.
    return [0, 2, 5].contains(plane) ? clip.w - value : clip.w + value
  }
}

/// The polygon left of a triangle after OpenGL's clipping planes, in the order Mesa cuts and walks.
func clipped(_ triangle: [ClipVertex]) -> [ClipVertex] {
  guard triangle.reduce(0x3f, { $0 & $1.outside }) == 0 else { return [] }
  let planes = triangle.reduce(0) { $0 | $1.outside }
  var polygon = triangle
  for plane in 0..<6 where planes & 1 << plane != 0 && polygon.count >= 3 {
    var next: [ClipVertex] = []
    var previous = polygon[0]
    var previousInside = previous.inside(plane)
    for index in 1...polygon.count {
      let vertex = polygon[index % polygon.count]
      let inside = vertex.inside(plane)
      if previousInside >= 0 { next.append(previous) }
      if (inside >= 0) != (previousInside >= 0) {
        if inside < 0 {
          next.append(vertex.mixed(with: previous, inside / (inside - previousInside)))
        } else {
          next.append(
            previous.mixed(with: vertex, previousInside / (previousInside - inside)))
        }
      }
      previous = vertex
      previousInside = inside
    }
    polygon = next
  }
  return polygon.count >= 3 ? polygon : []
}
