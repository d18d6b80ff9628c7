import Calvin
import Policies

/// The world's cameras as a policy sees them: each renders at most once per step, the time is kept,
/// and a failure is marked as one of infrastructure.
final class StepCameras: CameraSource {
  private let world: any RolloutWorld
  private var frames: [String: Frame] = [:]
  private(set) var seconds = 0.0
  private(set) var rendered = 0

  init(world: any RolloutWorld) {
    self.world = world
  }

  /// Forgets the frames of the last step.
  func advance() {
    frames.removeAll(keepingCapacity: true)
  }

  func frame(_ camera: String, depth: Bool) throws -> Frame {
    if let frame = frames[camera], !depth || !frame.depth.isEmpty { return frame }
    let start = Stopwatch.now
    defer { seconds += Stopwatch.now - start }
    do {
      let frame = try world.frame(camera, depth: depth)
      frames[camera] = frame
      rendered += 1
      return frame
    } catch {
      throw InfrastructureFailure("rendering the \(camera) camera: \(error)")
    }
  }
}
