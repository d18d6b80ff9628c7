import Calvin
import Datasets
import NumPy

/// A frame's file as it is, whatever is in it: pictures of any size, arrays that lack.
struct FrameRecord: Sendable {
  /// One camera's arrays.
  struct Camera: Sendable {
    /// `rgb_*` as `[height, width, 3]` bytes; nil when there is none of that form.
    var picture: Frame?
    /// `depth_*` with its size, metres if all is right; nil when there is none.
    var depth: (size: PictureSize, metres: [Float])?
    /// What is wrong with the form of the picture, if something is.
    var complaint: String?
  }

  /// Names of the cameras in the order of `cameras`.
  static let cameraNames = ["static", "gripper"]

  var number: Int
  var state: EnvironmentState
  /// Static and wrist camera.
  var cameras: [Camera]

  /// Reads a frame. Throws `DatasetError` when the file is damaged or has no state.
  init(
    _ number: Int, of split: DatasetSplit, pictures: Bool, depth: Bool
  ) throws(DatasetError) {
    let file = split.file(of: number)
    self.number = number
    do throws(NumPyError) {
      let archive = try NPZArchive(path: file)
      state = EnvironmentState(
        robotObservation: try archive.array("robot_obs").expectingShape([15]).doubles(),
        sceneObservation: try archive.array("scene_obs").expectingShape([24]).doubles())
      let numbers = state.robotObservation + state.sceneObservation
      guard numbers.allSatisfy(\.isFinite) else {
        throw NumPyError(file, "holds a state that is not finite")
      }
      cameras = []
      guard pictures else { return }
      for name in Self.cameraNames {
        var camera = Camera()
        if archive.contains("rgb_\(name)") {
          let array = try archive.array("rgb_\(name)")
          (camera.picture, camera.complaint) = try Self.picture(array)
        }
        if depth, archive.contains("depth_\(name)") {
          let array = try archive.array("depth_\(name)")
          if array.shape.count == 2, array.dtype != .object {
            camera.depth = (
              PictureSize(width: array.shape[1], height: array.shape[0]), try array.floats()
            )
          }
        }
        cameras.append(camera)
      }
    } catch { throw DatasetError(error.source, error.message) }
  }

  private static func picture(
    _ array: NPYArray
  ) throws(NumPyError) -> (Frame?, complaint: String?) {
    guard array.shape.count == 3 else {
      return (nil, "has the shape \(array.shape), expected [height, width, 3]")
    }
    if array.shape[2] == 3, array.dtype == .uint8 {
      return (
        Frame(width: array.shape[1], height: array.shape[0], rgb: try array.elements()), nil
      )
    }
    let numbers = try array.floats()
    // Pictures ready for a network: numbers in 0...1, channels first.
    let scale: Float = numbers.allSatisfy { $0 <= 1 } ? 255 : 1
    let bytes = numbers.map { UInt8(max(0, min(255, ($0 * scale).rounded()))) }
    if array.shape[2] == 3 {
      return (
        Frame(width: array.shape[1], height: array.shape[0], rgb: bytes),
        "is \(array.dtype.rawValue), expected uint8"
      )
    }
    guard array.shape[0] == 3 else {
      return (nil, "has the shape \(array.shape), expected [height, width, 3]")
    }
    let pixels = array.shape[1] * array.shape[2]
    return (
      Frame(
        width: array.shape[2], height: array.shape[1],
        rgb: (0..<(3 * pixels)).map { bytes[$0 % 3 * pixels + $0 / 3] }),
      "is \(array.dtype.rawValue) \(array.shape), expected uint8 [height, width, 3]"
    )
  }
}
