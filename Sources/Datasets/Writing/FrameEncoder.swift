import Calvin
import NumPy

/// Makes frame files; belongs to one thread.
public final class FrameEncoder {
  /// How frame files are deflated: libdeflate's fastest level, which costs as much as rendering and
  /// saves half of the disk.
  public static let deflated = NPZPacking.deflated(level: 1)

  private let writer: NPZWriter

  /// An encoder of files packed like this.
  public init(_ packing: NPZPacking) throws(DatasetError) {
    writer = try reading { () throws(NumPyError) in try NPZWriter(packing) }
  }

  /// The file of a frame: the keys, types, shapes and order of upstream's renderer. Pictures and
  /// depths that the frame does not have are left out.
  public func file(of frame: DatasetFrame) throws(DatasetError) -> [UInt8] {
    var arrays: [(name: String, array: NPYArray)] = [
      ("actions", NPYArray(frame.action)), ("rel_actions", NPYArray(frame.relativeAction)),
      ("robot_obs", NPYArray(frame.state.robotObservation)),
      ("scene_obs", NPYArray(frame.state.sceneObservation)),
    ]
    let cameras = [("static", frame.staticCamera), ("gripper", frame.gripperCamera)]
    for case (let name, let picture?) in cameras {
      arrays.append(
        ("rgb_\(name)", NPYArray(picture.rgb, shape: [picture.height, picture.width, 3])))
    }
    for case (let name, let picture?) in cameras where !picture.depth.isEmpty {
      arrays.append(
        ("depth_\(name)", NPYArray(picture.depth, shape: [picture.height, picture.width])))
    }
    return try reading { () throws(NumPyError) in try writer.bytes(of: arrays) }
  }
}
