import Assets
import Calvin
import Policies
import Results

/// Writes every frame of both cameras as numbered PNG files with an index: for chain 3
/// `chain_0003/static_00000.png`, `chain_0003/gripper_00000.png` and so on (0 = after the chain's
/// reset), and `chain_0003/index.json`.
public final class FrameDump: ChainObserver {
  private let folder: String
  private let cameraNames: [String]
  private var chainFolder = ""
  private var positions: [JSONValue] = []
  private var instructions: [String] = []

  /// Writes frames of the named cameras below `folder`.
  public init(folder: String, cameras: [String]) {
    self.folder = folder
    cameraNames = cameras
  }

  /// Writes the first frame.
  public func began(_ plan: PlannedChain, state: EnvironmentState, cameras: any CameraSource) throws
  {
    chainFolder = folder + "/chain_" + plan.chain.index.padded(to: 4)
    positions = []
    instructions = plan.instructions
    try DurableFile.createFolder(chainFolder)
    try write(position: 0, cameras)
  }

  /// Writes the frame after a step.
  public func stepped(
    _ action: Action, position: Int, state: EnvironmentState, cameras: any CameraSource
  ) throws {
    try write(position: position, cameras)
  }

  /// Writes the index.
  public func ended(_ result: ChainResult) throws {
    let index: JSONValue = [
      "chain": .int(result.chain), "tasks": .array(result.tasks.map { .string($0) }),
      "instructions": .array(instructions.map { .string($0) }),
      "successes": .int(result.successes),
      "cameras": .array(cameraNames.map { .string($0) }), "frames": .array(positions),
    ]
    try DurableFile.write(index.pretty, to: chainFolder + "/index.json")
  }

  private func write(position: Int, _ cameras: any CameraSource) throws {
    let step = positions.count
    var entry: [String: JSONValue] = ["step": .int(step), "subtask": .int(position)]
    for camera in cameraNames {
      let frame = try cameras.frame(camera, depth: false)
      let name = "\(camera)_\(step.padded(to: 5)).png"
      try Bitmap(width: frame.width, height: frame.height, channels: 3, pixels: frame.rgb)
        .writePNG(to: chainFolder + "/" + name, level: 1)
      entry[camera] = .string(name)
    }
    positions.append(.object(entry))
  }
}
