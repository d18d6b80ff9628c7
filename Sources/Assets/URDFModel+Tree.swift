extension URDFModel {
  /// The link that is no joint's child.
  public var rootLink: URDFLink? {
    let children = Set(joints.map(\.child))
    return links.first { !children.contains($0.name) }
  }

  /// Joints in PyBullet's index order: depth first from the root, children by the order of their
  /// `<joint>` elements. Joint i moves link i; the root is link -1.
  public var depthFirstJoints: [URDFJoint] {
    guard let root = rootLink else { return [] }
    let jointsByParent = Dictionary(grouping: joints, by: \.parent)
    var pending = Array(jointsByParent[root.name, default: []].reversed())
    var result: [URDFJoint] = []
    while let joint = pending.popLast() {
      result.append(joint)
      pending += jointsByParent[joint.child, default: []].reversed()
    }
    return result
  }

  /// PyBullet's index of the link of that name, -1 for the root, nil when there is none.
  public func linkIndex(_ name: String) -> Int? {
    if rootLink?.name == name { return -1 }
    return depthFirstJoints.firstIndex { $0.child == name }
  }

  /// The link of that name.
  public func link(_ name: String) -> URDFLink? {
    links.first { $0.name == name }
  }
}
