import Assets
import Calvin
import Datasets
import Foundation
import Geometry
import Rendering
import Simulation

/// What a frame's numbers say, drawn into its pictures: the TCP's path, the blocks' outlines, the
/// action; and the way back, from depth to the world, as a check that 2D and 3D meet.
public struct Projection: Sendable {
  /// How well depth meets the blocks in one camera.
  public struct Residual: Sendable, Equatable {
    /// Camera's name.
    public var camera: String
    /// Block's name.
    public var block: String
    /// Pixels inside the block's outline whose depth lies on the block.
    public var pixels: Int
    /// Median distance of their world points from the block's surface, metres.
    public var median: Double
    /// 95 % of the distances are below, metres.
    public var high: Double
  }

  /// The frame.
  public let frame: Int
  /// Recorded pictures with the drawing on them, static and wrist camera.
  public let pictures: [Bitmap]
  /// Depth against the blocks; blocks that no pixel shows are left out.
  public let residuals: [Residual]
  /// Where the depth is from: `recorded`, or `redrawn` where the dataset has none.
  public let depthSource: String

  /// Frames of path before and after.
  static let reach = 30
  /// Pixels per recorded pixel of the static camera's picture.
  static let scale = 4
  /// Points farther from a block than this are of something in front of it or behind it, metres.
  static let nearness = 0.02

  /// Draws a frame. Throws `DatasetError` for a frame that cannot be read or belongs to no episode.
  public init(
    _ frame: Int, of split: DatasetSplit, library: SceneLibrary, scenes: SceneNames
  ) throws {
    guard let episode = split.episode(of: frame) else {
      throw DatasetError(
        split.path,
        "frame \(frame) belongs to no episode; the first episode has the frames "
          + "\(split.episodes[0].first) to \(split.episodes[0].last)")
    }
    let stage = try Stage(try library.scene(scenes[frame]))
    let record = try FrameRecord(frame, of: split, pictures: true, depth: true)
    let action = try split.frame(frame, fields: .actions).action
    let path = try (max(episode.first, frame - Self.reach)...min(episode.last, frame + Self.reach))
      .map { other in
        (other, Vector3(try split.frame(other, fields: .state).state.robotObservation[..<3]))
      }
    let sizes = record.cameras.map {
      $0.picture.map { PictureSize(width: $0.width, height: $0.height) }
    }
    let redrawn = try stage.pictures(of: record.state, sizes: sizes, depth: true)
    let views = try stage.views(of: record.state, sizes: sizes)
    let boxes = BlockBox.shown(in: stage.environment)
    let hasDepth = zip(record.cameras, redrawn).allSatisfy {
      $0.depth?.metres.count == $1.depth.count
    }
    var pictures: [Bitmap] = []
    var residuals: [Residual] = []
    for (index, view) in views.enumerated() {
      let depth = hasDepth ? record.cameras[index].depth?.metres ?? [] : redrawn[index].depth
      residuals += boxes.compactMap {
        Self.residual($0, view, depth, camera: FrameRecord.cameraNames[index])
      }
      let picture = record.cameras[index].picture ?? redrawn[index]
      var sketch = Sketch(picture, view: view, side: Self.scale * redrawn[0].width)
      sketch.draw(boxes)
      sketch.draw(path: path, at: frame)
      sketch.draw(action: action, from: record.state.robotObservation)
      pictures.append(sketch.bitmap)
    }
    self.frame = frame
    self.pictures = pictures
    self.residuals = residuals
    depthSource = hasDepth ? "recorded" : "redrawn"
  }

  /// Both pictures side by side.
  public var sheet: Bitmap {
    let gap = 8
    let width = pictures.reduce(-gap) { $0 + $1.width + gap }
    let height = pictures.map(\.height).max() ?? 0
    var sheet = Bitmap(
      width: width, height: height, channels: 3,
      pixels: [UInt8](repeating: 24, count: 3 * width * height))
    var left = 0
    for picture in pictures {
      for row in 0..<picture.height {
        let source = 3 * row * picture.width
        let target = 3 * (row * width + left)
        sheet.pixels.replaceSubrange(
          target..<(target + 3 * picture.width),
          with: picture.pixels[source..<(source + 3 * picture.width)])
      }
      left += picture.width + gap
    }
    return sheet
  }

  /// Pixel to world: how far the points seen within the block's outline are from its surface.
  private static func residual(
    _ box: BlockBox, _ view: View, _ depth: [Float], camera: String
  ) -> Residual? {
    let corners = box.corners.compactMap(view.locate)
    guard corners.count == 8, depth.count == view.width * view.height,
      let left = corners.map(\.x).min(), let right = corners.map(\.x).max(),
      let top = corners.map(\.y).min(), let bottom = corners.map(\.y).max(),
      right > 0, bottom > 0, left < Double(view.width), top < Double(view.height)
    else { return nil }
    var distances: [Double] = []
    for row in Int(max(0, top))...Int(min(Double(view.height - 1), bottom)) {
      for column in Int(max(0, left))...Int(min(Double(view.width - 1), right)) {
        let point = view.point(
          x: Double(column) + 0.5, y: Double(row) + 0.5,
          depth: Double(depth[row * view.width + column]))
        let distance = box.distance(to: point)
        if abs(distance) < nearness { distances.append(abs(distance)) }
      }
    }
    guard distances.count >= 5 else { return nil }
    distances.sort()
    return Residual(
      camera: camera, block: box.name, pixels: distances.count,
      median: distances[distances.count / 2], high: distances[distances.count * 95 / 100])
  }
}
