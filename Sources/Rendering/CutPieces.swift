import CRaster

/// Triangles cut at the planes of one view, with vertices of their own.
final class CutPieces {
  private(set) var world = RasterPoints(count: 0)
  private(set) var normals = RasterPoints(count: 0)
  private(set) var u = RasterBuffer<Float>(count: 0, repeating: 0)
  private(set) var v = RasterBuffer<Float>(count: 0, repeating: 0)
  private var vertices: [ClipVertex] = []
  private var corners: [UInt32: SIMD3<Int32>] = [:]

  func removeAll() {
    vertices.removeAll(keepingCapacity: true)
    corners.removeAll(keepingCapacity: true)
  }

  /// The three vertices of a piece, by the low half of its fragments.
  func corners(of code: UInt32) -> SIMD3<Int32> { corners[code] ?? .zero }

  /// Cuts a triangle and draws its pieces.
  func draw(
    _ triangle: Int, of item: craster_item, instance: Int, renderer: CPURenderer,
    frame: FrameSetup, target: inout craster_target, fragments: UnsafeMutablePointer<UInt64>
  ) {
    let geometry = renderer.geometry
    let shape = geometry.shapes[geometry.scene.instances[instance].shape]
    let (original, numbers) = geometry.triangle(triangle, ofCluster: Int(item.cluster))
    let polygon = clipped(
      numbers.map { number in
        let world = renderer.world[renderer.firstPoint[instance] + number]
        let source = shape.vertices.lowerBound + number
        return ClipVertex(
          clip: clip(world, frame.matrix), world: world, normal: geometry.normals[source],
          textureCoordinate: SIMD2(geometry.u.base[source], geometry.v.base[source]))
      })
    guard !polygon.isEmpty else { return }
    let first = Int32(vertices.count)
    vertices += polygon
    for piece in 1...polygon.count - 2 {
      let code = item.code | original << 4 | UInt32(piece)
      corners[code] = SIMD3(first + Int32(piece), first + Int32(piece) + 1, first)
      var clips = (polygon[piece].clip, polygon[piece + 1].clip, polygon[0].clip)
      withUnsafeBytes(of: &clips) { bytes in
        craster_draw_piece(
          renderer.level, &target, bytes.baseAddress?.assumingMemoryBound(to: (Float, Float, Float, Float).self),
          item.rank, code, fragments)
      }
    }
  }

  /// Copies the vertices to where the kernels read them.
  func upload() {
    guard !vertices.isEmpty else { return }
    if world.x.count < vertices.count {
      let count = max(1024, 2 * vertices.count)
      world = RasterPoints(count: count)
      normals = RasterPoints(count: count)
      u = RasterBuffer(count: count, repeating: 0)
      v = RasterBuffer(count: count, repeating: 0)
    }
    for (index, vertex) in vertices.enumerated() {
      world[index] = vertex.world
      normals[index] = vertex.normal
      u.base[index] = vertex.textureCoordinate.x
      v.base[index] = vertex.textureCoordinate.y
    }
  }

  private func clip(_ p: SIMD3<Float>, _ m: [Float]) -> SIMD4<Float> {
    var result = SIMD4<Float>.zero
    for row in 0..<4 {
      result[row] = ((m[row] * p.x + m[4 + row] * p.y) + m[8 + row] * p.z) + m[12 + row]
    }
    return result
  }
}
