import Geometry

extension SceneInfo {
  /// The block of this name, nil when the scene has none.
  public func block(_ name: String) -> Block? { blocks.first { $0.name == name } }

  /// Position of the door joint of this name (metres), nil when the scene has none.
  public func door(_ joint: String) -> Double? { doors.first { $0.joint == joint }?.position }

  /// Logical state of the light of this name, nil when the scene has none.
  public func light(_ name: String) -> Int? { lights.first { $0.name == name }?.state }

  /// The only body the robot touches, nil when it touches none or several.
  public var bodyTheRobotTouchesAlone: Int32? {
    guard let first = robotContacts.first?.body,
      robotContacts.allSatisfy({ $0.body == first })
    else { return nil }
    return first
  }

  /// What a contact is with, as the oracle's names spell it: `robot`, `block_red`,
  /// `table/drawer_link`, or `body 6`.
  public func name(of contact: Contact) -> String {
    if contact.body == names.robot { return "robot" }
    if let block = blocks.first(where: { $0.body == contact.body }) { return block.name }
    guard let body = names.fixedBodies.first(where: { $0.value == contact.body })?.key else {
      return "body \(contact.body)"
    }
    let link = names.links[body]?.first { $0.value == contact.link }?.key
    return "\(body)/\(link ?? String(contact.link))"
  }
}

extension SceneInfo.Block {
  /// True when there is a contact with this surface.
  func touches(_ surface: TaskPredicate.Surface, in info: SceneInfo) -> Bool {
    guard let body = info.names.fixedBodies[surface.body] else { return false }
    guard let name = surface.link else { return contacts.contains { $0.body == body } }
    guard let link = info.names.links[surface.body]?[name] else { return false }
    return contacts.contains(SceneInfo.Contact(body: body, link: link))
  }

  /// True when all contacts, at least one, are with this body.
  func touchesOnly(_ body: Int32) -> Bool {
    !contacts.isEmpty && contacts.allSatisfy { $0.body == body }
  }

  func touchesBlock(of info: SceneInfo) -> Bool {
    contacts.contains { contact in info.blocks.contains { $0.body == contact.body } }
  }

  func touchesOnlyBlocks(of info: SceneInfo) -> Bool {
    !contacts.isEmpty
      && contacts.allSatisfy { contact in info.blocks.contains { $0.body == contact.body } }
  }

  func isSlower(than speed: Double) -> Bool {
    func slow(_ velocity: Vector3) -> Bool {
      abs(velocity.x) < speed && abs(velocity.y) < speed && abs(velocity.z) < speed
    }
    return slow(linearVelocity) && slow(angularVelocity)
  }
}
