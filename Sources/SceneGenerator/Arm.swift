import Assets
import Geometry

/// The arm's meshes in their link frames. The outlines keep to the space the Panda's links take, the
/// forms are ours: drums at the joints, tubes between them, all in smooth blends.
enum Arm {
  /// Spacing of the triangles, metres.
  private static let cell = 0.0099
  private static let x = Vector3(1, 0, 0)
  private static let y = Vector3(0, 1, 0)
  private static let z = Vector3(0, 0, 1)

  static func files() throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [
      "arm/meshes/palette.mtl": Array("newmtl surface\nKd 1 1 1\nmap_Kd palette.png\n".utf8),
      "arm/meshes/palette.png": try Palette.picture().pngData(level: 9),
      "arm/meshes/tip_collision.stl": tipHull().stl(),
    ]
    let drawn: [(String, Mesh)] = [
      ("link0", link0()), ("link1", link1()), ("link2", link2()), ("link3", link3()),
      ("link4", link4()), ("link5", link5()), ("link6", link6()), ("link7", link7()),
      ("hand", hand()), ("finger", finger()), ("tip", tip()), ("camera", camera()),
    ]
    for (name, mesh) in drawn {
      files["arm/meshes/\(name).obj"] = mesh.obj(name: name, library: "palette.mtl")
    }
    for (name, points) in ArmHulls.all {
      var file = OBJText()
      file.begin(name)
      file.appendShape(.hull(points))
      files["arm/meshes/\(name)_collision.obj"] = file.bytes
    }
    return files
  }

  // MARK: Pieces

  /// A drum from the joint's middle (flat) to a domed end `length` along `axis`.
  private static func drum(_ centre: Vector3, _ axis: Vector3, length: Double, radius: Double)
    -> Solid
  {
    .cylinder(centre, centre + length * axis, radius, rounding: 0.034)
      .union(
        .cylinder(centre, centre + 0.5 * length * axis, radius, rounding: 0.003), blend: 0.001)
  }

  private static func tube(_ from: Vector3, _ to: Vector3, _ radius: Double) -> Solid {
    .cylinder(from, to, radius, rounding: 0.003)
  }

  /// The room the neighbouring link's drum needs, from the joint's middle outwards.
  private static func room(_ centre: Vector3, _ axis: Vector3, radius: Double = 0.0575) -> Solid {
    .cylinder(centre + 0.0005 * axis, centre + 0.2 * axis, radius, rounding: 0.002)
  }

  /// A graphite disc let into a drum's domed end.
  private static func cap(_ end: Vector3, _ axis: Vector3, radius: Double) -> Mesh {
    let profile: [(r: Double, z: Double)] =
      [(radius, -0.012)]
      + Shapes.arc(
        centre: (radius - 0.002, -0.0005), radius: 0.002, from: 0, to: 90, steps: 2)
      + [(radius * 0.55, 0.003), (0, 0.0035)]
    return Shapes.lathe(profile, segments: 24).rotated(zTo: axis).translated(end)
      .colored(.graphite)
  }

  /// A thin band around a drum or a tube.
  private static func band(
    _ centre: Vector3, _ axis: Vector3, radius: Double, width: Double, _ color: Palette
  ) -> Mesh {
    let half = width / 2
    let profile: [(r: Double, z: Double)] = [
      (radius - 0.004, -half), (radius, -half), (radius, half), (radius - 0.004, half),
    ]
    return Shapes.lathe(profile, segments: 32).rotated(zTo: axis).translated(centre)
      .colored(color)
  }

  private static func body(_ solid: Solid, _ lower: Vector3, _ upper: Vector3) -> Mesh {
    solid.mesh(lower: lower, upper: upper, cell: cell).colored(.white)
  }

  // MARK: Links

  private static func link0() -> Mesh {
    let foot = Solid.box(Vector3(-0.042, 0, 0.014), Vector3(0.11, 0.088, 0.014), rounding: 0.012)
    let column = Solid.cone(Vector3(0, 0, 0.03), 0.066, Vector3(0, 0, 0.15), 0.056)
    let spine = Solid.cone(Vector3(-0.1, 0, 0.03), 0.034, Vector3(-0.02, 0, 0.09), 0.045)
    let solid = foot.union(column, blend: 0.05).union(spine, blend: 0.04)
      .cut(Vector3(0, 0, 0.1385), normal: z).cut(.zero, normal: -z)
    return body(solid, Vector3(-0.155, -0.095, 0), Vector3(0.075, 0.095, 0.14))
      + band(Vector3(0, 0, 0.1365), z, radius: 0.0565, width: 0.007, .graphite)
      + Shapes.roundedBox(Vector3(-0.158, -0.03, 0.02), Vector3(-0.13, 0.03, 0.045), radius: 0.004)
      .colored(.graphite)
  }

  private static func link1() -> Mesh {
    let solid = drum(.zero, -y, length: 0.1285, radius: 0.0548)
      .union(tube(Vector3(0, 0, -0.1915), Vector3(0, 0, -0.03), 0.0545), blend: 0.05)
      .subtracting(room(.zero, y), blend: 0.012)
    return body(solid, Vector3(-0.056, -0.13, -0.193), Vector3(0.056, 0.056, 0.056))
      + cap(Vector3(0, -0.1285, 0), -y, radius: 0.030)
      + band(Vector3(0, 0, -0.18), z, radius: 0.0553, width: 0.004, .accent)
  }

  private static func link2() -> Mesh {
    let solid = drum(.zero, z, length: 0.1285, radius: 0.0548)
      .union(tube(Vector3(0, -0.1935, 0), Vector3(0, -0.03, 0), 0.0545), blend: 0.05)
      .subtracting(room(.zero, -z), blend: 0.012)
    return body(solid, Vector3(-0.056, -0.195, -0.056), Vector3(0.056, 0.056, 0.13))
      + cap(Vector3(0, 0, 0.1285), z, radius: 0.030)
  }

  private static func link3() -> Mesh {
    let elbow = Vector3(0.0825, 0, 0)
    let solid = drum(elbow, y, length: 0.1105, radius: 0.0548)
      .union(tube(Vector3(0, 0, -0.1205), Vector3(0, 0, -0.035), 0.0545), blend: 0.055)
      .subtracting(room(elbow, -y), blend: 0.012)
    return body(solid, Vector3(-0.056, -0.056, -0.122), Vector3(0.139, 0.112, 0.056))
      + cap(elbow + 0.1105 * y, y, radius: 0.030)
      + band(Vector3(0, 0, -0.11), z, radius: 0.0553, width: 0.004, .accent)
  }

  private static func link4() -> Mesh {
    let forearm = Vector3(-0.0825, 0, 0)
    let solid = drum(.zero, z, length: 0.1105, radius: 0.0548)
      .union(tube(forearm + 0.035 * y, forearm + 0.1235 * y, 0.0545), blend: 0.055)
      .subtracting(room(.zero, -z), blend: 0.012)
    return body(solid, Vector3(-0.139, -0.056, -0.056), Vector3(0.056, 0.125, 0.112))
      + cap(Vector3(0, 0, 0.1105), z, radius: 0.030)
  }

  private static func link5() -> Mesh {
    let solid = tube(Vector3(0, 0, -0.2585), Vector3(0, 0, -0.2), 0.0545)
      .union(.cone(Vector3(0, 0.03, -0.2), 0.04, Vector3(0, 0.078, -0.03), 0.038), blend: 0.05)
      .union(
        .cylinder(Vector3(0, 0.02, 0), Vector3(0, 0.1295, 0), 0.0515, rounding: 0.016), blend: 0.03
      )
      .subtracting(room(Vector3(0, 0.0165, 0), -y, radius: 0.052), blend: 0.008)
    return body(solid, Vector3(-0.056, -0.056, -0.26), Vector3(0.056, 0.131, 0.054))
      + cap(Vector3(0, 0.1292, 0), y, radius: 0.034)
      + band(Vector3(0, 0, -0.248), z, radius: 0.0553, width: 0.004, .accent)
  }

  private static func link6() -> Mesh {
    let wrist = Vector3(0.088, 0, 0)
    let solid = Solid.cylinder(
      Vector3(0, 0, -0.012), Vector3(0, 0, 0.0555), 0.047, rounding: 0.014
    )
    .union(
      .cylinder(wrist - 0.0505 * y, wrist + 0.081 * y, 0.0435, rounding: 0.016), blend: 0.05)
    return body(solid, Vector3(-0.048, -0.052, -0.045), Vector3(0.133, 0.083, 0.057))
      + cap(Vector3(0, 0, 0.0555), z, radius: 0.032)
      + cap(wrist + 0.081 * y, y, radius: 0.026)
      + band(wrist - 0.046 * y, y, radius: 0.0445, width: 0.005, .graphite)
  }

  private static func link7() -> Mesh {
    let arm = Vector3(0.7071067811865476, 0.7071067811865476, 0)
    let flange = Solid.cylinder(
      Vector3(0, 0, 0.0525), Vector3(0, 0, 0.1065), 0.0435, rounding: 0.005)
    let solid = flange.union(
      .cone(Vector3(0, 0, 0.083), 0.022, 0.078 * arm + Vector3(0, 0, 0.085), 0.014), blend: 0.02)
    return solid.mesh(
      lower: Vector3(-0.045, -0.045, 0.05), upper: Vector3(0.083, 0.083, 0.108), cell: 0.007
    ).colored(.white)
      + band(Vector3(0, 0, 0.1), z, radius: 0.0442, width: 0.004, .accent)
  }

  // MARK: Gripper

  private static func hand() -> Mesh {
    let palm = Solid.box(Vector3(0, 0, 0.034), Vector3(0.0305, 0.1, 0.0315), rounding: 0.011)
    let taper = palm.cut(Vector3(0.0305, 0, 0.005), normal: Vector3(0.979, 0, 0.204))
      .cut(Vector3(-0.0305, 0, 0.005), normal: Vector3(-0.979, 0, 0.204))
    let solid = taper.union(
      .cylinder(Vector3(0, 0, -0.002), Vector3(0, 0, 0.02), 0.031, rounding: 0.003), blend: 0.008)
    let rail = Shapes.roundedBox(
      Vector3(-0.0115, -0.088, 0.0585), Vector3(0.0115, 0.088, 0.0668), radius: 0.003)
    let plug = Shapes.lathe(
      [(0, -0.0255), (0.009, -0.0255), (0.01, -0.0245), (0.01, 0.01)], segments: 20)
    return solid.mesh(
      lower: Vector3(-0.033, -0.102, -0.004), upper: Vector3(0.033, 0.102, 0.067), cell: 0.007
    ).colored(.white) + rail.colored(.graphite)
      + plug.translated(Vector3(0, -0.066, 0)).colored(.graphite)
      + band(Vector3(0, 0, 0.0005), z, radius: 0.0318, width: 0.004, .graphite)
  }

  /// The left finger; the right one is the same, turned.
  private static func finger() -> Mesh {
    let foot = Shapes.roundedBox(
      Vector3(-0.0102, 0.007, 0.0003), Vector3(0.0102, 0.0265, 0.018), radius: 0.002)
    let shaft = Shapes.roundedBox(
      Vector3(-0.0085, 0.0135, 0.012), Vector3(0.0085, 0.0215, 0.068), radius: 0.002)
    let pad = Shapes.roundedBox(
      Vector3(-0.0098, 0.0045, 0.064), Vector3(0.0098, 0.02, 0.0962), radius: 0.0025)
    let screws = [-0.0052, 0.0052].map { x in
      Shapes.lathe([(0.0023, -0.001), (0.0023, 0.0006), (0, 0.0006)], segments: 12)
        .rotated(zTo: y).translated(Vector3(x, 0.0265, 0.009)).colored(.steel)
    }
    return screws.reduce(
      foot.colored(.graphite) + shaft.colored(.graphite) + pad.colored(.graphite), +)
  }

  /// The soft pad at a finger's end: x out of the pad, a dome over 18 by 25 millimetres.
  private static func tipHeight(_ across: Double, _ along: Double) -> Double {
    0.0201 - 0.0018 * across * across - 0.0023 * along * along * along * along
  }

  private static let tipBase = 0.0161
  private static let tipCentre = 0.0172
  private static let tipHalf = (across: 0.0092, along: 0.0125)

  private static func tipPoint(_ across: Double, _ along: Double) -> Vector3 {
    Vector3(
      tipHeight(across, along), tipHalf.across * across, tipCentre + tipHalf.along * along)
  }

  private static func tip() -> Mesh {
    let (columns, rows) = (9, 13)
    var mesh = Mesh()
    for row in 0..<rows {
      for column in 0..<columns {
        let across = 2 * Double(column) / Double(columns - 1) - 1
        let along = 2 * Double(row) / Double(rows - 1) - 1
        let slope = Vector3(
          1, 2 * 0.0018 * across / tipHalf.across,
          4 * 0.0023 * along * along * along / tipHalf.along)
        mesh.vertices.append(
          Mesh.Vertex(
            position: tipPoint(across, along), normal: slope.normalized, textureCoordinate: .zero))
      }
    }
    mesh.addGrid(base: 0, columns: columns, rows: rows)
    return (mesh + tipSkirt(mesh, columns, rows)).colored(.gel)
  }

  /// The pad's sides, from the dome's rim down to its base.
  private static func tipSkirt(_ dome: Mesh, _ columns: Int, _ rows: Int) -> Mesh {
    let bottom = (0..<columns).map { $0 }
    let right = (1..<rows).map { $0 * columns + columns - 1 }
    let top = (0..<(columns - 1)).reversed().map { (rows - 1) * columns + $0 }
    let left = (1..<(rows - 1)).reversed().map { $0 * columns }
    let rim = (bottom + right + top + left).map { dome.vertices[$0].position }
    var mesh = Mesh()
    for (index, from) in rim.enumerated() {
      let to = rim[(index + 1) % rim.count]
      let low = Vector3(tipBase - 0.004, to.y, to.z)
      let corners = [to, from, Vector3(tipBase - 0.004, from.y, from.z), low]
      mesh.append(.polygon(corners, [.zero, .zero, .zero, .zero]))
    }
    return mesh
  }

  private static func tipHull() -> Mesh {
    var points: [Vector3] = []
    for row in 0...8 {
      for column in 0...6 {
        let (across, along) = (Double(column) / 3 - 1, Double(row) / 4 - 1)
        let point = tipPoint(across, along)
        points.append(point)
        let isRim = row == 0 || row == 8 || column == 0 || column == 6
        if isRim { points.append(Vector3(tipBase, point.y, point.z)) }
      }
    }
    return .hull(points)
  }

  /// The wrist camera: its view is along y, so the lens stays inside the near plane.
  private static func camera() -> Mesh {
    let house = Shapes.roundedBox(
      Vector3(-0.04, -0.0125, -0.005), Vector3(0.04, 0.0085, 0.005), radius: 0.003)
    let lenses = [-0.022, 0, 0.022].map { x in
      Shapes.lathe([(0.004, 0), (0.004, 0.0035), (0, 0.0035)], segments: 16).rotated(zTo: y)
        .translated(Vector3(x, 0.0083, 0)).colored(.rubber)
    }
    return lenses.reduce(house.colored(.steel), +)
  }
}
