/// The light and the constants of PyBullet's shaders; nothing of it depends on the camera.
public enum Lighting {
  /// Position of the light in the world, metres; its direction is the same vector.
  public static let position = SIMD3<Float>(-5, -40, 200)
  /// The eye of the highlights: PyBullet's default orbit camera, whatever view is drawn.
  public static let highlightEye = SIMD3<Float>(-1.45476947, -0.25651511, 0.26047227)
  /// Part of the lit intensity that a shadow takes away.
  public static let shadowIntensity: Float = 0.3
  /// Phong exponent of every material.
  public static let shininess: Float = 41
  /// Specular colour times the light's specular intensity.
  public static let specular: Float = 0.5
  /// Constant part of the intensity.
  public static let ambient: Float = 0.5
  /// What shows where nothing is drawn.
  public static let background: [UInt8] = [178, 178, 204]
  /// The clear colour behind `background`.
  public static let clearColor = SIMD3<Float>(0.7, 0.7, 0.8)
  /// Texels per side of the shadow map.
  public static let shadowMapSize = 4096
  /// Half the side of the square the shadow map covers, metres.
  public static let shadowMapExtent: Float = 10
  /// World to clip space of the shadow map, column-major.
  public static let shadowFromWorld: [Float] = {
    let e = shadowMapExtent
    let near: Float = 1
    let far: Float = 300
    let projection: [Float] = [
      2 / (e + e), 0, 0, 0, 0, 2 / (e + e), 0, 0, 0, 0, -2 / (far - near), 0, -(e - e) / (e + e),
      -(e - e) / (e + e), -(far + near) / (far - near), 1,
    ]
    let view = Matrix4.lookAt(eye: position, center: .zero, up: up)
    // PyBullet multiplies by an identity model matrix, which keeps every value.
    return Matrix4.product(projection, view)
  }()
  /// World to shadow texture coordinates and depth, column-major.
  public static let shadowTextureFromWorld: [Float] = Matrix4.product(
    [0.5, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 0.5, 0, 0.5, 0.5, 0.5, 1], shadowFromWorld)

  /// The first vector of Bullet's plane space of the light's direction.
  private static let up: SIMD3<Float> = {
    let n = Matrix4.normalized(position)
    let k = 1 / (n.y * n.y + n.z * n.z).squareRoot()
    return SIMD3(0, -n.z * k, n.y * k)
  }()
}
