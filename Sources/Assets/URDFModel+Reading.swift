import Geometry

extension URDFModel {
  /// Reads a URDF file's bytes by PyBullet's rules (`UrdfParser.cpp`), but strictly: what PyBullet
  /// skips with a warning (unreadable numbers, several roots) is an error here. `findMesh` resolves a
  /// mesh's file name to a path, nil when there is no such file.
  /// Throws `AssetError` with file, line and what was expected.
  public init(
    urdf bytes: [UInt8], path: String, findMesh: @escaping (String) -> String? = { $0 }
  ) throws(AssetError) {
    let robot = try XMLElement.root(of: bytes, file: path)
    let reader = URDFReader(file: path, findMesh: findMesh)
    self = try reader.model(robot)
  }

  /// Reads a URDF file. Mesh names lose `package://`, `file://` or `model://` and are looked up
  /// under the folders of the URDF's own path, from the deepest up, as PyBullet does.
  public init(urdfFile path: String) throws(AssetError) {
    try self.init(urdf: readFile(path), path: path) { findMesh($0, besideURDF: path) }
  }
}

/// PyBullet's search without its dependence on the working directory.
func findMesh(_ name: String, besideURDF path: String) -> String? {
  var name = name[...]
  if name.hasPrefix("file://") { name = name.dropFirst("file://".count) }
  for scheme in ["package://", "model://"] where name.hasPrefix(scheme) {
    name = name.dropFirst(scheme.count)
    break
  }
  if name.hasPrefix("/") { return isFile(String(name)) ? String(name) : nil }
  var prefix = path[...]
  while let slash = prefix.lastIndex(of: "/") {
    let attempt = prefix[...slash] + name
    if isFile(String(attempt)) { return String(attempt) }
    prefix = prefix[..<slash]
  }
  return !path.hasPrefix("/") && isFile(String(name)) ? String(name) : nil
}

private struct URDFReader {
  let file: String
  let findMesh: (String) -> String?

  func model(_ robot: XMLElement) throws(AssetError) -> URDFModel {
    guard robot.name == "robot" else {
      throw error(robot, "expected <robot> at the top, found <\(robot.name)>")
    }
    var model = URDFModel(
      name: try text(robot, "name"), links: [], joints: [], materials: [:], path: file)
    for element in robot.children where element.name == "material" {
      let name = try text(element, "name")
      if model.materials[name] == nil { model.materials[name] = try color(element) }
    }
    for element in robot.children where element.name == "link" {
      let link = try link(element, &model.materials)
      guard !model.links.contains(where: { $0.name == link.name }) else {
        throw error(element, "expected unique link names, found '\(link.name)' a second time")
      }
      model.links.append(link)
    }
    var jointElements: [XMLElement] = []
    for element in robot.children where element.name == "joint" {
      let joint = try joint(element)
      guard !model.joints.contains(where: { $0.name == joint.name }) else {
        throw error(element, "expected unique joint names, found '\(joint.name)' a second time")
      }
      model.joints.append(joint)
      jointElements.append(element)
    }
    try checkTree(model, robot, jointElements)
    return model
  }

  // MARK: Links

  private func link(
    _ element: XMLElement, _ materials: inout [String: SIMD4<Double>]
  ) throws(AssetError) -> URDFLink {
    var link = URDFLink(
      name: try text(element, "name"), inertial: URDFInertial(), visuals: [], collisions: [],
      contact: URDFContact())
    if let inertial = element.child("inertial") {
      link.inertial.origin = try origin(inertial)
      link.inertial.mass = try number(required(inertial, "mass"), "value")
      guard link.inertial.mass >= 0 else {
        throw error(inertial, "expected a mass of at least 0 kg, found \(link.inertial.mass)")
      }
    }
    for visual in element.children where visual.name == "visual" {
      try link.visuals.append(self.visual(visual, &materials))
    }
    for collision in element.children where collision.name == "collision" {
      try link.collisions.append(
        URDFCollision(
          origin: origin(collision), geometry: geometry(collision),
          isConcave: collision.attribute("concave") != nil))
    }
    if let contact = element.child("contact") { link.contact = try self.contact(contact) }
    return link
  }

  private func visual(
    _ element: XMLElement, _ materials: inout [String: SIMD4<Double>]
  ) throws(AssetError) -> URDFVisual {
    var visual = URDFVisual(
      origin: try origin(element), geometry: try geometry(element), materialName: nil,
      localColor: nil)
    guard let material = element.child("material") else { return visual }
    let name = try text(material, "name")
    visual.materialName = name
    if ["texture", "color", "specular"].contains(where: { material.child($0) != nil }) {
      let color = try color(material)
      visual.localColor = color
      materials[name] = color
    }
    return visual
  }

  private func color(_ material: XMLElement) throws(AssetError) -> SIMD4<Double> {
    guard let color = material.child("color"), let rgba = color.attribute("rgba") else {
      // The colour of a material that says nothing of it, UrdfMaterialColor's default.
      return SIMD4(0.8, 0.8, 0.8, 1)
    }
    let values = try numbers(rgba, count: 4)
    return SIMD4(values[0], values[1], values[2], values[3])
  }

  private func contact(_ element: XMLElement) throws(AssetError) -> URDFContact {
    var contact = URDFContact()
    contact.lateralFriction = try value(element, "lateral_friction") ?? contact.lateralFriction
    contact.spinningFriction = try value(element, "spinning_friction")
    contact.rollingFriction = try value(element, "rolling_friction")
    contact.restitution = try value(element, "restitution")
    contact.stiffness = try value(element, "stiffness")
    contact.damping = try value(element, "damping")
    contact.hasFrictionAnchor = element.child("friction_anchor") != nil
    return contact
  }

  private func value(_ element: XMLElement, _ name: String) throws(AssetError) -> Double? {
    guard let child = element.child(name) else { return nil }
    return try number(child, "value")
  }

  // MARK: Shapes

  private func origin(_ element: XMLElement) throws(AssetError) -> URDFOrigin {
    guard let origin = element.child("origin") else { return URDFOrigin() }
    return URDFOrigin(
      position: try origin.attribute("xyz").map(vector) ?? .zero,
      rollPitchYaw: try origin.attribute("rpy").map(vector))
  }

  private func geometry(_ element: XMLElement) throws(AssetError) -> URDFGeometry {
    let geometry = try required(element, "geometry")
    guard let shape = geometry.children.first else {
      throw error(geometry, "expected a shape in <geometry>: \(Self.shapes)")
    }
    switch shape.name {
    case "box":
      return try .box(size: vector(required(shape, attribute: "size")))
    case "sphere":
      return try .sphere(radius: number(shape, "radius"))
    case "cylinder":
      return try .cylinder(radius: number(shape, "radius"), length: number(shape, "length"))
    case "mesh":
      return try mesh(shape)
    default:
      throw error(shape, "expected a shape (\(Self.shapes)), found <\(shape.name)>")
    }
  }

  private static let shapes = "box, sphere, cylinder, mesh"

  private func mesh(_ element: XMLElement) throws(AssetError) -> URDFGeometry {
    let filename = try required(element, attribute: "filename")
    let name = filename.value.lowercased()
    guard name.hasSuffix(".obj") || name.hasSuffix(".stl") else {
      throw error(filename, "expected a mesh file .obj or .stl, found '\(filename.value)'")
    }
    guard let path = findMesh(filename.value) else {
      throw error(
        filename, "no file '\(filename.value)' in the URDF's folder or the folders above it")
    }
    var scale = Vector3(1, 1, 1)
    if let attribute = element.attribute("scale") { scale = try vector(attribute) }
    return .mesh(path: path, scale: scale)
  }

  // MARK: Joints

  private func joint(_ element: XMLElement) throws(AssetError) -> URDFJoint {
    let type = try required(element, attribute: "type")
    guard let kind = URDFJointKind(rawValue: type.value) else {
      throw error(
        type,
        "expected a joint type revolute, continuous, prismatic or fixed, found '\(type.value)'")
    }
    var joint = URDFJoint(
      name: try text(element, "name"), kind: kind, origin: try origin(element),
      parent: try text(required(element, "parent"), "link"),
      child: try text(required(element, "child"), "link"), axis: Vector3(1, 0, 0), lower: 0,
      upper: -1, effort: 0, velocity: 0, damping: 0, friction: 0)
    if kind != .fixed, let axis = element.child("axis")?.attribute("xyz") {
      joint.axis = try vector(axis)
    }
    if let limit = element.child("limit") {
      // As in PyBullet a <limit> without `lower` and `upper` leaves 0 and -1: no limit.
      joint.lower = try limit.attribute("lower").map(number) ?? 0
      joint.upper = try limit.attribute("upper").map(number) ?? -1
      joint.effort = try limit.attribute("effort").map(number) ?? 0
      joint.velocity = try limit.attribute("velocity").map(number) ?? 0
    } else if kind == .revolute || kind == .prismatic {
      throw error(element, "expected <limit> in the \(kind.rawValue) joint '\(joint.name)'")
    }
    if let dynamics = element.child("dynamics") {
      joint.damping = try dynamics.attribute("damping").map(number) ?? 0
      joint.friction = try dynamics.attribute("friction").map(number) ?? 0
    }
    return joint
  }

  /// One root, and every link below it: the traversals downstream rely on it.
  private func checkTree(
    _ model: URDFModel, _ robot: XMLElement, _ elements: [XMLElement]
  ) throws(AssetError) {
    let names = Set(model.links.map(\.name))
    var parents: [String: String] = [:]
    for (joint, element) in zip(model.joints, elements) {
      for name in [joint.parent, joint.child] where !names.contains(name) {
        throw error(element, "joint '\(joint.name)' names the link '\(name)', which does not exist")
      }
      guard parents.updateValue(joint.parent, forKey: joint.child) == nil else {
        throw error(element, "expected one parent joint for the link '\(joint.child)', found two")
      }
    }
    let roots = model.links.filter { parents[$0.name] == nil }
    guard roots.count == 1 else {
      throw error(
        robot, "expected one link without a parent joint, found \(roots.map(\.name).sorted())")
    }
    guard model.depthFirstJoints.count == model.joints.count else {
      throw error(robot, "expected a tree of links, found joints that form a loop")
    }
  }

  // MARK: Attributes

  private func required(
    _ element: XMLElement, _ child: String
  ) throws(AssetError) -> XMLElement {
    guard let found = element.child(child) else {
      throw error(element, "expected <\(child)> in <\(element.name)>")
    }
    return found
  }

  private func required(
    _ element: XMLElement, attribute name: String
  ) throws(AssetError) -> XMLElement.Attribute {
    guard let attribute = element.attribute(name) else {
      throw error(element, "expected the attribute \(name) of <\(element.name)>")
    }
    return attribute
  }

  private func text(_ element: XMLElement, _ attribute: String) throws(AssetError) -> String {
    let found = try required(element, attribute: attribute)
    guard !found.value.isEmpty else {
      throw error(found, "expected a value of \(attribute) in <\(element.name)>")
    }
    return found.value
  }

  private func number(_ element: XMLElement, _ attribute: String) throws(AssetError) -> Double {
    try number(required(element, attribute: attribute))
  }

  private func number(_ attribute: XMLElement.Attribute) throws(AssetError) -> Double {
    try numbers(attribute, count: 1)[0]
  }

  private func vector(_ attribute: XMLElement.Attribute) throws(AssetError) -> Vector3 {
    let values = try numbers(attribute, count: 3)
    return Vector3(values[0], values[1], values[2])
  }

  private func numbers(
    _ attribute: XMLElement.Attribute, count: Int
  ) throws(AssetError) -> [Double] {
    let words = attribute.value.split(whereSeparator: \.isWhitespace)
    let values = words.compactMap { Numbers.double($0) }
    guard values.count == words.count, words.count == count else {
      throw error(
        attribute,
        "expected \(count == 1 ? "a number" : "\(count) numbers") in \(attribute.name), found "
          + "'\(attribute.value)'")
    }
    return values
  }

  private func error(_ element: XMLElement, _ message: String) -> AssetError {
    AssetError(file: file, line: element.line, message: message)
  }

  private func error(_ attribute: XMLElement.Attribute, _ message: String) -> AssetError {
    AssetError(file: file, line: attribute.line, message: message)
  }
}
