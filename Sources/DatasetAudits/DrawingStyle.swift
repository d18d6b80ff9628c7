import Calvin
import Datasets
import Rendering

/// Finds how a dataset's pictures were drawn: with or without shadows, with 16 or 24 bits of depth
/// (which decide between nearly coplanar surfaces). Neither says anything about what is shown.
enum DrawingStyle {
  /// Ways calvin_env draws: GPUs usually give 24 bits, Mesa's llvmpipe 16; the first two pictures
  /// of a process have no shadows.
  static let all = [true, false].flatMap { shadows in
    [24, 16].map { RendererSettings(shadows: shadows, depthBits: $0) }
  }

  /// Another way must leave at most this part of the error to be chosen over the usual one.
  static let clearly = 0.85

  /// The style that fits these frames best.
  static func found(
    in frames: [Int], of split: DatasetSplit, library: SceneLibrary, names: SceneNames,
    workers: Int
  ) throws -> RendererSettings {
    let usual = RendererSettings()
    let samples = PictureDiagnosis.spread(frames, 6)
    let errors = try worked(on: all, workers: workers, equip: { () }) { _, style -> [Double] in
      let stages = PictureStage.Stages(library.drawing(style))
      var counts = [1.0, 1.0]
      for frame in samples {
        guard let record = try? FrameRecord(frame, of: split, pictures: true, depth: false),
          let ours = try? stages[names[frame]].pictures(
            of: record.state,
            sizes: record.cameras.map {
              $0.picture.map { PictureSize(width: $0.width, height: $0.height) }
            }, depth: false)
        else { continue }
        for (index, (camera, drawn)) in zip(record.cameras, ours).enumerated() {
          guard let picture = camera.picture, picture.rgb.count == drawn.rgb.count else {
            continue
          }
          counts[index] += Double(PictureError.different(picture.rgb, drawn.rgb))
        }
      }
      return counts
    }
    // Each camera by itself: one that is out of step must not drown the other.
    let ratios = errors.map { ($0[0] / errors[0][0]) * ($0[1] / errors[0][1]) }
    guard let least = ratios.min(), let best = ratios.firstIndex(of: least), least < clearly
    else { return usual }
    return all[best]
  }
}
