import Geometry

extension View {
  /// The pixel (column, row from the top) in which a world point appears, by calvin_env's
  /// `Camera.project`: double arithmetic on the float32 matrices, rounded down. It may lie outside
  /// the image; nil for a point in the camera's plane.
  public func project(_ point: Vector3) -> SIMD2<Int>? {
    let eye = View.transform(view, SIMD4(point, 1))
    let clip = View.transform(projection, eye)
    let x = (clip.x / clip.w + 1) / 2 * Double(width)
    let y = (1 - (clip.y / clip.w + 1) / 2) * Double(height)
    guard let column = Int(exactly: x.rounded(.down)), let row = Int(exactly: y.rounded(.down))
    else { return nil }
    return SIMD2(column, row)
  }

  /// Where a world point appears: columns and rows from the image's upper left corner, and metres
  /// along the optical axis. Nil behind the camera and in its plane.
  public func locate(_ point: Vector3) -> (x: Double, y: Double, depth: Double)? {
    let eye = View.transform(view, SIMD4(point, 1))
    let clip = View.transform(projection, eye)
    guard clip.w > 0 else { return nil }
    return (
      (clip.x / clip.w + 1) / 2 * Double(width), (1 - (clip.y / clip.w + 1) / 2) * Double(height),
      -eye.z
    )
  }

  /// The world point that appears at (x, y) at this depth, metres along the optical axis: the
  /// inverse of `locate`.
  public func point(x: Double, y: Double, depth: Double) -> Vector3 {
    worldFromCamera(
      Vector3(
        (2 * x / Double(width) - 1) / Double(projection[0]) * depth,
        (1 - 2 * y / Double(height)) / Double(projection[5]) * depth, -depth))
  }

  /// The world point seen at a pixel whose depth (metres along the optical axis) is given, by
  /// calvin_env's `Camera.deproject`, which takes the pixel's corner for its centre.
  public func deproject(_ pixel: SIMD2<Int>, depth: Double) -> Vector3 {
    let focalLength = Double(height) / 2 * Double(projection[5])
    let x = Double(pixel.x - width / 2) * depth / focalLength
    let y = -Double(pixel.y - height / 2) * depth / focalLength
    return worldFromCamera(Vector3(x, y, -depth))
  }

  /// Camera (x right, y up, z backward) to world.
  public var worldFromCamera: Transform {
    let v = view.map(Double.init)
    return Transform(
      rows: (
        Vector3(v[0], v[4], v[8]), Vector3(v[1], v[5], v[9]), Vector3(v[2], v[6], v[10])
      ), origin: Vector3(v[12], v[13], v[14])
    ).inverse
  }

  private static func transform(_ matrix: [Float], _ v: SIMD4<Double>) -> SIMD4<Double> {
    var result = SIMD4<Double>.zero
    for row in 0..<4 {
      for column in 0..<4 { result[row] += Double(matrix[4 * column + row]) * v[column] }
    }
    return result
  }
}

extension RenderedImage {
  /// Metres along the optical axis, in the float32 steps numpy takes in calvin_env's
  /// `z_buffer_to_real_distance`; empty when depth was not asked for.
  public func depthMetres(of view: View) -> [Float] {
    [Float](unsafeUninitializedCapacity: depthBuffer.count) { metres, count in
      writeDepthMetres(of: view, to: metres)
      count = depthBuffer.count
    }
  }

  /// Writes `depthMetres` into the first places of `metres`, which has room for every pixel.
  public func writeDepthMetres(of view: View, to metres: UnsafeMutableBufferPointer<Float>) {
    precondition(metres.count >= depthBuffer.count)
    let product = Float(1.0 * view.far * view.near)
    let far = Float(view.far)
    let span = Float(view.far - view.near)
    depthBuffer.withUnsafeBufferPointer { depths in
      for pixel in depths.indices {
        metres[pixel] = product / (far - span * depths[pixel])
      }
    }
  }

  /// Throws `RenderError.constantImage` when all pixels are equal.
  func checkedForContent(renderer: String) throws(RenderError) -> RenderedImage {
    // A picture differs from itself moved by one pixel unless all pixels are equal.
    let isConstant = rgb.withUnsafeBufferPointer { bytes in
      bytes.count > 3 && !bytes.indices.dropFirst(3).contains { bytes[$0] != bytes[$0 - 3] }
    }
    guard !isConstant else {
      throw .constantImage(renderer: renderer, rgb: Array(rgb.prefix(3)))
    }
    return self
  }
}
