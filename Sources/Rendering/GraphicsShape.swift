/// Triangles to draw, vertices welded: a vertex is stored once however many triangles share it.
public struct GraphicsShape: Sendable, Equatable {
  /// xyz per vertex, metres in the link's centre-of-mass frame.
  public var positions: [Float] = []
  /// xyz per vertex, not necessarily of unit length.
  public var normals: [Float] = []
  /// uv per vertex, v up.
  public var textureCoordinates: [Float] = []
  /// Three vertex numbers per triangle, counter-clockwise from outside, in PyBullet's order.
  public var indices: [UInt32] = []
  /// Index into `RenderScene.textures`, nil for plain white.
  public var texture: Int?
  /// The shape's instances, as a range of `RenderScene.instances`.
  public var instances: Range<Int> = 0..<0

  /// Number of distinct vertices.
  public var vertexCount: Int { positions.count / 3 }
  /// Number of triangles.
  public var triangleCount: Int { indices.count / 3 }
}

/// One vertex as PyBullet uploads it.
struct GraphicsVertex: Hashable {
  var position: SIMD3<Float>
  var normal: SIMD3<Float>
  var textureCoordinate: SIMD2<Float>
}

extension GraphicsShape {
  /// Welds bitwise equal vertices of a triangle list.
  init(welding corners: some Sequence<GraphicsVertex>) {
    var numbers: [WeldKey: UInt32] = [:]
    for corner in corners {
      let key = WeldKey(corner)
      if let number = numbers[key] {
        indices.append(number)
        continue
      }
      let number = UInt32(vertexCount)
      numbers[key] = number
      indices.append(number)
      for axis in 0..<3 { positions.append(corner.position[axis]) }
      for axis in 0..<3 { normals.append(corner.normal[axis]) }
      textureCoordinates.append(corner.textureCoordinate.x)
      textureCoordinates.append(corner.textureCoordinate.y)
    }
  }
}

/// Bit patterns, so that 0 and -0 stay apart.
private struct WeldKey: Hashable {
  let low: SIMD4<UInt32>
  let high: SIMD4<UInt32>

  init(_ v: GraphicsVertex) {
    low = SIMD4(
      v.position.x.bitPattern, v.position.y.bitPattern, v.position.z.bitPattern,
      v.normal.x.bitPattern)
    high = SIMD4(
      v.normal.y.bitPattern, v.normal.z.bitPattern, v.textureCoordinate.x.bitPattern,
      v.textureCoordinate.y.bitPattern)
  }
}
