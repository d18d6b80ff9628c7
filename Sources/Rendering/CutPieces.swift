import CRaster

/// Triangles cut at the planes of one view, with vertices of their own.
final class CutPieces {
  private(set) var world = RasterPoints(count: 0)
  private(set) var attributes = RasterBuffer<craster_attributes>(
    count: 0, repeating: craster_attributes())
  private(set) var corners = RasterBuffer<Int32>(count: 0, repeating: 0)
  private var vertices: [ClipVertex] = []
  private var triangles: [Int32] = []
  private var pieceNumbers: [UInt32: Int32] = [:]
  private var last: (code: UInt32, number: Int32) = (0, 0)

  func removeAll() {
    vertices.removeAll(keepingCapacity: true)
    triangles.removeAll(keepingCapacity: true)
    pieceNumbers.removeAll(keepingCapacity: true)
    last = (0, 0)
  }

  /// The number of a piece in `corners`, by the low half of its fragments.
  func triangle(of code: UInt32) -> Int32 {
    // Neighbouring pixels ask for the same.
    if code != last.code { last = (code, pieceNumbers[code] ?? 0) }
    return last.number
  }

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
          clip: frame.clip(world), world: world,
          normal: geometry.attributes.base[source].normal,
          textureCoordinate: geometry.attributes.base[source].textureCoordinate)
      })
    guard !polygon.isEmpty else { return }
    let first = Int32(vertices.count)
    vertices += polygon
    for piece in 1...polygon.count - 2 {
      let code = item.code | original << 4 | UInt32(piece)
      pieceNumbers[code] = Int32(triangles.count / 3)
      triangles += [first + Int32(piece), first + Int32(piece) + 1, first]
      var clips = (polygon[piece].clip, polygon[piece + 1].clip, polygon[0].clip)
      withUnsafeBytes(of: &clips) { bytes in
        craster_draw_piece(
          renderer.level, &target,
          bytes.baseAddress?.assumingMemoryBound(to: (Float, Float, Float, Float).self),
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
      attributes = RasterBuffer(count: count, repeating: craster_attributes())
    }
    if corners.count < triangles.count {
      corners = RasterBuffer(count: 2 * triangles.count, repeating: 0)
    }
    for (index, corner) in triangles.enumerated() { corners.base[index] = corner }
    for (index, vertex) in vertices.enumerated() {
      world[index] = vertex.world
      attributes.base[index] = craster_attributes(
        normal: vertex.normal, textureCoordinate: vertex.textureCoordinate)
    }
  }
}
