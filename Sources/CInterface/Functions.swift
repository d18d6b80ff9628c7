import CCalvinEval
import Calvin
import Simulation

// The functions of calvin_eval.h, which documents them. Each checks what C cannot promise and
// leaves the rest to `Simulator`.

private let simulators = OpenSimulators()

/// The interface's version.
@_cdecl("calvin_interface_version")
public func interfaceVersion() -> Int32 { 1 }

/// See `calvin_open`.
@_cdecl("calvin_open")
public func open(
  _ options: UnsafePointer<CChar>?, _ number: UnsafeMutablePointer<Int64>?,
  _ message: UnsafeMutablePointer<CChar>?, _ capacity: Int32
) -> Int32 {
  answer(message, capacity) {
    let number = try required(number, "simulator")
    let options = try OpeningOptions(json: try text(options, "options"))
    let simulator = try Simulator(SharedScene(options), seed: options.seed)
    number.pointee = simulators.add(Turns(simulator))
  }
}

/// See `calvin_open_another`.
@_cdecl("calvin_open_another")
public func openAnother(
  _ simulator: Int64, _ seed: Int64, _ other: UnsafeMutablePointer<Int64>?,
  _ message: UnsafeMutablePointer<CChar>?, _ capacity: Int32
) -> Int32 {
  answer(message, capacity) {
    let other = try required(other, "other")
    guard let seed = UInt32(exactly: seed) else {
      throw SimulatorError.badCall("seed is \(seed), expected 0...2^32-1")
    }
    let scene = try simulators[simulator].take { $0.scene }
    other.pointee = simulators.add(Turns(try Simulator(scene, seed: seed)))
  }
}

/// See `calvin_close`.
@_cdecl("calvin_close")
public func close(
  _ simulator: Int64, _ message: UnsafeMutablePointer<CChar>?, _ capacity: Int32
) -> Int32 {
  answer(message, capacity) { try simulators.remove(simulator) }
}

/// See `calvin_describe`.
@_cdecl("calvin_describe")
public func describe(
  _ simulator: Int64, _ text: UnsafeMutablePointer<CChar>?, _ textCapacity: Int64,
  _ length: UnsafeMutablePointer<Int64>?, _ message: UnsafeMutablePointer<CChar>?,
  _ capacity: Int32
) -> Int32 {
  answer(message, capacity) {
    let json = try simulators[simulator].take { $0.description }
    try write(json, to: text, textCapacity, length)
  }
}

/// See `calvin_chains`.
@_cdecl("calvin_chains")
public func chains(
  _ simulator: Int64, _ count: Int32, _ asUpstream: Int32, _ text: UnsafeMutablePointer<CChar>?,
  _ textCapacity: Int64, _ length: UnsafeMutablePointer<Int64>?,
  _ message: UnsafeMutablePointer<CChar>?, _ capacity: Int32
) -> Int32 {
  answer(message, capacity) {
    guard (1...100_000).contains(count) else {
      throw SimulatorError.badCall("count is \(count), expected 1...100000")
    }
    let json = try simulators[simulator].take {
      $0.chains(Int(count), asUpstream: asUpstream != 0)
    }
    try write(json, to: text, textCapacity, length)
  }
}

/// See `calvin_start_state`.
@_cdecl("calvin_start_state")
public func startState(
  _ simulator: Int64, _ initialState: UnsafePointer<CChar>?,
  _ robot: UnsafeMutablePointer<Double>?, _ robotCount: Int32,
  _ scene: UnsafeMutablePointer<Double>?, _ sceneCount: Int32,
  _ message: UnsafeMutablePointer<CChar>?, _ capacity: Int32
) -> Int32 {
  answer(message, capacity) {
    let initialState = try text(initialState, "initial_state")
    let state = try simulators[simulator].take { try $0.startState(initialState) }
    try write(state.robotObservation, to: robot, robotCount, "robot_obs")
    try write(state.sceneObservation, to: scene, sceneCount, "scene_obs")
  }
}

/// See `calvin_reset`.
@_cdecl("calvin_reset")
public func reset(
  _ simulator: Int64, _ robot: UnsafePointer<Double>?, _ robotCount: Int32,
  _ scene: UnsafePointer<Double>?, _ sceneCount: Int32, _ message: UnsafeMutablePointer<CChar>?,
  _ capacity: Int32
) -> Int32 {
  answer(message, capacity) {
    let robot = try robot.map { try numbers($0, robotCount, "robot_obs") }
    let scene = try scene.map { try numbers($0, sceneCount, "scene_obs") }
    try simulators[simulator].take {
      try $0.environment.reset(
        robotObservation: robot.map(Array.init), sceneObservation: scene.map(Array.init))
    }
  }
}

/// See `calvin_step`.
@_cdecl("calvin_step")
public func step(
  _ simulator: Int64, _ kind: Int32, _ action: UnsafePointer<Double>?, _ count: Int32,
  _ message: UnsafeMutablePointer<CChar>?, _ capacity: Int32
) -> Int32 {
  answer(message, capacity) {
    let values = Array(try numbers(try required(action, "action"), count, "action"))
    let action: Action =
      switch Int(kind) {
      case CALVIN_CARTESIAN_REL: .cartesianRelative(values)
      case CALVIN_CARTESIAN_ABS: .cartesianAbsolute(values)
      case CALVIN_JOINT_REL: .jointRelative(values)
      case CALVIN_JOINT_ABS: .jointAbsolute(values)
      case CALVIN_CARTESIAN_REL_FLOAT32: .cartesianRelative(values, precision: .single)
      case CALVIN_CARTESIAN_REL_FLOAT16: .cartesianRelative(values, precision: .half)
      default: throw SimulatorError.badCall("there is no action of kind \(kind)")
      }
    try simulators[simulator].take { try $0.environment.step(action) }
  }
}

/// See `calvin_observe`.
@_cdecl("calvin_observe")
public func observe(
  _ simulator: Int64, _ robot: UnsafeMutablePointer<Double>?, _ robotCount: Int32,
  _ scene: UnsafeMutablePointer<Double>?, _ sceneCount: Int32,
  _ message: UnsafeMutablePointer<CChar>?, _ capacity: Int32
) -> Int32 {
  answer(message, capacity) {
    let state = try simulators[simulator].take { $0.environment.state }
    try write(state.robotObservation, to: robot, robotCount, "robot_obs")
    try write(state.sceneObservation, to: scene, sceneCount, "scene_obs")
  }
}

/// See `calvin_info`.
@_cdecl("calvin_info")
public func info(
  _ simulator: Int64, _ numbers: UnsafeMutablePointer<Double>?, _ count: Int32,
  _ contacts: UnsafeMutablePointer<Double>?, _ contactCapacity: Int32,
  _ found: UnsafeMutablePointer<Int32>?, _ message: UnsafeMutablePointer<CChar>?,
  _ capacity: Int32
) -> Int32 {
  answer(message, capacity) {
    let numbers = try required(numbers, "numbers")
    let found = try required(found, "found")
    try simulators[simulator].take { simulator in
      guard Int(count) == simulator.infoCount else {
        throw SimulatorError.badCall(
          "numbers has \(count) entries, expected \(simulator.infoCount)")
      }
      simulator.writeInfo(UnsafeMutableBufferPointer(start: numbers, count: Int(count)))
      let points = simulator.environment.contactPoints
      found.pointee = Int32(points.count)
      guard points.isEmpty || (contacts != nil && points.count <= contactCapacity) else {
        throw SimulatorError(
          CALVIN_TOO_SMALL, "there are \(points.count) contacts, room for \(contactCapacity)")
      }
      for (index, point) in points.enumerated() {
        if let contacts { point.write(to: contacts + index * Int(CALVIN_CONTACT_NUMBERS)) }
      }
    }
  }
}

/// See `calvin_achieved`.
@_cdecl("calvin_achieved")
public func achieved(
  _ simulator: Int64, _ startNumbers: UnsafePointer<Double>?,
  _ startContacts: UnsafePointer<Double>?, _ startContactCount: Int32,
  _ endNumbers: UnsafePointer<Double>?, _ endContacts: UnsafePointer<Double>?,
  _ endContactCount: Int32, _ numberCount: Int32, _ achieved: UnsafeMutablePointer<UInt8>?,
  _ taskCount: Int32, _ message: UnsafeMutablePointer<CChar>?, _ capacity: Int32
) -> Int32 {
  answer(message, capacity) {
    let achieved = try required(achieved, "achieved")
    let starts = try numbers(try required(startNumbers, "start_numbers"), numberCount, "numbers")
    let ends = try numbers(try required(endNumbers, "end_numbers"), numberCount, "numbers")
    let startPoints = try points(startContacts, startContactCount)
    let endPoints = try points(endContacts, endContactCount)
    try simulators[simulator].take { simulator in
      let tasks = simulator.scene.tasks.oracle.tasks
      guard Int(numberCount) == simulator.infoCount, Int(taskCount) == tasks.count else {
        throw SimulatorError.badCall(
          "infos of \(numberCount) numbers and \(taskCount) tasks, "
            + "expected \(simulator.infoCount) and \(tasks.count)")
      }
      let start = try simulator.readInfo(starts, contacts: startPoints)
      let end = try simulator.readInfo(ends, contacts: endPoints)
      for (index, task) in tasks.enumerated() {
        achieved[index] = task.predicate.holds(from: start, to: end) ? 1 : 0
      }
    }
  }
}

/// See `calvin_render`.
@_cdecl("calvin_render")
public func render(
  _ simulator: Int64, _ cameras: UnsafePointer<Int32>?, _ count: Int32,
  _ rgb: UnsafePointer<UnsafeMutablePointer<UInt8>?>?,
  _ depth: UnsafePointer<UnsafeMutablePointer<Float>?>?,
  _ message: UnsafeMutablePointer<CChar>?, _ capacity: Int32
) -> Int32 {
  answer(message, capacity) {
    guard count >= 0 else { throw SimulatorError.badCall("count is \(count)") }
    let cameras = try required(cameras, "cameras")
    let rgb = try required(rgb, "rgb")
    let wanted = (0..<Int(count)).map { Int(cameras[$0]) }
    let wantsDepth = depth.map { depth in wanted.indices.contains { depth[$0] != nil } } ?? false
    let pictures = try simulators[simulator].take { try $0.render(wanted, depth: wantsDepth) }
    for (index, (image, view)) in pictures.enumerated() {
      try required(rgb[index], "rgb[\(index)]").update(from: image.rgb, count: image.rgb.count)
      if let target = depth?[index] {
        image.writeDepthMetres(
          of: view,
          to: UnsafeMutableBufferPointer(start: target, count: image.depthBuffer.count))
      }
    }
  }
}

/// See `calvin_camera`.
@_cdecl("calvin_camera")
public func camera(
  _ simulator: Int64, _ camera: Int32, _ view: UnsafeMutablePointer<Float>?,
  _ projection: UnsafeMutablePointer<Float>?, _ message: UnsafeMutablePointer<CChar>?,
  _ capacity: Int32
) -> Int32 {
  answer(message, capacity) {
    let current = try simulators[simulator].take { try $0.view(of: Int(camera)) }
    try required(view, "view").update(from: current.view, count: 16)
    try required(projection, "projection").update(from: current.projection, count: 16)
  }
}
