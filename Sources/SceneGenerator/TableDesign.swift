import Geometry

/// What differs between the four play tables. Joint origins, limits and masses are CALVIN's, as are
/// the places of slots, bay and cavity that follow from them; lengths are unscaled metres (the scenes
/// scale them by 0.8).
struct TableDesign {
  /// A joint origin as the URDF gives it.
  struct Origin {
    var position: Vector3
    var text: String
    var angles: String

    init(_ x: Double, _ y: Double, _ z: Double, angles: String) {
      position = Vector3(x, y, z)
      text = "\(number(x)) \(number(y)) \(number(z))"
      self.angles = angles
    }
  }

  var name: String
  var baseCentreOfMass: String
  var button: Origin
  var `switch`: Origin
  var slide: Origin
  var slideUpper: String
  var slideCentreOfMass: String
  var drawer: Origin
  var led: Origin
  var light: Origin
  var lightCentreOfMass: String
  var lightMass: String
  var plank: Origin
  var wood: WoodKind
  /// Wood of door and drawer where it is not the table's.
  var trim: WoodKind?

  static let all = [a, b, c, d]

  static let a = TableDesign(
    name: "A", baseCentreOfMass: "0.00745063057322709 0.501032855485917 -0.0450543406685957",
    button: Origin(-0.35, -0.15, 0.575, angles: "1.5708 0 0"),
    switch: Origin(0.375, 0.07616, 0.61861, angles: "2.618 0 0"),
    slide: Origin(-0.125, 0.09375, 0.66908, angles: "1.0472 0 0"), slideUpper: "0.35",
    slideCentreOfMass: "-0.175 0 0.0204147302446787",
    drawer: Origin(0.125, 0, 0.4, angles: "1.5708 0 0"),
    led: Origin(-0.35, 0.2, 0.80981, angles: "1.5708 0 0"),
    light: Origin(0.375, 0.165, 0.80981, angles: "1.5708 0 0"),
    lightCentreOfMass: "0 0.0280266379242365 -0.035", lightMass: "0.173918312098126",
    plank: Origin(-0.125, 0.1125, 0.525, angles: "1.5708 0 0"), wood: .mahogany, trim: nil)

  static let b = TableDesign(
    name: "B", baseCentreOfMass: "-0.0591017040800947 0.501032855485917 -0.0450543406685957",
    button: Origin(0.35, -0.15, 0.575, angles: "1.5708 0 0"),
    switch: Origin(-0.4, 0.07616, 0.61861, angles: "2.618 0 0"),
    slide: Origin(0.11, 0.09375, 0.66908, angles: "1.0472 0 0"), slideUpper: "0.38",
    slideCentreOfMass: "0.175 0 0.0204147302446787",
    drawer: Origin(0.225, 0, 0.4, angles: "1.5708 0 0"),
    led: Origin(0.35, 0.2, 0.80981, angles: "1.5708 0 0"),
    light: Origin(-0.4, 0.17, 0.80981, angles: "1.5708 0 0"),
    lightCentreOfMass: "0 0.0299036530848263 -0.03", lightMass: "0.115259640607692",
    plank: Origin(0.1, 0.1125, 0.525, angles: "1.5708 0 0"), wood: .maple, trim: nil)

  static let c = TableDesign(
    name: "C", baseCentreOfMass: "-0.0432138999361933 0.501032855485917 -0.0450543406685958",
    button: Origin(-0.15, -0.15, 0.575, angles: "1.5708 0 0"),
    switch: Origin(-0.4, 0.07616, 0.61861, angles: "2.618 0 0"),
    slide: Origin(0.075, 0.09375, 0.66908, angles: "1.0472 0 0"), slideUpper: "0.3",
    slideCentreOfMass: "0.175 0 0.0204147302446786",
    drawer: Origin(0.125, 0, 0.4, angles: "1.5708 0 0"),
    led: Origin(-0.15, 0.2, 0.80981, angles: "1.5708 0 0"),
    light: Origin(-0.4, 0.165, 0.80981, angles: "1.5708 0 0"),
    lightCentreOfMass: "0 0.0280266379242365 -0.035", lightMass: "0.173918312098126",
    plank: Origin(0.1, 0.1125, 0.525, angles: "1.5708 0 0"), wood: .teak, trim: .rosewood)

  static let d = TableDesign(
    name: "D", baseCentreOfMass: "-0.00874455174683536 0.501032855485917 -0.0450543406685957",
    button: Origin(-0.15, -0.15, 0.575, angles: "1.5707963267949 0 0"),
    switch: Origin(
      0.375, 0.0761602540378436, 0.618612159321677, angles: "2.61799387799149 0 0"),
    slide: Origin(-0.125, 0.09375, 0.66908, angles: "1.04719755119659 0 0"), slideUpper: "0.35",
    slideCentreOfMass: "-0.175 0 0.0204147302446787",
    drawer: Origin(0.225, 0, 0.4, angles: "1.5707963267949 0 0"),
    led: Origin(-0.15, 0.2, 0.809807621135331, angles: "1.5707963267949 0 0"),
    light: Origin(0.375, 0.165, 0.80981, angles: "1.5708 0 0"),
    lightCentreOfMass: "0 0.0280266379242365 -0.035", lightMass: "0.173918312098126",
    plank: Origin(-0.125, 0.1125, 0.525, angles: "1.5708 0 0"), wood: .oak, trim: nil)
}

/// The shortest decimal text of a number, without a trailing ".0".
func number(_ value: Double) -> String {
  let text = "\(value)"
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

extension WoodKind {
  static let mahogany = WoodKind(
    dark: SIMD3(64, 26, 17), light: SIMD3(126, 62, 42), rings: 13, bend: 0.10, contrast: 0.35,
    seed: 11)
  static let maple = WoodKind(
    dark: SIMD3(206, 160, 102), light: SIMD3(246, 212, 158), rings: 17, bend: 0.06, contrast: 0.4,
    seed: 23)
  static let teak = WoodKind(
    dark: SIMD3(96, 56, 28), light: SIMD3(172, 112, 62), rings: 24, bend: 0.05, contrast: 0.5,
    seed: 37)
  static let rosewood = WoodKind(
    dark: SIMD3(58, 24, 14), light: SIMD3(118, 60, 36), rings: 16, bend: 0.12, contrast: 0.34,
    seed: 41)
  static let oak = WoodKind(
    dark: SIMD3(88, 61, 35), light: SIMD3(163, 123, 79), rings: 27, bend: 0.085, contrast: 0.42,
    seed: 53)
}
