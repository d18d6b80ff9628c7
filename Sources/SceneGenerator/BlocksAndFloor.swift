import Assets
import Geometry

/// The three blocks in their three sizes and the floor.
enum BlocksAndFloor {
  /// Full edge lengths, metres before scaling.
  private static let sizes: [(name: String, size: Vector3, text: String)] = [
    ("small", Vector3(0.05, 0.05, 0.05), "0.05 0.05 0.05"),
    ("middle", Vector3(0.07, 0.05, 0.05), "0.07 0.05 0.05"),
    ("big", Vector3(0.1, 0.05, 0.05), "0.1 0.05 0.05"),
  ]

  private static let colors = [
    ("red", "0.9 0.08 0.08 1"), ("blue", "0.07 0.12 0.92 1"), ("pink", "0.96 0.12 0.9 1"),
  ]

  static func files() throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [
      "plane/plane.urdf": plane(), "plane/plane.obj": quad(),
      "plane/plane.mtl": Array("newmtl surface\nKd 1 1 1\nmap_Kd floor.png\n".utf8),
      "plane/floor.png": try Textures.floor().pngData(level: 9),
    ]
    for (name, size, text) in sizes {
      let mesh = Shapes.roundedBox(-size / 2, size / 2, radius: 0.003)
      files["blocks/meshes/\(name).obj"] = mesh.obj(name: name)
      for (color, rgba) in colors {
        files["blocks/block_\(color)_\(name).urdf"] = block(color, rgba, name, text)
      }
    }
    return files
  }

  private static func block(
    _ color: String, _ rgba: String, _ size: String, _ extents: String
  ) -> [UInt8] {
    var urdf = URDFText(robot: "block_\(color)")
    urdf.append(
      URDFText.Link(
        name: "base_link", mass: "1", visual: "meshes/\(size).obj", collision: "box \(extents)",
        material: (color, rgba),
        contact: [
          "<lateral_friction value=\"0.7\"/>", "<spinning_friction value=\"0.001\"/>",
        ]))
    return urdf.bytes
  }

  private static func plane() -> [UInt8] {
    var urdf = URDFText(robot: "plane")
    urdf.append(
      URDFText.Link(
        name: "planeLink", visual: "plane.obj", collision: "box 200 200 10",
        collisionOrigin: "0 0 -5", material: ("white", "1 1 1 1"),
        contact: ["<lateral_friction value=\"1\"/>"]))
    return urdf.bytes
  }

  /// Thirty metres of floor.
  private static func quad() -> [UInt8] {
    let corners = [(-15.0, -15.0), (15, -15), (15, 15), (-15, 15)]
    let mesh = Mesh.polygon(
      corners.map { Vector3($0.0, $0.1, 0) },
      corners.map { SIMD2(($0.0 + 15) / 2, ($0.1 + 15) / 2) })
    return mesh.obj(name: "plane", library: "plane.mtl")
  }
}
