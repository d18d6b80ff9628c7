import CCalvinEval
import Calvin
import Geometry
import Physics
import Simulation

/// `calvin_info`'s arrays: what the oracle reads, as plain numbers.
extension Simulator {
  /// Numbers per block.
  private static let blockNumbers = 13

  /// Numbers `calvin_info` writes.
  var infoCount: Int {
    let info = environment.info
    return info.doors.count + 2 * (environment.buttons.count + environment.switches.count)
      + info.lights.count + Self.blockNumbers * info.blocks.count
  }

  /// Writes the current info.
  func writeInfo(_ numbers: UnsafeMutableBufferPointer<Double>) {
    var next = 0
    func append(_ value: Double) {
      numbers[next] = value
      next += 1
    }
    let info = environment.info
    for door in info.doors { append(door.position) }
    for control in environment.buttons + environment.switches {
      append(control.position)
      append(control.isOn ? 1 : 0)
    }
    for light in info.lights { append(Double(light.state)) }
    for block in info.blocks {
      for axis in 0..<3 { append(block.pose.position[axis]) }
      let q = block.pose.orientation
      for value in [q.x, q.y, q.z, q.w] { append(value) }
      for axis in 0..<3 { append(block.linearVelocity[axis]) }
      for axis in 0..<3 { append(block.angularVelocity[axis]) }
    }
  }

  /// The info that numbers and contacts in this layout stand for.
  func readInfo(
    _ numbers: UnsafeBufferPointer<Double>, contacts: UnsafeBufferPointer<Double>
  ) throws -> SceneInfo {
    var next = 0
    func take() -> Double {
      next += 1
      return numbers[next - 1]
    }
    func vector() -> Vector3 { Vector3(take(), take(), take()) }
    var info = environment.info
    for index in info.doors.indices { info.doors[index].position = take() }
    next += 2 * (environment.buttons.count + environment.switches.count)
    for index in info.lights.indices { info.lights[index].state = take() == 1 ? 1 : 0 }
    for index in info.blocks.indices {
      info.blocks[index].pose.position = vector()
      info.blocks[index].pose.orientation = Quaternion(x: take(), y: take(), z: take(), w: take())
      info.blocks[index].linearVelocity = vector()
      info.blocks[index].angularVelocity = vector()
    }
    try Self.readContacts(contacts, into: &info)
    return info
  }

  private static func readContacts(
    _ contacts: UnsafeBufferPointer<Double>, into info: inout SceneInfo
  ) throws {
    var touched: [Int32: Set<SceneInfo.Contact>] = [:]
    for start in stride(from: 0, to: contacts.count, by: Int(CALVIN_CONTACT_NUMBERS)) {
      let ids = try (start..<start + 4).map { index in
        guard let id = Int32(exactly: contacts[index]) else {
          throw SimulatorError.badCall("contact \(start): \(contacts[index]) is no body or link")
        }
        return id
      }
      let a = SceneInfo.Contact(body: ids[0], link: ids[2])
      let b = SceneInfo.Contact(body: ids[1], link: ids[3])
      touched[a.body, default: []].insert(b)
      touched[b.body, default: []].insert(a)
    }
    info.robotContacts = (touched[info.names.robot] ?? []).sorted()
    for index in info.blocks.indices {
      info.blocks[index].contacts = (touched[info.blocks[index].body] ?? []).sorted()
    }
  }
}

extension ContactPoint {
  /// Writes CALVIN_CONTACT_NUMBERS numbers.
  func write(to numbers: UnsafeMutablePointer<Double>) {
    var next = numbers
    func append(_ value: Double) {
      next.pointee = value
      next += 1
    }
    func append(_ vector: Vector3) { for axis in 0..<3 { append(vector[axis]) } }
    for id in [sides.bodyA, sides.bodyB, sides.linkA, sides.linkB] { append(Double(id)) }
    append(positionOnA)
    append(positionOnB)
    append(normalOnB)
    append(distance)
    append(normalForce)
    append(lateralFriction.x)
    append(lateralDirections.0)
    append(lateralFriction.y)
    append(lateralDirections.1)
  }
}
