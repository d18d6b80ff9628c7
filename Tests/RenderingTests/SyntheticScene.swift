import Assets
import Geometry

@testable import Rendering

/// A few shapes that exercise every path of the rasteriser: a floor that is clipped at every plane, a
/// textured tilted square, a smooth ball of small triangles, a box that moves and casts a shadow.
struct SyntheticScene {
  /// Fingerprint of the three pictures of both views in `CPURendererTests`.
  static let pinned = "bd978353289924e6"

  let scene: RenderScene
  let views: [View]

  init() {
    let checker = Bitmap(
      width: 24, height: 10, channels: 3,
      pixels: (0..<240).flatMap { pixel -> [UInt8] in
        let (x, y) = (pixel % 24, pixel / 24)
        return (x / 3 + y / 2).isMultiple(of: 2)
          ? [200, UInt8(10 * x), 30] : [40, 90, UInt8(25 * y)]
      })
    var floor = Self.square(side: 30, height: 0, uv: 9)
    floor.texture = 0
    var board = Self.square(side: 0.8, height: 0.3, uv: 1)
    board.texture = 0
    var shapes = [floor, board, Self.ball(radius: 0.2, rings: 24), Self.box(side: 0.25)]
    for index in shapes.indices { shapes[index].instances = index..<index + 1 }
    let colors: [SIMD4<Float>] = [
      SIMD4(1, 1, 1, 1), SIMD4(0.9, 1, 0.8, 1), SIMD4(1, 0.3, 0.2, 1), SIMD4(0.2, 0.4, 1, 1),
    ]
    scene = RenderScene(
      shapes: shapes,
      instances: shapes.indices.map {
        RenderScene.GraphicsInstance(
          shape: $0, body: $0, link: -1, color: colors[$0], isFixed: $0 < 2)
      }, textures: [Texture(checker)],
      linkFromCOM: shapes.map { _ in [.identity] })
    let near = View.perspective(fieldOfViewDegrees: 70, aspect: 1.25, near: 0.05, far: 6)
    let far = View.perspective(fieldOfViewDegrees: 12, aspect: 1, near: 0.1, far: 20)
    let up = Vector3(0, 0, 1)
    views = [
      View(
        view: View.lookAt(
          eye: Vector3(1.2, -0.9, 0.8), target: Vector3(0, 0, 0.2), up: up), projection: near,
        width: 100, height: 80, near: 0.05, far: 6),
      View(
        view: View.lookAt(eye: Vector3(-5, 4, 4), target: Vector3(0, 0, 0.2), up: up),
        projection: far, width: 75, height: 75, near: 0.1, far: 20),
    ]
  }

  /// The ball rolls and the box rises; floor and board stay.
  func drawing(step: Int) -> Drawing {
    let t = Double(step)
    // Exact in binary, so that no function of the C library decides a bit.
    let turn = Quaternion(x: 0.28, y: 0.096 * t, z: 0.0, w: 0.96)
    return Drawing(worldFromLinks: [
      [.identity],
      [Pose(position: Vector3(0.1, 0.2, 0), orientation: Quaternion(x: 0.28, y: 0, z: 0, w: 0.96))],
      [Pose(position: Vector3(0.125 * t - 0.25, -0.25, 0.5), orientation: turn)],
      [Pose(position: Vector3(-0.25, 0.25, 0.5 + 0.0625 * t), orientation: .identity)],
    ])
  }

  private static func square(side: Float, height: Float, uv: Float) -> GraphicsShape {
    let half = side / 2
    let corners: [(Float, Float)] = [(-1, -1), (1, -1), (1, 1), (-1, -1), (1, 1), (-1, 1)]
    return GraphicsShape(
      welding: corners.map { x, y in
        GraphicsVertex(
          position: SIMD3(x * half, y * half, height), normal: SIMD3(0, 0, 1),
          textureCoordinate: SIMD2((x + 1) * uv / 2, (y + 1) * uv / 2))
      })
  }

  private static func box(side: Float) -> GraphicsShape {
    var corners: [GraphicsVertex] = []
    for axis in 0..<3 {
      for sign in [Float(-1), 1] {
        let order: [(Float, Float)] = [(-1, -1), (1, -1), (1, 1), (-1, -1), (1, 1), (-1, 1)]
        for (a, b) in sign > 0 ? order : order.map({ ($0.1, $0.0) }) {
          var p = SIMD3<Float>(repeating: 0)
          p[axis] = sign
          p[(axis + 1) % 3] = a
          p[(axis + 2) % 3] = b
          corners.append(
            GraphicsVertex(
              position: p * (side / 2), normal: p * 0.57735026, textureCoordinate: .zero))
        }
      }
    }
    return GraphicsShape(welding: corners)
  }

  /// A unit sphere by central projection of a cube's grid: square roots only.
  private static func ball(radius: Float, rings: Int) -> GraphicsShape {
    func point(_ axis: Int, _ sign: Float, _ i: Int, _ j: Int) -> GraphicsVertex {
      var p = SIMD3<Float>(repeating: 0)
      p[axis] = sign
      p[(axis + 1) % 3] = (2 * Float(i) / Float(rings) - 1) * sign
      p[(axis + 2) % 3] = 2 * Float(j) / Float(rings) - 1
      let normal = Matrix4.normalized(p)
      return GraphicsVertex(position: normal * radius, normal: normal, textureCoordinate: .zero)
    }
    var corners: [GraphicsVertex] = []
    for axis in 0..<3 {
      for sign in [Float(-1), 1] {
        for i in 0..<rings {
          for j in 0..<rings {
            let p = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)].map {
              point(axis, sign, $0.0, $0.1)
            }
            corners += [p[0], p[1], p[2], p[0], p[2], p[3]]
          }
        }
      }
    }
    return GraphicsShape(welding: corners)
  }
}
