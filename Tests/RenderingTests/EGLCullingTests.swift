import Testing

@testable import Rendering

/// What is left out of a pass can never have shown in it.
struct EGLCullingTests {
  private var generator = SeededGenerator(seed: 7)

  @Test mutating func placedBoxesHoldTheirPoints() {
    for _ in 0..<200 {
      let points = (0..<12).map { _ in generator.point(within: 0.4) }
      let bounds = GLBounds(positions: points.flatMap { [$0.x, $0.y, $0.z] })
      let (position, rotation) = (generator.point(within: 2), generator.rotation())
      let placed = bounds.placed(position, rotation)
      for point in points {
        let (x, y, z) = axes(of: rotation)
        let world = position + x * point.x + y * point.y + z * point.z
        let distance = world - placed.center
        for axis in 0..<3 { #expect(abs(distance[axis]) <= placed.halfSize[axis]) }
      }
    }
  }

  @Test mutating func aBoxWithAVisiblePointIsDrawn() {
    let projection = View.perspective(fieldOfViewDegrees: 60, aspect: 1, near: 0.01, far: 10)
    var visible = 0
    var culled = 0
    for _ in 0..<400 {
      let eye = generator.point(within: 3)
      let clipFromWorld = Matrix4.product(
        projection,
        View.lookAt(
          eye: SIMD3(SIMD3<Double>(eye)), target: SIMD3(0, 0, 0.2), up: SIMD3(0, 0, 1)))
      let points = (0..<6).map { _ in generator.point(within: 3) }
      let bounds = GLBounds(positions: points.prefix(2).flatMap { [$0.x, $0.y, $0.z] })
      let shows = points.prefix(2).contains { isInside($0, clipFromWorld) }
      if shows {
        visible += 1
        #expect(bounds.isVisible(under: clipFromWorld))
      } else if !bounds.isVisible(under: clipFromWorld) {
        culled += 1
      }
    }
    // Both outcomes occur, else nothing was tested.
    #expect(visible > 20)
    #expect(culled > 20)
  }

  @Test mutating func theShadowRegionHoldsEveryCaster() {
    for _ in 0..<100 {
      let points = (0..<20).map { _ in generator.point(within: 1.5) }
      let casters = points.map { GLBounds(positions: [$0.x, $0.y, $0.z]) }
      let region = ShadowRegion(around: casters)
      for point in points {
        for axis in 0..<2 {
          let texel = shadowCoordinate(point, axis) * Float(Lighting.shadowMapSize)
          #expect(texel > Float(region.origin[axis]))
          #expect(texel < Float(region.origin[axis] + region.size[axis]))
        }
      }
    }
  }

  @Test func theShadowRegionStaysInTheMap() {
    let nothing = ShadowRegion(around: [])
    #expect(nothing.size == SIMD2(0, 0))
    let far = ShadowRegion(around: [GLBounds(positions: [40, 0, 0, 50, 0, 0])])
    #expect(far.size == SIMD2(0, 0))
    let huge = ShadowRegion(around: [GLBounds(positions: [-40, -40, 0, 40, 40, 0])])
    #expect(huge.origin == SIMD2(0, 0))
    #expect(huge.size == SIMD2(4096, 4096))
  }

  private func isInside(_ point: SIMD3<Float>, _ matrix: [Float]) -> Bool {
    let clip = (0..<4).map { row in
      matrix[row] * point.x + matrix[4 + row] * point.y + matrix[8 + row] * point.z
        + matrix[12 + row]
    }
    return (0..<3).allSatisfy { abs(clip[$0]) < clip[3] }
  }

  private func shadowCoordinate(_ point: SIMD3<Float>, _ axis: Int) -> Float {
    let matrix = Lighting.shadowTextureFromWorld
    return matrix[axis] * point.x + matrix[4 + axis] * point.y + matrix[8 + axis] * point.z
      + matrix[12 + axis]
  }
}

/// A seeded generator, so that failures repeat.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    // SplitMix64.
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func point(within size: Float) -> SIMD3<Float> {
    SIMD3(
      .random(in: -size...size, using: &self), .random(in: -size...size, using: &self),
      .random(in: -size...size, using: &self))
  }

  mutating func rotation() -> SIMD4<Float> {
    let raw = SIMD4<Float>(
      .random(in: -1...1, using: &self), .random(in: -1...1, using: &self),
      .random(in: -1...1, using: &self), .random(in: -1...1, using: &self))
    let length = (raw * raw).sum().squareRoot()
    return length > 0.01 ? raw / length : SIMD4(0, 0, 0, 1)
  }
}
