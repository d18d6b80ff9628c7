import Assets

/// The links of a URDF model by PyBullet's link indices, the base first.
struct LinkTree {
  /// A link with the joint above it.
  struct Entry {
    var link: URDFLink
    /// Nil for the base.
    var joint: URDFJoint?
    /// Link index of the parent: -1 is the base.
    var parent: Int

    /// Lower limit; only translations scale.
    func lower(_ scaling: Double) -> Double { limit(joint?.lower ?? 0, scaling) }

    /// Upper limit; only translations scale.
    func upper(_ scaling: Double) -> Double { limit(joint?.upper ?? -1, scaling) }

    private func limit(_ value: Double, _ scaling: Double) -> Double {
      joint?.kind == .prismatic ? value * scaling : value
    }
  }

  /// The base, then link 0, 1, ...
  private(set) var entries: [Entry] = []

  init(_ urdf: URDFModel) throws(PhysicsError) {
    guard let root = urdf.rootLink else {
      throw .invalidModel(urdf.path, reason: "expected a link that is no joint's child")
    }
    var indices = [root.name: -1]
    entries.append(Entry(link: root, joint: nil, parent: -1))
    for joint in urdf.depthFirstJoints {
      guard let link = urdf.link(joint.child), let parent = indices[joint.parent] else {
        throw .invalidModel(
          urdf.path, reason: "joint \(joint.name) names a link that does not exist")
      }
      indices[link.name] = entries.count - 1
      entries.append(Entry(link: link, joint: joint, parent: parent))
    }
    guard entries.count == urdf.links.count else {
      throw .invalidModel(urdf.path, reason: "expected every link to hang from \(root.name)")
    }
  }
}
