import Assets
import Geometry

/// Everything drawn of one scene: shapes in PyBullet's registration order, their instances and
/// textures. Immutable, built once, shared by all renderers of a process.
public struct RenderScene: Sendable {
  /// Triangle sets; a mesh used twice with one placement in its link is one shape.
  public let shapes: [GraphicsShape]
  /// Where each shape is drawn, all instances of a shape in a row.
  public let instances: [GraphicsInstance]
  /// Textures of the shapes, with mip levels.
  public let textures: [Texture]
  /// Per body, the centre-of-mass frame in each link's URDF frame; entry 0 is the base.
  public let linkFromCOM: [[Transform]]

  /// One drawn copy of a shape.
  public struct GraphicsInstance: Sendable, Equatable {
    /// Index into `RenderScene.shapes`.
    public var shape: Int
    /// Body id.
    public var body: Int
    /// Link index (-1 is the base).
    public var link: Int
    /// The material's RGBA.
    public var color: SIMD4<Float>
    /// True when the link cannot move: its path to a fixed base has fixed joints only.
    public var isFixed: Bool
  }

  /// A scene of these parts; `instances` must be sorted by shape as `shapes` say.
  init(
    shapes: [GraphicsShape], instances: [GraphicsInstance], textures: [Texture],
    linkFromCOM: [[Transform]]
  ) {
    self.shapes = shapes
    self.instances = instances
    self.textures = textures
    self.linkFromCOM = linkFromCOM
  }
}

/// Where an instance is and its colour, float32 as PyBullet hands them to OpenGL.
public struct InstancePlacement: Sendable, Equatable {
  /// Metres, world frame.
  public var position: SIMD3<Float>
  /// xyzw.
  public var orientation: SIMD4<Float>
  /// RGBA.
  public var color: SIMD4<Float>
}

extension RenderScene {
  /// The drawing of bodies whose URDF link frames are given, per body, base first.
  /// Throws `RenderError.drawingMismatch`.
  public func drawing(
    worldFromLinkFrames: [[Pose]], colors: [Drawing.LinkColor] = []
  ) throws(RenderError) -> Drawing {
    try check(worldFromLinkFrames)
    return Drawing(
      worldFromLinks: zip(worldFromLinkFrames, linkFromCOM).map { frames, offsets in
        zip(frames, offsets).map { (Transform($0) * $1).pose }
      }, colors: colors)
  }

  /// Placements of all instances in a drawing. Throws `RenderError.drawingMismatch`.
  public func placements(of drawing: Drawing) throws(RenderError) -> [InstancePlacement] {
    try check(drawing.worldFromLinks)
    return instances.map { instance in
      let pose = drawing.worldFromLinks[instance.body][instance.link + 1]
      let replacement = drawing.colors.last {
        $0.body == instance.body && $0.link == instance.link
      }
      return InstancePlacement(
        position: SIMD3<Float>(pose.position),
        orientation: SIMD4(
          Float(pose.orientation.x), Float(pose.orientation.y), Float(pose.orientation.z),
          Float(pose.orientation.w)),
        color: replacement.map { SIMD4<Float>($0.rgba) } ?? instance.color)
    }
  }

  private func check(_ poses: [[Pose]]) throws(RenderError) {
    guard poses.count == linkFromCOM.count else {
      throw .drawingMismatch(what: "bodies", expected: linkFromCOM.count, found: poses.count)
    }
    for (body, (poses, frames)) in zip(poses, linkFromCOM).enumerated()
    where poses.count != frames.count {
      throw .drawingMismatch(
        what: "links of body \(body), base included", expected: frames.count, found: poses.count)
    }
  }

  /// Shape numbers in the order PyBullet draws them: the one whose first instance is farthest along
  /// the camera axis first, ties as Bullet's unstable quicksort leaves them. `view` is the
  /// column-major float32 view matrix.
  public func drawOrder(_ placements: [InstancePlacement], view: [Float]) -> [Int] {
    let backward = SIMD3(view[2], view[6], view[10])
    var entries = shapes.indices.filter { !shapes[$0].instances.isEmpty }.map { shape in
      let center = placements[shapes[shape].instances.lowerBound].position * -1
      let projection =
        center.x * backward.x + center.y * backward.y + center.z * backward.z
      return DrawEntry(projection: projection, shape: shape)
    }
    entries.bulletQuickSort { $0.projection > $1.projection }
    return entries.map(\.shape)
  }
}

private struct DrawEntry {
  var projection: Float
  var shape: Int
}

extension Array {
  /// Bullet's quicksort, whose order of equal elements is part of the picture.
  fileprivate mutating func bulletQuickSort(by precedes: (Element, Element) -> Bool) {
    guard count > 1 else { return }
    quickSort(0, count - 1, precedes)
  }

  private mutating func quickSort(
    _ low: Int, _ high: Int, _ precedes: (Element, Element) -> Bool
  ) {
    var i = low
    var j = high
    let pivot = self[(low + high) / 2]
    repeat {
      while precedes(self[i], pivot) { i += 1 }
      while precedes(pivot, self[j]) { j -= 1 }
      if i <= j {
        swapAt(i, j)
        i += 1
        j -= 1
      }
    } while i <= j
    if low < j { quickSort(low, j, precedes) }
    if i < high { quickSort(i, high, precedes) }
  }
}
