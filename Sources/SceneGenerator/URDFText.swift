/// Writes a URDF file element by element.
struct URDFText {
  private(set) var text: String

  init(robot name: String) {
    text = """
      <?xml version="1.0"?>
      <!-- Made by SceneGenerator; edit the generator, not this file. -->
      <robot name="\(name)">

      """
  }

  /// The whole file.
  var bytes: [UInt8] { Array((text + "</robot>\n").utf8) }

  struct Link {
    var name: String
    var mass = "0"
    var centreOfMass = "0 0 0"
    /// Mesh file, `box X Y Z`, or nothing.
    var visual: String?
    var visualAngles: String?
    var collision: String?
    var collisionOrigin: String?
    var collisionAngles: String?
    var isConcave = false
    var material: (name: String, rgba: String)?
    /// Lines inside `<contact>`.
    var contact: [String] = []
  }

  mutating func append(_ link: Link) {
    line(1, "<link name=\"\(link.name)\">")
    if !link.contact.isEmpty {
      line(2, "<contact>")
      link.contact.forEach { line(3, $0) }
      line(2, "</contact>")
    }
    line(2, "<inertial>")
    line(3, "<origin xyz=\"\(link.centreOfMass)\" rpy=\"0 0 0\"/>")
    line(3, "<mass value=\"\(link.mass)\"/>")
    // Required by readers; PyBullet and we derive the inertia from the shapes.
    line(3, "<inertia ixx=\"1\" ixy=\"0\" ixz=\"0\" iyy=\"1\" iyz=\"0\" izz=\"1\"/>")
    line(2, "</inertial>")
    if let visual = link.visual {
      line(2, "<visual>")
      origin(nil, link.visualAngles)
      geometry(visual)
      if let material = link.material {
        line(3, "<material name=\"\(material.name)\">")
        line(4, "<color rgba=\"\(material.rgba)\"/>")
        line(3, "</material>")
      }
      line(2, "</visual>")
    }
    if let collision = link.collision {
      line(2, link.isConcave ? "<collision concave=\"yes\">" : "<collision>")
      origin(link.collisionOrigin, link.collisionAngles)
      geometry(collision)
      line(2, "</collision>")
    }
    line(1, "</link>")
  }

  struct Joint {
    var name: String
    var type: String
    var parent: String
    var child: String
    var position: String
    var angles: String
    var axis: String?
    var limit: String?
  }

  mutating func append(_ joint: Joint) {
    line(1, "<joint name=\"\(joint.name)\" type=\"\(joint.type)\">")
    line(2, "<origin xyz=\"\(joint.position)\" rpy=\"\(joint.angles)\"/>")
    line(2, "<parent link=\"\(joint.parent)\"/>")
    line(2, "<child link=\"\(joint.child)\"/>")
    if let axis = joint.axis { line(2, "<axis xyz=\"\(axis)\"/>") }
    if let limit = joint.limit { line(2, "<limit \(limit)/>") }
    line(1, "</joint>")
  }

  private mutating func origin(_ position: String?, _ angles: String?) {
    guard position != nil || angles != nil else { return }
    line(3, "<origin xyz=\"\(position ?? "0 0 0")\" rpy=\"\(angles ?? "0 0 0")\"/>")
  }

  private mutating func geometry(_ shape: String) {
    line(3, "<geometry>")
    if shape.hasPrefix("box ") {
      line(4, "<box size=\"\(shape.dropFirst(4))\"/>")
    } else {
      line(4, "<mesh filename=\"\(shape)\"/>")
    }
    line(3, "</geometry>")
  }

  private mutating func line(_ depth: Int, _ content: String) {
    text += String(repeating: "  ", count: depth) + content + "\n"
  }
}
