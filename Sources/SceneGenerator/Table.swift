import Assets
import Geometry

/// Everything in a table's folder, by path within `data/`.
struct Table {
  let design: TableDesign

  private var folder: String { "table_\(design.name)" }

  func files() throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [
      "\(folder)/urdf/table_\(design.name).urdf": urdf(),
      "\(folder)/textures/wood.png": try Textures.wood(design.wood).pngData(level: 9),
      "\(folder)/meshes/wood.mtl": library("wood"),
    ]
    let trim = design.trim == nil ? "wood" : "trim"
    if let kind = design.trim {
      files["\(folder)/textures/trim.png"] = try Textures.wood(kind).pngData(level: 9)
      files["\(folder)/meshes/trim.mtl"] = library("trim")
    }
    let drawn: [(String, Mesh, String)] = [
      ("base", TableBase(design: design).mesh(), "wood"), ("slide", TableParts.slide(), trim),
      ("drawer", TableParts.drawer(), trim), ("plank", TableParts.plank(), "wood"),
    ]
    for (name, mesh, texture) in drawn {
      files["\(folder)/meshes/\(name).obj"] = mesh.obj(name: name, library: "\(texture).mtl")
    }
    return files
  }

  /// The meshes all four tables share.
  static func sharedFiles() -> [String: [UInt8]] {
    let bulbs: [(String, Double)] = [("light", -0.035), ("light_B", -0.03)]
    var files: [String: [UInt8]] = [
      "table/meshes/switch.obj": TableParts.switch().obj(name: "switch"),
      "table/meshes/button.obj": TableParts.button().obj(name: "button"),
      "table/meshes/led.obj": TableParts.led().obj(name: "led"),
      "table/meshes/slide_collision.obj": hulls(TableParts.slideHulls()),
      "table/meshes/drawer_collision.obj": hulls(TableParts.drawerHulls()),
      "table/meshes/switch_collision.obj": hulls(TableParts.switchHulls()),
      "table/meshes/button_collision.stl": TableParts.buttonHull().stl(),
      "table/meshes/led_collision.stl": TableParts.ledHull().stl(),
    ]
    for (name, depth) in bulbs {
      files["table/meshes/\(name).obj"] = TableParts.light(depth: depth, segments: 28)
        .obj(name: "light")
      files["table/meshes/\(name)_collision.stl"] = TableParts.light(depth: depth, segments: 16)
        .stl()
    }
    return files
  }

  private static func hulls(_ parts: [[Vector3]]) -> [UInt8] {
    var file = OBJText()
    for (index, points) in parts.enumerated() {
      file.begin("hull_\(index)")
      file.appendShape(.hull(points))
    }
    return file.bytes
  }

  private func library(_ texture: String) -> [UInt8] {
    Array("newmtl surface\nKd 1 1 1\nmap_Kd ../textures/\(texture).png\n".utf8)
  }

  private func urdf() -> [UInt8] {
    let shared = "../../table/meshes"
    let white = (name: "white", rgba: "1 1 1 1")
    let bulb = design.name == "B" ? "light_B" : "light"
    var urdf = URDFText(robot: "table_\(design.name)")
    var link = URDFText.Link(
      name: "base_link", centreOfMass: design.baseCentreOfMass, visual: "../meshes/base.obj",
      collision: "../meshes/base.obj", isConcave: true, material: white)
    urdf.append(link)

    link = URDFText.Link(
      name: "button_link", mass: "0.153812376319756", centreOfMass: "0 0.015 0",
      visual: "\(shared)/button.obj", collision: "\(shared)/button_collision.stl",
      material: ("black", "0.08 0.08 0.09 1"))
    urdf.append(link)
    urdf.append(joint("button", design.button, "0 -1 0", upper: "0.025"))

    link = URDFText.Link(
      name: "switch_link", mass: "0.238786703751891", centreOfMass: "0 0.0501954388893268 -0.01",
      visual: "\(shared)/switch.obj", collision: "\(shared)/switch_collision.obj",
      material: ("grey", "0.36 0.37 0.39 1"))
    urdf.append(link)
    urdf.append(joint("switch", design.`switch`, "0 0 -1", upper: "0.11"))

    link = URDFText.Link(
      name: "slide_link", mass: "1.54349139995684", centreOfMass: design.slideCentreOfMass,
      visual: "../meshes/slide.obj", collision: "\(shared)/slide_collision.obj", material: white)
    urdf.append(link)
    urdf.append(joint("slide", design.slide, "-1 0 0", upper: design.slideUpper))

    link = URDFText.Link(
      name: "drawer_link", mass: "4.23128077824699",
      centreOfMass: "0 0.033198054271063 0.0988554042464424", visual: "../meshes/drawer.obj",
      collision: "\(shared)/drawer_collision.obj", material: white)
    urdf.append(link)
    urdf.append(joint("drawer", design.drawer, "0 0 1", upper: "0.275"))

    link = URDFText.Link(
      name: "led_link", mass: "0.204", centreOfMass: "0 0.01 0", visual: "\(shared)/led.obj",
      collision: "\(shared)/led_collision.stl", material: white)
    urdf.append(link)
    urdf.append(fixed("led", design.led))

    link = URDFText.Link(
      name: "light_link", mass: design.lightMass, centreOfMass: design.lightCentreOfMass,
      visual: "\(shared)/\(bulb).obj", collision: "\(shared)/\(bulb)_collision.stl",
      material: white)
    urdf.append(link)
    urdf.append(fixed("light", design.light))

    link = URDFText.Link(
      name: "plank_link", mass: "2.84375", centreOfMass: "0 0.0125 0",
      visual: "../meshes/plank.obj", collision: "../meshes/plank.obj", material: white)
    urdf.append(link)
    urdf.append(fixed("plank", design.plank))
    return urdf.bytes
  }

  private func joint(
    _ name: String, _ origin: TableDesign.Origin, _ axis: String, upper: String
  ) -> URDFText.Joint {
    URDFText.Joint(
      name: "base__\(name)", type: "prismatic", parent: "base_link", child: "\(name)_link",
      position: origin.text, angles: origin.angles, axis: axis,
      limit: "lower=\"0\" upper=\"\(upper)\" effort=\"0\" velocity=\"0\"")
  }

  private func fixed(_ name: String, _ origin: TableDesign.Origin) -> URDFText.Joint {
    URDFText.Joint(
      name: "base__\(name)", type: "fixed", parent: "base_link", child: "\(name)_link",
      position: origin.text, angles: origin.angles)
  }
}
