import Geometry

/// The table's body in its own frame: top, legs, drawer case and the cabinet with its slanted front.
struct TableBase {
  let design: TableDesign
  private let wood = Wood(grain: Vector3(1, 0, 0), offset: SIMD2(0.1, 0.02))
  private let upright = Wood(grain: Vector3(0, 0, 1), offset: SIMD2(0.4, 0.3))

  private let halfWidth = 0.55
  private let front = -0.225
  private let back = 0.225
  private let top = 0.55
  private let underside = 0.5
  private let cabinetFoot = 0.025
  private let cabinetHeight = 0.80981
  /// Along the cabinet's front, which leans back by 30 degrees.
  private let slope = Vector3(0, 0.5, 0.8660254037844386)
  private let slopeLength = 0.3
  /// Out of the cabinet's front.
  private let outward = Vector3(0, -0.8660254037844386, 0.5)
  private let ceiling = 0.7848
  private let shelf = 0.525
  private let cavityBack = 0.2

  private var cavity: ClosedRange<Double> {
    (design.plank.position.x - 0.325)...(design.plank.position.x + 0.325)
  }

  private var bay: ClosedRange<Double> {
    (design.drawer.position.x - 0.25)...(design.drawer.position.x + 0.25)
  }

  private var slots: [ClosedRange<Double>] {
    [-0.0625, 0.0625].map {
      let centre = design.`switch`.position.x + $0
      return (centre - 0.0125)...(centre + 0.0125)
    }
  }

  /// The one surface for the eye and for contacts.
  func mesh() -> Mesh {
    [tabletop, cabinetShell, cabinetFront, cavityWalls, drawerCase, legs, buttonRing]
      .reduce(Mesh(), +)
  }

  private func rectangle(_ origin: Vector3, _ first: Vector3, _ second: Vector3) -> Mesh {
    Shapes.rectangle(origin, first, second, wood)
  }

  private func x(_ length: Double) -> Vector3 { Vector3(length, 0, 0) }
  private func y(_ length: Double) -> Vector3 { Vector3(0, length, 0) }
  private func z(_ length: Double) -> Vector3 { Vector3(0, 0, length) }

  private var tabletop: Mesh {
    let width = 2 * halfWidth
    let depth = back - front
    let thickness = top - underside
    return rectangle(Vector3(-halfWidth, front, top), x(width), y(cabinetFoot - front))
      + rectangle(Vector3(-halfWidth, front, underside), x(width), z(thickness))
      + rectangle(Vector3(-halfWidth, front, underside), y(depth), x(width))
      + rectangle(Vector3(-halfWidth, front, underside), z(thickness), y(depth))
      + rectangle(Vector3(halfWidth, front, underside), y(depth), z(thickness))
  }

  private var cabinetShell: Mesh {
    let topDepth = back - (cabinetFoot + slopeLength * slope.y)
    let side = { (x: Double) in
      [
        Vector3(x, cabinetFoot, top), Vector3(x, back, top), Vector3(x, back, cabinetHeight),
        Vector3(x, back - topDepth, cabinetHeight),
      ]
    }
    return rectangle(
      Vector3(-halfWidth, back - topDepth, cabinetHeight), x(2 * halfWidth), y(topDepth))
      + rectangle(
        Vector3(-halfWidth, back, underside), z(cabinetHeight - underside), x(2 * halfWidth))
      + Shapes.polygon(side(halfWidth), wood) + Shapes.polygon(side(-halfWidth).reversed(), wood)
  }

  /// The slanted front as strips around the cavity's mouth and the two slots.
  private var cabinetFront: Mesh {
    let mouth = (ceiling - top) / slope.z
    let slot = 0.075...0.225
    let isSlotLeft = design.`switch`.position.x < design.plank.position.x
    let slotSide =
      isSlotLeft ? -halfWidth...cavity.lowerBound : cavity.upperBound...halfWidth
    let plainSide =
      isSlotLeft ? cavity.upperBound...halfWidth : -halfWidth...cavity.lowerBound
    var mesh = strip(plainSide, 0...slopeLength) + strip(cavity, mouth...slopeLength)
    mesh.append(
      strip(slotSide, 0...slot.lowerBound) + strip(slotSide, slot.upperBound...slopeLength))
    var start = slotSide.lowerBound
    for range in slots.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      mesh.append(strip(start...range.lowerBound, slot))
      mesh.append(recess(range, slot))
      start = range.upperBound
    }
    return mesh + strip(start...slotSide.upperBound, slot)
  }

  private func onFront(_ x: Double, _ along: Double) -> Vector3 {
    Vector3(x, cabinetFoot, top) + along * slope
  }

  private func strip(_ range: ClosedRange<Double>, _ along: ClosedRange<Double>) -> Mesh {
    rectangle(
      onFront(range.lowerBound, along.lowerBound), x(range.upperBound - range.lowerBound),
      (along.upperBound - along.lowerBound) * slope)
  }

  /// A slot one centimetre deep.
  private func recess(_ range: ClosedRange<Double>, _ along: ClosedRange<Double>) -> Mesh {
    let inward = -0.01 * outward
    let corner = onFront(range.lowerBound, along.lowerBound)
    let width = x(range.upperBound - range.lowerBound)
    let length = (along.upperBound - along.lowerBound) * slope
    return rectangle(corner + inward, width, length)
      + rectangle(corner, inward, length) + rectangle(corner + width, length, inward)
      + rectangle(corner, width, inward) + rectangle(corner + length, inward, width)
  }

  /// Where the sliding door's shelf is: the plank fills the step at its floor.
  private var cavityWalls: Mesh {
    let ceilingFront = cabinetFoot + (ceiling - top) / slope.z * slope.y
    let width = x(cavity.upperBound - cavity.lowerBound)
    let side = { (x: Double) in
      [
        Vector3(x, cabinetFoot, shelf), Vector3(x, cavityBack, shelf),
        Vector3(x, cavityBack, ceiling), Vector3(x, ceilingFront, ceiling),
        Vector3(x, cabinetFoot, top),
      ]
    }
    let left = cavity.lowerBound
    return rectangle(Vector3(left, cavityBack, shelf), width, z(ceiling - shelf))
      + rectangle(Vector3(left, ceilingFront, ceiling), y(cavityBack - ceilingFront), width)
      + rectangle(Vector3(left, cabinetFoot, shelf), width, y(cavityBack - cabinetFoot))
      + rectangle(Vector3(left, cabinetFoot, shelf), z(top - shelf), width)
      + Shapes.polygon(side(left), wood)
      + Shapes.polygon(side(cavity.upperBound).reversed(), wood)
  }

  /// The case below the top that the drawer runs in.
  private var drawerCase: Mesh {
    let (side, depth, bottom) = (0.525, 0.2, 0.375)
    let height = underside - bottom
    let (bayFloor, bayBack) = (0.4, 0.075)
    let bayWidth = bay.upperBound - bay.lowerBound
    let bayHeight = underside - bayFloor
    return rectangle(Vector3(-side, -depth, bottom), x(bay.lowerBound + side), z(height))
      + rectangle(
        Vector3(bay.upperBound, -depth, bottom), x(side - bay.upperBound), z(height))
      + rectangle(Vector3(bay.lowerBound, -depth, bottom), x(bayWidth), z(bayFloor - bottom))
      + rectangle(Vector3(-side, depth, bottom), z(height), x(2 * side))
      + rectangle(Vector3(-side, -depth, bottom), y(2 * depth), x(2 * side))
      + rectangle(Vector3(-side, -depth, bottom), z(height), y(2 * depth))
      + rectangle(Vector3(side, -depth, bottom), y(2 * depth), z(height))
      + rectangle(Vector3(bay.lowerBound, -depth, bayFloor), x(bayWidth), y(depth + bayBack))
      + rectangle(Vector3(bay.lowerBound, bayBack, bayFloor), x(bayWidth), z(bayHeight))
      + rectangle(
        Vector3(bay.lowerBound, -depth, bayFloor), y(depth + bayBack), z(bayHeight))
      + rectangle(
        Vector3(bay.upperBound, -depth, bayFloor), z(bayHeight), y(depth + bayBack))
  }

  private var legs: Mesh {
    var mesh = Mesh()
    for left in [-0.55, 0.5] {
      for near in [-0.225, 0.185] {
        mesh.append(
          Shapes.box(Vector3(left, near, 0), Vector3(left + 0.05, near + 0.04, underside), upright))
      }
    }
    return mesh
  }

  /// The collar the button sits in.
  private var buttonRing: Mesh {
    let profile = [
      (r: 0.05, z: 0.0), (r: 0.05, z: 0.025), (r: 0.0375, z: 0.025), (r: 0.0375, z: 0),
    ]
    let place = Vector3(design.button.position.x, design.button.position.y, top)
    return Shapes.lathe(profile, segments: 24).translated(place).paneled(wood)
  }
}
