import Calvin
import Geometry
import Physics

extension SceneInfo {
  /// Info of a scene with nothing read yet.
  init(_ models: SceneModels, _ table: PlayTable) {
    self.init(
      blocks: models.assets.scene.movableObjects.enumerated().map { index, block in
        Block(
          name: block.name, body: Int32(SceneModels.BodyID.firstBlock + index), pose: .identity,
          linearVelocity: .zero, angularVelocity: .zero, contacts: [])
      },
      doors: table.doors.map { Door(joint: $0.name, position: 0) },
      lights: table.lights.map { Light(name: $0.name, state: 0) }, robotContacts: [],
      names: models.names)
  }

  mutating func readBlocks(from world: World) {
    for index in blocks.indices {
      let body = Int(blocks[index].body)
      blocks[index].pose = world.basePose(of: body)
      (blocks[index].linearVelocity, blocks[index].angularVelocity) = world.baseVelocity(of: body)
    }
  }

  /// Reads who touches whom; `blocks` are the blocks' body ids.
  mutating func readContacts(from world: World, blocks bodies: Range<Int>) {
    robotContacts.removeAll(keepingCapacity: true)
    for index in blocks.indices { blocks[index].contacts.removeAll(keepingCapacity: true) }
    world.forEachContact { contact in
      let a = Contact(body: contact.bodyA, link: contact.linkA)
      let b = Contact(body: contact.bodyB, link: contact.linkB)
      note(b, on: contact.bodyA, bodies)
      note(a, on: contact.bodyB, bodies)
    }
  }

  private mutating func note(_ contact: Contact, on body: Int32, _ blockBodies: Range<Int>) {
    if body == names.robot {
      robotContacts.insertSorted(contact)
    } else if blockBodies.contains(Int(body)) {
      blocks[Int(body) - blockBodies.lowerBound].contacts.insertSorted(contact)
    }
  }

  mutating func readTable(_ table: PlayTable, _ joints: [JointReadings]) {
    for (index, door) in table.doors.enumerated() {
      doors[index].position = joints[door.object].positions[door.link]
    }
    for (index, light) in table.lights.enumerated() {
      lights[index].state = light.isOn ? 1 : 0
    }
  }
}

extension Array where Element: Comparable {
  /// Keeps a short sorted array sorted and free of repetition.
  fileprivate mutating func insertSorted(_ element: Element) {
    var index = endIndex
    while index > startIndex, element < self[index - 1] { index -= 1 }
    if index > startIndex, self[index - 1] == element { return }
    insert(element, at: index)
  }
}
