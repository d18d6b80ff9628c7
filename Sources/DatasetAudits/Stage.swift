import Assets
import Calvin
import Geometry
import Rendering
import Simulation

/// Shows recorded states of one scene as the dataset's cameras would have seen them. Belongs to one
/// worker.
final class Stage {
  let scene: StagedScene
  let environment: Environment
  private let renderer: any Renderer

  init(_ scene: StagedScene) throws {
    self.scene = scene
    environment = try Environment(models: scene.models)
    renderer = try scene.renderers.makeRenderer()
  }

  /// Farthest the recorded TCP may be from that of the joints for the wrist camera to be put there:
  /// in one physics step it moves millimetres.
  private static let believable = (metres: 0.03, cosine: 0.98)

  /// The views of both cameras in a recorded state, which is shown.
  func views(
    of state: EnvironmentState, sizes: [PictureSize?] = [], fingerShift: Double = 0
  ) throws -> [View] {
    try environment.show(state, fingerShift: fingerShift)
    let recorded = environment.worldFromGripperCamera(recordedWith: state.robotObservation)
    let current = environment.worldFromGripperCamera
    let (a, b) = (recorded.orientation, current.orientation)
    let isNear =
      (recorded.position - current.position).length < Self.believable.metres
      && abs(a.x * b.x + a.y * b.y + a.z * b.z + a.w * b.w) > Self.believable.cosine
    return try scene.cameras.enumerated().map { index, camera in
      let size = index < sizes.count ? sizes[index] : nil
      return try View(
        camera, worldFromCamera: isNear ? recorded : current, width: size?.width,
        height: size?.height)
    }
  }

  /// The TCP pose of the state shown last as its joints put it: position and angles.
  var shownTCP: [Double] { Array(environment.state.robotObservation[..<6]) }

  /// Both cameras' pictures of a recorded state: RGB, and depth in metres when asked for.
  func pictures(
    of state: EnvironmentState, sizes: [PictureSize?] = [], depth: Bool,
    fingerShift: Double = 0
  ) throws -> [Frame] {
    try drawn(
      views(of: state, sizes: sizes, fingerShift: fingerShift), depth: depth)
  }

  private func drawn(_ views: [View], depth: Bool) throws -> [Frame] {
    let images = try renderer.render(environment.drawing, views: views, depth: depth)
    return zip(images, views).map { image, view in
      Frame(
        width: image.width, height: image.height, rgb: image.rgb,
        depth: depth ? image.depthMetres(of: view) : [])
    }
  }

  /// Levels by which a pixel of a body painted white differs from the same painted black; what covers
  /// it may be a little transparent.
  private static let paintedLevels = 64

  /// Where each view shows a body of the state shown last: the pixels that change much when it is
  /// painted white instead of black.
  func pixels(showing body: Int, in views: [View]) throws -> [[Bool]] {
    func painted(_ rgba: SIMD4<Double>) throws -> [[UInt8]] {
      var drawing = environment.drawing
      drawing.colors.append(Drawing.LinkColor(body: body, link: -1, rgba: rgba))
      return try renderer.render(drawing, views: views, depth: false).map(\.rgb)
    }
    let black = try painted(SIMD4(0, 0, 0, 1))
    let white = try painted(SIMD4(1, 1, 1, 1))
    return zip(black, white).map { black, white in
      stride(from: 0, to: black.count, by: 3).map { at in
        Int(white[at]) - Int(black[at]) > Self.paintedLevels
      }
    }
  }

  // MARK: Fingers

  /// Levels between which the fingers can be what a wrist picture differs by: what they hold may
  /// hide much of the view, and above this there is nothing to explain.
  private static let fingerLevels = 14.0...40
  /// Below this, where the pictures around do not fit either, they must explain nearly all of it.
  private static let doubtfulLevel = 18.0

  /// How far both fingers are to one side in a wrist picture, metres, with the mean square error
  /// left: `robot_obs` has only the sum of their openings, and what they push or hold moves the two
  /// sideways together. Nil where no side explains the picture better than the middle by far.
  ///
  /// - Parameters:
  ///   - plain: Mean square error with the fingers in the middle.
  ///   - last: What was found in the frame before; 0 for nothing.
  ///   - isAlike: True when most pictures around this one fit.
  func fingerShift(
    in picture: Frame, of state: EnvironmentState, plain: Double, last: Double,
    isAlike: Bool = false
  ) throws -> (shift: Double, error: Double)? {
    let level = PictureError.decibels(plain)
    guard Self.fingerLevels.contains(level) else { return nil }
    let sizes = [nil, PictureSize(width: picture.width, height: picture.height)]
    func error(_ shift: Double) throws -> Double {
      let view = try views(of: state, sizes: sizes, fingerShift: shift)[1]
      return PictureError.meanSquare(picture.rgb, try drawn([view], depth: false)[0].rgb)
    }
    var best = (shift: 0.0, error: plain)
    func consider(_ shifts: [Double]) throws {
      for shift in shifts {
        let error = try error(shift)
        if error < best.error { best = (shift, error) }
      }
    }
    if last != 0 { try consider([last]) }
    // A finger travels 4 cm; its edge moves by a pixel per millimetre or two.
    if best.error > 0.25 * plain {
      try consider(stride(from: -0.04, through: 0.04, by: 0.005).filter { $0 != 0 })
    }
    for step in [0.0025, 0.00125, 0.0006] {
      let middle = best.shift
      try consider([middle - step, middle + step])
    }
    if !isAlike, level < Self.doubtfulLevel,
      PictureError.decibels(best.error) < PictureDiagnosis.explained
    {
      return nil
    }
    return best.error < 0.8 * plain ? best : nil
  }
}

/// Pixels of a picture.
struct PictureSize: Sendable, Equatable {
  var width: Int
  var height: Int
}
