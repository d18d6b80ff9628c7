import Geometry
import Testing

/// Numbers of PyBullet 3.2.7 (`getQuaternionFromEuler`, `getMatrixFromQuaternion`,
/// `getEulerFromQuaternion`): equal to the last bit.
private struct Recorded: Sendable {
  var angles: Vector3
  var quaternion: Quaternion
  var matrix: Matrix3
  var anglesBack: Vector3

  static let all = [
    Recorded(
      angles: Vector3(-1.668040973461563, 2.224393837064259, -1.7596850679634415),
      quaternion: Quaternion(
        x: 0.255346811869389, y: 0.6366160155506577, z: 0.19399579085716828,
        w: 0.70134420047666),
      matrix: Matrix3(
        Vector3(0.11417136374821302, 0.05300009424259161, 0.9920463142969433),
        Vector3(0.5972313855808238, 0.7943272775956813, -0.11117035641142314),
        Vector3(-0.7939014874511086, 0.6051736660477799, 0.05903610882508714)),
      anglesBack: Vector3(1.4735516801282305, 0.9171988165255343, 1.3819075856263519)),
    Recorded(
      angles: Vector3(2.5116654476275295, -0.06953286723102536, 0.6704631774158742),
      quaternion: Quaternion(
        x: 0.9008800414967485, y: 0.302446725625327, z: 0.1330626935661478,
        w: 0.2814879190520549),
      matrix: Matrix3(
        Vector3(0.7816405954788792, 0.4700253560330083, 0.41001724864384304),
        Vector3(0.6198475188945931, -0.6585810591725243, -0.426684944448962),
        Vector3(0.06947685096231856, 0.5876624483368327, -0.8061177420173307)),
      anglesBack: Vector3(2.5116654476275295, -0.06953286723102536, 0.6704631774158742)),
    Recorded(
      angles: Vector3(-1.8736726280324902, -2.515552387410751, 1.43064177719382),
      quaternion: Quaternion(
        x: 0.18232909728834013, y: -0.5881370954321482, z: -0.4590168034003471,
        w: 0.6404330030961728),
      matrix: Matrix3(
        Vector3(-0.11320333765447321, 0.37347000836271976, -0.9207090513280715),
        Vector3(-0.8024080311304393, 0.5121193489562923, 0.3063904763564872),
        Vector3(0.5859405737114124, 0.7734687616692307, 0.2417017145173106)),
      anglesBack: Vector3(1.267920025557303, -0.6260402661790423, -1.7109508763959733)),
  ]
}

@Suite struct RotationTests {
  @Test(arguments: Recorded.all)
  private func matchesPyBullet(_ recorded: Recorded) {
    #expect(Quaternion(euler: recorded.angles) == recorded.quaternion)
    #expect(Matrix3(recorded.quaternion) == recorded.matrix)
    #expect(recorded.quaternion.euler == recorded.anglesBack)
  }

  /// Every branch of the conversion gives the rotation back.
  @Test(arguments: [
    Vector3(0.1, 0.2, 0.3), Vector3(3.0, 0.1, 0.1), Vector3(0.1, 3.0, 0.1),
    Vector3(0.1, 0.1, 3.0), Vector3(-3.0, 0.2, -3.0), Vector3(2, -1.2, 2.5),
  ])
  func quaternionSurvivesTheMatrix(angles: Vector3) {
    let quaternion = Quaternion(euler: angles)
    let back = Quaternion(Matrix3(quaternion))
    let sign = quaternion.w * back.w < 0 ? -1.0 : 1.0
    for (a, b) in [
      (quaternion.x, back.x), (quaternion.y, back.y), (quaternion.z, back.z),
      (quaternion.w, back.w),
    ] {
      #expect(abs(a - sign * b) < 1e-12)
    }
  }

  @Test func poleOfEulerAngles() {
    let up = Quaternion(euler: Vector3(0.4, Double.pi / 2, 0))
    #expect(up.euler.y == Double.pi / 2)
    #expect(up.euler.x == 0)
    let down = Quaternion(euler: Vector3(0.4, -Double.pi / 2, 0))
    #expect(down.euler.y == -Double.pi / 2)
  }

  @Test func poseTimesInverseIsIdentity() {
    let pose = Pose(
      position: Vector3(1, -2, 3), orientation: Quaternion(euler: Vector3(0.3, -0.8, 2)))
    let identity = pose * pose.inverse
    #expect(identity.position.length < 1e-12)
    #expect(abs(identity.orientation.w - 1) < 1e-12)
  }

  @Test func productAppliesTheRightFactorFirst() {
    let a = Quaternion(euler: Vector3(0.3, -0.8, 2))
    let b = Quaternion(euler: Vector3(-1, 0.5, 0.1))
    let v = Vector3(0.2, -0.4, 0.7)
    #expect((Matrix3(a * b) * v - Matrix3(a) * (Matrix3(b) * v)).length < 1e-12)
    #expect((v * Matrix3(a) - Matrix3(a).transpose * v).length < 1e-12)
  }
}
