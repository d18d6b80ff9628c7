import Calvin
import Datasets
import Foundation
import Rendering

/// Finds how a dataset's pictures were drawn: with or without shadows, with 16 or 24 bits of depth
/// (which decide between nearly coplanar surfaces). Neither says anything about what is shown.
enum DrawingStyle {
  /// Ways calvin_env draws: GPUs usually give 24 bits, Mesa's llvmpipe 16; the first two pictures
  /// of a process have no shadows.
  static let all = [true, false].flatMap { shadows in
    [24, 16].map { RendererSettings(shadows: shadows, depthBits: $0) }
  }

  /// Pictures are taken to be of the state that many frames away, whichever fits best: they may be
  /// out of step.
  static let lags = -2...2

  /// Another way must leave at most this part of the error to be chosen over the usual one.
  static let clearly = 0.9

  /// The style that fits these frames best.
  static func found(
    in frames: [Int], of split: DatasetSplit, library: SceneLibrary, names: SceneNames,
    workers: Int
  ) throws -> RendererSettings {
    let usual = RendererSettings()
    let samples = PictureDiagnosis.spread(frames, 4)
    let errors = try worked(on: all, workers: workers, equip: { () }) { _, style -> [Double] in
      let stages = PictureStage.Stages(library.drawing(style))
      var counts: [Double] = []
      for frame in samples {
        guard let record = try? FrameRecord(frame, of: split, pictures: true, depth: false),
          let episode = split.episode(of: frame)
        else { continue }
        let sizes = record.cameras.map {
          $0.picture.map { PictureSize(width: $0.width, height: $0.height) }
        }
        var least: [Int?] = [nil, nil]
        for lag in lags where episode.contains(frame + lag) {
          guard
            let other = try? FrameRecord(frame + lag, of: split, pictures: false, depth: false),
            let ours = try? stages[names[frame]].pictures(
              of: other.state, sizes: sizes, depth: false)
          else { continue }
          for (index, (camera, drawn)) in zip(record.cameras, ours).enumerated() {
            guard let picture = camera.picture, picture.rgb.count == drawn.rgb.count else {
              continue
            }
            let count = PictureError.different(picture.rgb, drawn.rgb)
            least[index] = min(least[index] ?? count, count)
          }
        }
        counts += least.map { Double($0 ?? 0) }
      }
      return counts
    }
    // Picture by picture: those that show something else must not drown the others.
    let ratios = errors.map { counts -> Double in
      guard counts.count == errors[0].count, !counts.isEmpty else { return 1 }
      let logarithms = zip(counts, errors[0]).map { log(($0 + 50) / ($1 + 50)) }
      return exp(logarithms.reduce(0, +) / Double(logarithms.count))
    }
    guard let least = ratios.min(), let best = ratios.firstIndex(of: least), least < clearly
    else { return usual }
    return all[best]
  }
}
