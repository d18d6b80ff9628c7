import Assets
import Physics

/// Doors, buttons, switches and lights of the fixed objects, with calvin_env's state machines.
struct PlayTable {
  /// A joint of a fixed object.
  struct Joint {
    var name: String
    /// Index of the fixed object.
    var object: Int
    var body: Int
    var link: Int
    /// Position after a reset without given state.
    var initialState: Double
  }

  /// Toggles its light each time it is pressed.
  struct Button {
    var joint: Joint
    var trigger: Trigger
    var light: Int?
    var isOn = false
    /// Kept over resets, as upstream keeps it.
    var wasPressed = false
  }

  /// Holds its light on while it is pressed.
  struct Switch {
    var joint: Joint
    var trigger: Trigger
    var light: Int?
    var isOn = false
  }

  /// Pressed means on the other side of the range's middle than the initial state.
  struct Trigger {
    var threshold: Double
    var pressesAbove: Bool

    init(_ link: BodyModel.Link, initialState: Double) {
      threshold = (link.lower + link.upper) / 2
      pressesAbove = initialState <= threshold
    }

    func isPressed(at position: Double) -> Bool {
      pressesAbove ? position > threshold : position < threshold
    }
  }

  /// A link that changes colour.
  struct Light {
    var name: String
    var body: Int
    var link: Int
    var color: SIMD4<Double>
    var isOn = false
  }

  /// Force of the brakes and springs, N or N·m.
  private static let force = 4.0

  private(set) var doors: [Joint] = []
  private(set) var buttons: [Button] = []
  private(set) var switches: [Switch] = []
  private(set) var lights: [Light] = []

  /// Finds the joints by name; throws the names that exist.
  init(_ models: SceneModels) throws(SimulationError) {
    for (index, object) in models.assets.scene.fixedObjects.enumerated() {
      let model = models.fixedObjects[index]
      let body = models.firstFixedObject + index
      func find(_ state: SceneDescription.JointState) throws(SimulationError) -> Joint {
        guard let link = model.linkIndex(ofJoint: state.joint),
          model.links[link].kind != .fixed
        else {
          let movable = model.links.filter { $0.kind != .fixed }.map(\.joint)
          throw .unsupported(
            "object \(object.name) has no movable joint '\(state.joint)', expected one of: "
              + movable.joined(separator: ", "))
        }
        return Joint(
          name: state.joint, object: index, body: body, link: link,
          initialState: state.initialState)
      }
      for state in object.joints { doors.append(try find(state)) }
      for state in object.buttons {
        let joint = try find(state)
        let trigger = Trigger(model.links[joint.link], initialState: state.initialState)
        buttons.append(
          Button(
            joint: joint, trigger: trigger, light: nil,
            wasPressed: trigger.isPressed(at: 0)))
      }
      for state in object.switches {
        let joint = try find(state)
        let trigger = Trigger(model.links[joint.link], initialState: state.initialState)
        switches.append(Switch(joint: joint, trigger: trigger, light: nil))
      }
      for light in object.lights {
        guard let link = model.linkIndex(named: light.link) else {
          throw .unsupported(
            "object \(object.name) has no link '\(light.link)', expected one of: "
              + model.links.map(\.name).joined(separator: ", "))
        }
        lights.append(Light(name: light.name, body: body, link: link, color: light.color))
      }
    }
    let objects = models.assets.scene.fixedObjects
    let buttonEffects = objects.flatMap(\.buttons).map(\.effect)
    let switchEffects = objects.flatMap(\.switches).map(\.effect)
    for (index, light) in lights.enumerated() {
      for button in buttons.indices where buttonEffects[button] == light.name {
        buttons[button].light = index
      }
      for other in switches.indices where switchEffects[other] == light.name {
        switches[other].light = index
      }
    }
  }

  /// Installs the motors of one fixed object, right after it is loaded.
  func installMotors(ofObject object: Int, in world: World) {
    for door in doors where door.object == object {
      world.setVelocityMotor(body: door.body, link: door.link, force: Self.force)
    }
    for button in buttons where button.joint.object == object {
      world.setPositionMotor(
        body: button.joint.body, link: button.joint.link,
        target: button.joint.initialState, force: Self.force)
    }
    for other in switches where other.joint.object == object {
      world.setVelocityMotor(body: other.joint.body, link: other.joint.link, force: Self.force)
    }
  }

  /// Numbers of `scene_obs` before the blocks.
  var observationCount: Int { doors.count + buttons.count + switches.count + lights.count }

  /// Throws when a light's number is neither 0 nor 1.
  func check(_ observation: ArraySlice<Double>) throws(SimulationError) {
    for (light, state) in zip(lights, observation.suffix(lights.count))
    where state != 0 && state != 1 {
      throw .invalidState("light \(light.name) is \(state), expected 0 or 1")
    }
  }

  /// Resets to the numbers of `scene_obs`: doors, lights, buttons, switches in upstream's order.
  mutating func reset(to observation: ArraySlice<Double>, in world: World) {
    var rest = observation
    let doorStates = rest.prefix(doors.count)
    rest = rest.dropFirst(doors.count)
    let buttonStates = rest.prefix(buttons.count)
    rest = rest.dropFirst(buttons.count)
    let switchStates = rest.prefix(switches.count)
    let lightStates = rest.dropFirst(switches.count).prefix(lights.count)
    for (door, state) in zip(doors, doorStates) {
      world.resetJoint(body: door.body, link: door.link, position: state)
    }
    for (index, state) in zip(lights.indices, lightStates) { lights[index].isOn = state == 1 }
    for (index, state) in zip(buttons.indices, buttonStates) {
      resetButton(index, to: state, in: world)
    }
    for (index, state) in zip(switches.indices, switchStates) {
      resetSwitch(index, to: state, in: world)
    }
  }

  /// Resets to the scene file's initial states.
  mutating func resetToInitialState(in world: World) {
    for door in doors {
      world.resetJoint(body: door.body, link: door.link, position: door.initialState)
    }
    for index in buttons.indices {
      resetButton(index, to: buttons[index].joint.initialState, in: world)
    }
    for index in switches.indices {
      resetSwitch(index, to: switches[index].joint.initialState, in: world)
    }
    for index in lights.indices { lights[index].isOn = false }
  }

  private mutating func resetButton(_ index: Int, to state: Double, in world: World) {
    let joint = buttons[index].joint
    world.resetJoint(body: joint.body, link: joint.link, position: state)
    buttons[index].isOn = buttons[index].light.map { lights[$0].isOn } ?? false
  }

  private mutating func resetSwitch(_ index: Int, to state: Double, in world: World) {
    let joint = switches[index].joint
    world.resetJoint(body: joint.body, link: joint.link, position: state)
    switches[index].isOn = false
  }

  /// Lets buttons and switches act, after the physics of a control step. `joints` are those
  /// of every fixed object.
  mutating func step(_ joints: [JointReadings]) {
    for index in buttons.indices {
      let joint = buttons[index].joint
      let position = joints[joint.object].positions[joint.link]
      let isPressed = buttons[index].trigger.isPressed(at: position)
      if isPressed && !buttons[index].wasPressed {
        buttons[index].isOn.toggle()
        if let light = buttons[index].light { lights[light].isOn = buttons[index].isOn }
      }
      buttons[index].wasPressed = isPressed
    }
    for index in switches.indices {
      let joint = switches[index].joint
      let position = joints[joint.object].positions[joint.link]
      let isPressed = switches[index].trigger.isPressed(at: position)
      if isPressed != switches[index].isOn, let light = switches[index].light {
        lights[light].isOn = isPressed
      }
      switches[index].isOn = isPressed
    }
  }
}
