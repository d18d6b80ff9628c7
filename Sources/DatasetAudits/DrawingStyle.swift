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
        let own = try stages[names[frame]].scene.cameras.map {
          PictureSize(width: $0.width, height: $0.height)
        }
        // Pictures of each other's size are drawn as the cameras would have.
        let found = record.cameras.map { $0.picture?.size }
        let sizes = own.count == 2 && found == [own[1], own[0]] ? own : found
        let redrawn = lags.filter { episode.contains(frame + $0) }.compactMap { lag -> [Frame]? in
          guard
            let other = try? FrameRecord(frame + lag, of: split, pictures: false, depth: false)
          else { return nil }
          return try? stages[names[frame]].pictures(of: other.state, sizes: sizes, depth: false)
        }
        guard !redrawn.isEmpty else { continue }
        let search = DamageSearch(redrawn)
        let recorded = record.cameras.map(\.picture)
        // Turned or recoloured pictures were drawn in a way, too.
        let pictures = recorded.indices.map {
          search.damage(of: recorded, camera: $0).undone(recorded, camera: $0, size: sizes[$0])
        }
        let least = pictures.indices.map { camera in
          redrawn.compactMap { ours -> Int? in
            guard let picture = pictures[camera], picture.rgb.count == ours[camera].rgb.count
            else { return nil }
            return PictureError.different(picture.rgb, ours[camera].rgb)
          }.min()
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
