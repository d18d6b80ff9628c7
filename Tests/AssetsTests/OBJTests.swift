import Testing

@testable import Assets

private func read(_ text: String, _ materials: [MTLMaterial]? = nil) throws -> OBJModel {
  try OBJModel(obj: Array(text.utf8), file: "mesh.obj") { _ in materials }
}

private func failure(_ text: String) -> AssetError? {
  #expect(throws: AssetError.self) { try read(text) }
}

@Suite struct OBJTests {
  private static let square = """
    v 0 0 0
    v 1 0 0
    v 1 1 0
    v 0 1 0

    """

  @Test func polygonsAreFanned() throws {
    let model = try read(Self.square + "f 1 2 3 4\n")
    #expect(model.positions == [0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0])
    #expect(model.groups.count == 1)
    #expect(model.groups[0].corners.map(\.position) == [0, 1, 2, 0, 2, 3])
  }

  @Test func numbersAreFloat32() throws {
    let model = try read("v 0.225 0.1 -1e-3\nv 0 0 0\nv 1 1 1\nf 1 2 3")
    #expect(model.positions.prefix(3) == [0.225 as Float, 0.1, -0.001])
    #expect(Double(model.positions[0]) * 0.8 == 0x1.70a3d66666667p-3)
  }

  @Test func cornersTakeAllForms() throws {
    let model = try read(
      Self.square + "vt 0 0\nvt 1 0\nvn 0 0 1\nf 1 2/2 3//1\nf 1/1/1 -1/-1/-1 2\n")
    #expect(
      model.groups[0].corners == [
        OBJCorner(position: 0, textureCoordinate: -1, normal: -1),
        OBJCorner(position: 1, textureCoordinate: 1, normal: -1),
        OBJCorner(position: 2, textureCoordinate: -1, normal: 0),
        OBJCorner(position: 0, textureCoordinate: 0, normal: 0),
        OBJCorner(position: 3, textureCoordinate: 1, normal: 0),
        OBJCorner(position: 1, textureCoordinate: -1, normal: -1),
      ])
  }

  @Test func normalsOutOfRangeCountAsMissing() throws {
    let model = try read(Self.square + "vn 0 0 1\nf 1//1 2//2 3//1\n")
    #expect(model.groups[0].corners.map(\.normal) == [0, -1, 0])
  }

  @Test func objectsAndGroupsSplitAndMaterialsDoNot() throws {
    let text = """
      mtllib some.mtl
      f 1 2 3
      o first
      usemtl wood
      f 1 2 3
      usemtl metal
      f 1 3 4
      g
      o empty
      g second
      usemtl unknown
      f 1 2 4
      """
    let materials = [
      MTLMaterial(name: "wood", diffuseTexture: "wood.png"),
      MTLMaterial(name: "metal", diffuseTexture: nil),
    ]
    let model = try read(Self.square + text, materials)
    #expect(model.groups.map(\.name) == ["", "first", "second"])
    #expect(model.groups.map(\.material) == [nil, 1, nil])
    #expect(model.groups.map { $0.corners.count / 3 } == [1, 2, 1])
  }

  @Test func facesMayComeFirst() throws {
    let model = try read("f 1 2 3\nv 0 0 0\r\nv 1 0 0\r\n  v\t1 1 0 \r\n")
    #expect(model.groups[0].corners.map(\.position) == [0, 1, 2])
  }

  @Test(arguments: [
    ("v 0 0\n", 1, "three coordinates"), ("v 0 0 x\n", 1, "'x'"), ("\n\nvn 1 nan 0", 3, "'nan'"),
    ("vt 1\n", 1, "two coordinates"), ("v 0 0 1e39\n", 1, "'1e39'"),
  ])
  func numbersFailWithTheirLine(text: String, line: Int, words: String) {
    let error = failure(text)
    #expect(error?.line == line && error?.file == "mesh.obj")
    #expect(error?.message.contains(words) == true)
  }

  @Test(arguments: [
    ("f 1 2\n", 5, "three corners"), ("f 0 1 2\n", 5, "'0'"), ("f 1 2 3/x\n", 5, "'3/x'"),
    ("f 1 2 3/1/1/1\n", 5, "corner"), ("f 1 2 -5\n", 5, "before the first of 4"),
    ("f 1 2 3\nf 1 2 9\nv 0 0 0\n", 6, "5 vertices"), ("f 1 2 99999999999\n", 5, "corner"),
  ])
  func facesFailWithTheirLine(text: String, line: Int, words: String) {
    let error = failure(Self.square + text)
    #expect(error?.line == line)
    #expect(error?.message.contains(words) == true)
  }

  @Test func materialsAreRead() throws {
    let text = """
      # comment
      newmtl wood
      Kd 1 1 1
      map_Kd  textures/my wood.png\u{20}
      newmtl plain
      """
    let materials = try MTLMaterial.materials(mtl: Array(text.utf8), file: "a.mtl")
    #expect(
      materials == [
        MTLMaterial(name: "wood", diffuseTexture: "textures/my wood.png"),
        MTLMaterial(name: "plain", diffuseTexture: nil),
      ])
    let error = #expect(throws: AssetError.self) {
      try MTLMaterial.materials(mtl: Array("\nnewmtl\n".utf8), file: "a.mtl")
    }
    #expect(error?.line == 2)
  }
}
