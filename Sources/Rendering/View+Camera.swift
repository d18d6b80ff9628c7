import Assets
import Geometry

extension View {
  /// Most pixels per side of a view.
  public static let largestSide = 4096

  private static let largestNumber: Float = 1e6

  /// The view of a camera, matrices as PyBullet computes them in float32. `worldFromCamera` is the
  /// gripper camera link's pose (ignored by fixed cameras): it looks along y, its -z is up.
  /// `width` and `height` replace the camera's own size. Throws `RenderError.invalidView`.
  public init(
    _ camera: CameraDescription, worldFromCamera: Pose? = nil, width: Int? = nil,
    height: Int? = nil
  ) throws(RenderError) {
    let eye: Vector3
    let target: Vector3
    let up: Vector3
    switch camera.mounting {
    case .fixed(let lookFrom, let lookAt, let upVector):
      (eye, target, up) = (lookFrom, lookAt, upVector)
      let direction = SIMD3<Float>(target) - SIMD3<Float>(eye)
      guard Matrix4.dot(direction, direction) > 0 else {
        throw .invalidView("camera \(camera.name): expected look_from and look_at to differ")
      }
      let sideways = Matrix4.cross(direction, SIMD3<Float>(up))
      guard Matrix4.dot(sideways, sideways) > 0 else {
        throw .invalidView(
          "camera \(camera.name): expected an up_vector across the direction of view, found "
            + "one along it or of no length")
      }
    case .gripper:
      guard let pose = worldFromCamera else {
        throw .invalidView("camera \(camera.name) is on the gripper: expected its link's pose")
      }
      let (x, y, z) = Transform(pose).rows
      eye = pose.position
      target = Vector3(x.y, y.y, z.y) + eye
      up = -Vector3(x.z, y.z, z.z)
    }
    self.init(
      view: View.lookAt(eye: eye, target: target, up: up),
      projection: View.perspective(
        fieldOfViewDegrees: camera.fieldOfViewDegrees, aspect: camera.aspect, near: camera.near,
        far: camera.far),
      width: width ?? camera.width, height: height ?? camera.height, near: camera.near,
      far: camera.far)
    try check(name: camera.name)
  }

  func check(name: String) throws(RenderError) {
    guard (1...View.largestSide).contains(width), (1...View.largestSide).contains(height) else {
      throw .invalidView(
        "\(name): expected a size of 1x1 to \(View.largestSide)x\(View.largestSide), "
          + "found \(width)x\(height)")
    }
    // Pictures of larger numbers are rounding errors; NaN fails the comparison too.
    guard view.count == 16, projection.count == 16,
      (view + projection).allSatisfy({ abs($0) < View.largestNumber })
    else {
      throw .invalidView(
        "\(name): expected two matrices of 16 numbers of at most \(Int(View.largestNumber)); "
          + "check the camera's place, field of view and planes")
    }
  }

  /// `computeViewMatrix`.
  public static func lookAt(eye: Vector3, target: Vector3, up: Vector3) -> [Float] {
    Matrix4.lookAt(
      eye: SIMD3<Float>(eye), center: SIMD3<Float>(target), up: SIMD3<Float>(up))
  }

  /// `computeProjectionMatrixFOV`; the angle is vertical.
  public static func perspective(
    fieldOfViewDegrees: Double, aspect: Double, near: Double, far: Double
  ) -> [Float] {
    let (near, far) = (Float(near), Float(far))
    // PyBullet's pi is the float32 one, the tangent is double.
    let angle = (Double(Float(3.14159265358979323846)) / 180) * Double(Float(fieldOfViewDegrees))
    let yScale = Float(1 / tangent(angle / 2))
    let xScale = yScale / Float(aspect)
    var result = [Float](repeating: 0, count: 16)
    result[0] = xScale
    result[5] = yScale
    result[10] = (near + far) / (near - far)
    result[11] = -1
    result[14] = (2 * far * near) / (near - far)
    return result
  }
}
