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
    /// Pixels that show the block.
    public var pixels: Int
    /// Median distance of their world points from the block's surface, metres.
    public var median: Double
    /// 95 % of the distances are below, metres.
    public var high: Double
    /// Share of the pixels whose points are off the surface: farther than a step of a 16-bit depth
    /// buffer is there, and a millimetre.
    public var off: Double
  }

  /// The frame.
  public let frame: Int
  /// Recorded pictures with the drawing on them, static and wrist camera.
  public let pictures: [Bitmap]
  /// Depth against the blocks; blocks that hardly a pixel shows are left out.
  public let residuals: [Residual]
  /// Pixels that should show a block, but whose depth is of something in front of it. The robot may
  /// reach a little farther in recorded pictures than in ours.
  public let coveredPixels: Int
  /// Where the depth is from: `recorded`, or `redrawn` where the dataset has none.
  public let depthSource: String

  /// Frames of path before and after.
  static let reach = 30
  /// Pixels per recorded pixel of the static camera's picture.
  static let scale = 4
  /// Fewest pixels of a block that say where it is.
  static let fewestPixels = 25
  /// Depth that is nearer than a block by more than this is of something in front of it, metres: more
  /// than a step of a 16-bit depth buffer.
  static let nearness = 0.03
  /// Share of a block's pixels that may be off its surface: those at its edges.
  static let mostOff = 0.2
  /// Pixels that may be covered though they should not; more must not be more than those that show
  /// the blocks.
  static let mostCovered = 100

  /// True when depth and blocks meet.
  public var meets: Bool {
    residuals.allSatisfy { $0.off <= Self.mostOff }
      && coveredPixels <= max(Self.mostCovered, residuals.reduce(0) { $0 + $1.pixels })
  }

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
    var coveredPixels = 0
    let visible = try boxes.map { try stage.pixels(showing: $0.body, in: views) }
    for (index, view) in views.enumerated() {
      let depth = hasDepth ? record.cameras[index].depth?.metres ?? [] : redrawn[index].depth
      for (box, visible) in zip(boxes, visible) {
        let (distances, off, covered) = Self.distances(box, view, depth, visible[index])
        coveredPixels += covered
        guard distances.count >= Self.fewestPixels else { continue }
        residuals.append(
          Residual(
            camera: FrameRecord.cameraNames[index], block: box.name, pixels: distances.count,
            median: distances[distances.count / 2], high: distances[distances.count * 95 / 100],
            off: Double(off) / Double(distances.count)))
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
    self.coveredPixels = coveredPixels
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

  /// Pixel to world: how far the points at the pixels that show the block are from its surface, in
  /// rising order, how many are off it, and how many pixels something nearer covers. Which pixels these are
  /// follows from the state alone, so depth that shows something else there is far away.
  private static func distances(
    _ box: BlockBox, _ view: View, _ depth: [Float], _ isVisible: [Bool]
  ) -> (sorted: [Double], off: Int, covered: Int) {
    let corners = box.corners.compactMap { view.locate($0)?.depth }
    guard let nearest = corners.min(), corners.count == 8, depth.count == isVisible.count else {
      return ([], 0, 0)
    }
    // Depth d is kept as (a + b/d), b = projection[14]: a step of 2^-16 of it is so many d².
    let stepPerSquare = 2 / abs(Double(view.projection[14])) / 65_535
    var distances: [Double] = []
    var (off, covered) = (0, 0)
    for pixel in depth.indices where isVisible[pixel] {
      let metres = Double(depth[pixel])
      if metres < nearest - nearness {
        covered += 1
        continue
      }
      let point = view.point(
        x: Double(pixel % view.width) + 0.5, y: Double(pixel / view.width) + 0.5,
        depth: metres)
      let distance = abs(box.distance(to: point))
      if distance > stepPerSquare * metres * metres + 0.001 { off += 1 }
      distances.append(distance)
    }
    return (distances.sorted(), off, covered)
  }
}
