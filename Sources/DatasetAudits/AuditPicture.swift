import Assets
import Calvin
import Datasets

/// A recorded picture beside the one redrawn from its state, for the page.
public struct AuditPicture: Sendable {
  /// Frame number.
  public var frame: Int
  /// Scene it was redrawn in.
  public var scene: String
  /// Per camera what was recorded, redrawn, and four times their difference around grey.
  public var cameras: [Camera]
  /// The frame's numbers drawn into its pictures, and how well depth meets them.
  public var projection: Projection?

  /// One camera's pictures.
  public struct Camera: Sendable {
    /// `static` or `gripper`.
    public var name: String
    /// Decibels between recorded and redrawn.
    public var level: Double
    /// Recorded.
    public var recorded: Bitmap
    /// Redrawn.
    public var redrawn: Bitmap
    /// Their difference.
    public var difference: Bitmap
  }

  /// Pictures of the frames the audit found worst; those that cannot be drawn are left out.
  public static func worst(of audit: DatasetAudit, library: SceneLibrary) -> [AuditPicture] {
    let library = library.drawing(audit.style)
    return audit.worst.compactMap { frame in
      try? AuditPicture(frame, of: audit.split, library: library, scenes: audit.scenes)
    }
  }

  init(
    _ frame: Int, of split: DatasetSplit, library: SceneLibrary, scenes: SceneNames
  ) throws {
    self.frame = frame
    scene = scenes[frame]
    let stage = try Stage(try library.scene(scene))
    let record = try FrameRecord(frame, of: split, pictures: true, depth: false)
    let sizes = record.cameras.map {
      $0.picture.map { PictureSize(width: $0.width, height: $0.height) }
    }
    var redrawn = try stage.pictures(of: record.state, sizes: sizes, depth: false)
    if let wrist = record.cameras[1].picture, wrist.rgb.count == redrawn[1].rgb.count,
      let fingers = try stage.fingerShift(
        in: wrist, of: record.state,
        plain: PictureError.meanSquare(wrist.rgb, redrawn[1].rgb), last: 0)
    {
      redrawn = try stage.pictures(
        of: record.state, sizes: sizes, depth: false, fingerShift: fingers.shift)
    }
    cameras = zip(FrameRecord.cameraNames, zip(record.cameras, redrawn)).compactMap {
      name, pair in
      guard let recorded = pair.0.picture, recorded.rgb.count == pair.1.rgb.count else {
        return nil
      }
      return Camera(
        name: name,
        level: PictureError.decibels(PictureError.meanSquare(recorded.rgb, pair.1.rgb)),
        recorded: Self.bitmap(recorded, recorded.rgb),
        redrawn: Self.bitmap(recorded, pair.1.rgb),
        difference: Self.bitmap(
          recorded,
          zip(recorded.rgb, pair.1.rgb).map {
            UInt8(max(0, min(255, 128 + 4 * (Int($0) - Int($1)))))
          }))
    }
    projection = try? Projection(frame, of: split, library: library, scenes: scenes)
  }

  private static func bitmap(_ size: Frame, _ pixels: [UInt8]) -> Bitmap {
    Bitmap(width: size.width, height: size.height, channels: 3, pixels: pixels)
  }
}
