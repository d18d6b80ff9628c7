import Assets

/// The links of a URDF model in PyBullet's order: depth first, children in the order of the
/// file's `<joint>` elements, the base first.
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
    var linksByName: [String: URDFLink] = [:]
    for link in urdf.links { linksByName[link.name] = link }
    var jointsByParent: [String: [URDFJoint]] = [:]
    var children: Set<String> = []
    for joint in urdf.joints {
      for name in [joint.parent, joint.child] where linksByName[name] == nil {
        throw .invalidModel(
          urdf.path, reason: "joint \(joint.name) names link \(name), which does not exist")
      }
      guard children.insert(joint.child).inserted else {
        throw .invalidModel(urdf.path, reason: "link \(joint.child) has two parents")
      }
      jointsByParent[joint.parent, default: []].append(joint)
    }
    let roots = urdf.links.filter { !children.contains($0.name) }
    guard roots.count == 1, let root = roots.first else {
      throw .invalidModel(
        urdf.path, reason: "expected one link without a parent, found \(roots.map(\.name))")
    }
    append(root, joint: nil, parent: -1, linksByName, jointsByParent)
    guard entries.count == urdf.links.count else {
      throw .invalidModel(urdf.path, reason: "the joints form a loop")
    }
  }

  private mutating func append(
    _ link: URDFLink, joint: URDFJoint?, parent: Int, _ links: [String: URDFLink],
    _ joints: [String: [URDFJoint]]
  ) {
    let index = entries.count - 1
    entries.append(Entry(link: link, joint: joint, parent: parent))
    for joint in joints[link.name] ?? [] {
      guard let child = links[joint.child] else { continue }
      append(child, joint: joint, parent: index, links, joints)
    }
  }
}
