import Geometry
import Testing

@testable import Assets

private func read(_ text: String) throws -> URDFModel {
  try URDFModel(urdf: Array(text.utf8), path: "thing.urdf")
}

@Suite struct URDFTests {
  private static let model = """
    <?xml version="0.0" ?>
    <!-- two links -->
    <robot name="thing">
      <material name="red"><color rgba="1 0 0 1"/></material>
      <material name="red"><color rgba="0 0 0 1"/></material>
      <link name="base">
        <visual>
          <geometry><box size="1 2  3"/></geometry>
          <material name="red"/>
        </visual>
      </link>
      <link name='arm'>
        <inertial>
          <origin xyz="0 0 .5"/>
          <mass value="2."/>
          <inertia ixx="1" ixy="0" ixz="0" iyy="1" iyz="0" izz="1"/>
        </inertial>
        <contact><lateral_friction value="0.7"/><friction_anchor/></contact>
        <visual>
          <origin rpy="0 0 0"/>
          <geometry><mesh filename="package://arm.obj" scale="1 1 2"/></geometry>
          <material name="blue"><color rgba="0 0 1 1"/></material>
        </visual>
        <visual>
          <geometry><cylinder radius="1" length="2"/></geometry>
          <material name="blue"><color rgba="0 0 0.5 1"/></material>
        </visual>
        <collision concave="no">
          <geometry><sphere radius="3"/></geometry>
        </collision>
      </link>
      <joint name="turn" type="revolute">
        <origin xyz="1 0 0" rpy="0 0 1.57"/>
        <parent link="base"/>
        <child link="arm"/>
        <limit effort="100" velocity="3"/>
        <dynamics damping="0.5"/>
      </joint>
    </robot>
    """

  @Test func modelIsRead() throws {
    let model = try read(Self.model)
    #expect(model.name == "thing" && model.path == "thing.urdf")
    #expect(model.links.map(\.name) == ["base", "arm"])
    let base = model.links[0]
    #expect(base.inertial == URDFInertial() && base.contact == URDFContact())
    #expect(base.visuals[0].geometry == .box(size: Vector3(1, 2, 3)))
    #expect(base.visuals[0].origin.rollPitchYaw == nil)
    let arm = model.links[1]
    #expect(arm.inertial.mass == 2 && arm.inertial.origin.position == Vector3(0, 0, 0.5))
    #expect(arm.contact.lateralFriction == 0.7 && arm.contact.hasFrictionAnchor)
    #expect(arm.contact.spinningFriction == nil)
    #expect(arm.visuals[0].origin.rollPitchYaw == .zero)
    #expect(arm.visuals[0].geometry == .mesh(path: "package://arm.obj", scale: Vector3(1, 1, 2)))
    #expect(arm.visuals[1].geometry == .cylinder(radius: 1, length: 2))
    #expect(
      arm.collisions == [
        URDFCollision(origin: URDFOrigin(), geometry: .sphere(radius: 3), isConcave: true)
      ])
    let joint = model.joints[0]
    #expect(joint.axis == Vector3(1, 0, 0) && joint.lower == 0 && joint.upper == -1)
    #expect(joint.effort == 100 && joint.damping == 0.5 && joint.friction == 0)
  }

  /// At the top the first definition of a name stays; a visual's definition replaces it for all links.
  @Test func laterVisualMaterialsReplaceEarlierOnes() throws {
    let model = try read(Self.model)
    #expect(model.materials["red"] == SIMD4(1, 0, 0, 1))
    #expect(model.materials["blue"] == SIMD4(0, 0, 0.5, 1))
    #expect(model.links[0].visuals[0].localColor == nil)
    #expect(model.links[1].visuals[0].localColor == SIMD4(0, 0, 1, 1))
  }

  @Test func linksAreNumberedDepthFirst() throws {
    let names = ["root", "a", "b", "a1", "a2", "b1"]
    let joints = [
      ("root", "a"), ("b", "b1"), ("root", "b"), ("a", "a2"), ("a", "a1"),
    ]
    var text = "<robot name=\"tree\">"
    for name in names { text += "<link name=\"\(name)\"/>" }
    for (parent, child) in joints {
      text += "<joint name=\"\(child)\" type=\"fixed\">"
      text += "<parent link=\"\(parent)\"/><child link=\"\(child)\"/></joint>"
    }
    let model = try read(text + "</robot>")
    #expect(model.depthFirstJoints.map(\.child) == ["a", "a2", "a1", "b", "b1"])
    #expect(model.linkIndex("root") == -1 && model.linkIndex("b") == 3)
    #expect(model.linkIndex("nothing") == nil)
  }

  @Test(arguments: [
    ("<robot name=\"thing\">", "<robot>", 3, "attribute name"),
    ("size=\"1 2  3\"", "size=\"1 2\"", 8, "3 numbers"),
    ("rgba=\"1 0 0 1\"", "rgba=\"1 0 0\"", 4, "4 numbers"),
    ("<link name='arm'>", "<link name='base'>", 12, "unique link names"),
    ("value=\"2.\"", "value=\"two\"", 15, "'two'"),
    ("value=\"2.\"", "value=\"-1\"", 13, "at least 0 kg"),
    ("<sphere radius=\"3\"/>", "<torus/>", 29, "<torus>"),
    ("<sphere radius=\"3\"/>", "", 29, "a shape in <geometry>"),
    ("arm.obj", "arm.dae", 21, ".obj or .stl"),
    ("type=\"revolute\"", "type=\"planar\"", 32, "revolute, continuous, prismatic or fixed"),
    ("<limit effort=\"100\" velocity=\"3\"/>", "", 32, "expected <limit>"),
    ("<child link=\"arm\"/>", "<child link=\"leg\"/>", 32, "'leg', which does not exist"),
    ("<child link=\"arm\"/>", "<child link=\"base\"/>", 3, "a loop"),
    ("</collision>", "</colision>", 30, "expected </collision> (line 28)"),
    ("</robot>", "", 3, "expected </robot> before the end"),
    ("<mass value=\"2.\"/>", "<mass value=\"2./>", 15, "found <"),
    ("radius=\"3\"", "radius=3", 29, "quoted value"),
    ("radius=\"3\"", "radius=\"&foo;\"", 29, "&amp;"),
    ("<contact>", "<>", 18, "element's name"),
  ])
  func errorsNameTheLine(old: String, new: String, line: Int, words: String) {
    let error = #expect(throws: AssetError.self) {
      try read(Self.model.replacing(old, with: new, maxReplacements: 1))
    }
    #expect(error?.line == line, "\(String(describing: error))")
    #expect(error?.message.contains(words) == true, "\(String(describing: error))")
  }

  @Test func loopsAndSecondParentsAreRefused() {
    let head = "<robot name=\"r\"><link name=\"a\"/><link name=\"b\"/><link name=\"c\"/>"
    let joint = { (name: String, parent: String, child: String) in
      "<joint name=\"\(name)\" type=\"fixed\"><parent link=\"\(parent)\"/>"
        + "<child link=\"\(child)\"/></joint>"
    }
    let loop = joint("1", "b", "c") + joint("2", "c", "b")
    let twice = joint("1", "a", "c") + joint("2", "b", "c")
    for (joints, words) in [(loop, "a loop"), (twice, "found two")] {
      let error = #expect(throws: AssetError.self) { try read(head + joints + "</robot>") }
      #expect(error?.message.contains(words) == true)
    }
  }

  @Test func entitiesAreDecoded() throws {
    let model = try read("<robot name=\"a &amp; b &#x41;&lt;\"><link name=\"l\"/></robot>")
    #expect(model.name == "a & b A<")
  }

  @Test func meshesAreSearchedFromTheDeepestFolderUp() throws {
    try withFile("part.obj", "v 0 0 0") { file in
      let folder = file.dropLast("/part.obj".count)
      #expect(findMesh("package://part.obj", besideURDF: "\(folder)/urdf/x/a.urdf") == file)
      #expect(findMesh("file://\(file)", besideURDF: "/elsewhere/a.urdf") == file)
      #expect(findMesh("../part.obj", besideURDF: "\(folder)/urdf/a.urdf") == nil)
      #expect(findMesh("nothing.obj", besideURDF: "\(folder)/a.urdf") == nil)
    }
  }
}
