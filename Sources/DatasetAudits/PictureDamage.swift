import Calvin

/// What was done to the picture of one camera in one frame: where it lies now, and how it was turned
/// or coloured.
struct PictureDamage: Sendable, Hashable {
  /// It is in the other camera's array.
  var isExchanged = false
  /// What makes it upright and of the right colours again.
  var transform = PictureTransform.identity

  static let intact = PictureDamage()

  /// The picture put right, from the recorded ones of both cameras, in this size if it must be
  /// taken from the other array.
  func undone(_ pictures: [Frame?], camera: Int, size: PictureSize?) -> Frame? {
    guard isExchanged else { return pictures[camera].map(transform.callAsFunction) }
    guard pictures.count == 2, let other = pictures[1 - camera].map(transform.callAsFunction) else {
      return nil
    }
    return size.map(other.resized) ?? other
  }
}

/// Finds the damage of single pictures by comparing what may have been done to them with pictures of
/// the state, all made small; frames out of step by little are compared with the state they show.
struct DamageSearch {
  /// Edge of the small pictures, pixels.
  static let side = 42
  /// Pictures that fit better than this need no explanation.
  static let doubtful = 30.0

  /// Redrawn pictures of both cameras that the recorded ones may show.
  private let redrawn: [[Frame]]
  private let small: [[Frame]]

  /// - Parameter redrawn: Pictures of the state and, perhaps, of those around it.
  init(_ redrawn: [[Frame]]) {
    self.redrawn = redrawn
    small = redrawn.map { $0.map { $0.resized(Self.size) } }
  }

  private static let size = PictureSize(width: side, height: side)
  private static let transforms = PictureTransform.all(isSquare: true)

  /// The damage of a camera's picture, `intact` where nothing of the kind explains it.
  func damage(of pictures: [Frame?], camera: Int) -> PictureDamage {
    guard pictures.indices.contains(camera), let own = pictures[camera] else { return .intact }
    let straight = own.resized(Self.size)
    let plain = least(straight, small, camera)
    var best = (damage: PictureDamage.intact, error: plain)
    for isExchanged in [false, true] {
      guard let source = isExchanged ? pictures[1 - camera]?.resized(Self.size) : straight else {
        continue
      }
      for transform in Self.transforms where isExchanged || transform != .identity {
        let error = least(transform(source), small, camera)
        if error < best.error {
          best = (PictureDamage(isExchanged: isExchanged, transform: transform), error)
        }
      }
    }
    guard best.damage != .intact else { return .intact }
    let isUsual = [.rgb, .bgr].contains(best.damage.transform.channels)
    if best.damage.isExchanged {
      let isSure = PictureDiagnosis.explains(best.error, plain, strictly: 0.35, loosely: 0.5)
      return isSure && isUsual ? best.damage : .intact
    }
    // What looks better small must look better at its own size.
    let whole = least(own, redrawn, camera)
    let error = least(best.damage.transform(own), redrawn, camera)
    let isSure = PictureDiagnosis.explains(
      error, whole.isFinite ? whole : plain, strictly: 0.6, loosely: isUsual ? 0.65 : 0)
    return isSure ? best.damage : .intact
  }

  private func least(_ picture: Frame, _ redrawn: [[Frame]], _ camera: Int) -> Double {
    redrawn.reduce(.infinity) { least, ours in
      guard camera < ours.count, ours[camera].rgb.count == picture.rgb.count else { return least }
      return min(least, PictureError.meanSquare(picture.rgb, ours[camera].rgb))
    }
  }
}
