import Assets
import Calvin
import Simulation

extension OrderedJSON {
  /// An object with these members in this order.
  static func members(_ members: KeyValuePairs<String, OrderedJSON>) -> OrderedJSON {
    .object(members.map { Member(key: $0.key, value: $0.value) })
  }

  /// A list of texts.
  static func strings(_ texts: [String]) -> OrderedJSON { .array(texts.map(OrderedJSON.string)) }
}

extension Simulator {
  /// Names of everything the arrays of the C interface hold.
  var description: OrderedJSON {
    let assets = scene.models.assets
    let info = environment.info
    let names = info.names
    return .members([
      "scene": .string(assets.scene.name),
      "assets": .string(assets.digest),
      "robot_obs": .integer(environment.state.robotObservation.count),
      "scene_obs": .integer(environment.state.sceneObservation.count),
      "robot": .integer(Int(names.robot)),
      "cameras": .array(assets.cameras.map(Self.json)),
      "fixed_objects": .array(
        assets.scene.fixedObjects.map { object in
          .members([
            "name": .string(object.name),
            "uid": .integer(Int(names.fixedBodies[object.name] ?? -1)),
            // As upstream lists them: the base, -1, behind all others.
            "links": .object(
              (names.links[object.name] ?? [:])
                .sorted { UInt32(bitPattern: $0.value) < UInt32(bitPattern: $1.value) }
                .map { .init(key: $0.key, value: .integer(Int($0.value))) }),
          ])
        }),
      "movable_objects": .array(
        info.blocks.map {
          .members(["name": .string($0.name), "uid": .integer(Int($0.body))])
        }),
      "doors": .strings(info.doors.map(\.joint)),
      "buttons": .strings(environment.buttons.map(\.joint)),
      "switches": .strings(environment.switches.map(\.joint)),
      "lights": .strings(info.lights.map(\.name)),
      "info": .integer(infoCount),
      "tasks": .object(
        scene.tasks.taskNames.map {
          .init(key: $0, value: .strings(scene.tasks.validation.sentences(of: $0)))
        }),
    ])
  }

  private static func json(_ camera: CameraDescription) -> OrderedJSON {
    .members([
      "name": .string(camera.name), "width": .integer(camera.width),
      "height": .integer(camera.height), "fov": .number(camera.fieldOfViewDegrees),
      "aspect": .number(camera.aspect), "nearval": .number(camera.near),
      "farval": .number(camera.far),
    ])
  }

  /// Chains as `[initial state, [task, ...]]`.
  func chains(_ count: Int, asUpstream: Bool) -> OrderedJSON {
    let generator = scene.tasks.chains
    let chains = asUpstream ? generator.sequences(count) : generator.evaluationChains(count)
    return .array(chains.map { .array([$0.initialState.json, $0.subtaskList]) })
  }

  /// The vectors an initial state starts from in this scene.
  func startState(_ text: String) throws -> EnvironmentState {
    let json = try OrderedJSON(parsing: Array(text.utf8), source: "initial state")
    guard let state = InitialState(json: json) else {
      throw SimulatorError.badCall(
        "initial state: expected an object of whole numbers and words in upstream's order")
    }
    return try state.startState(in: SceneLayout(scene.models.assets.scene))
  }
}
