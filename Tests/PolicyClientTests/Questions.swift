import Calvin
import Policies

// What policies are shown in these tests.

final class GreyCameras: CameraSource {
  func frame(_ camera: String, depth: Bool) -> Frame {
    let edge = camera == "static" ? 200 : 84
    return Frame(
      width: edge, height: edge, rgb: [UInt8](repeating: 128, count: edge * edge * 3))
  }
}

func observation(step: Int = 0) -> Policies.Observation {
  Policies.Observation(
    state: EnvironmentState(
      robotObservation: [Double](repeating: 0, count: 15),
      sceneObservation: [Double](repeating: 0, count: 24)),
    info: SceneInfo(
      blocks: [], doors: [], lights: [], robotContacts: [],
      names: .init(fixedBodies: [:], links: [:])),
    cameras: GreyCameras(), step: step)
}

func subtask(_ position: Int, chain: Int = 0) -> SubtaskContext {
  SubtaskContext(task: "open_drawer", instruction: "open it", chain: chain, position: position)
}
