import Foundation
import Geometry
import Testing

@testable import Experts

@Suite("What the gripper would touch")
struct ClearanceTests {
  private func box(
    at center: Vector3, half: Vector3 = Vector3(0.5, 0.5, 0.5), euler: Vector3 = .zero
  ) -> OrientedBox {
    OrientedBox(
      lower: Vector3.zero - half, upper: half,
      in: Pose(position: center, orientation: Quaternion(euler: euler)))
  }

  @Test("Boxes overlap until a face, or an edge of a turned one, passes")
  func boxes() {
    let unit = box(at: .zero)
    #expect(unit.overlaps(box(at: Vector3(0.99, 0.9, 0))))
    #expect(!unit.overlaps(box(at: Vector3(1.01, 0, 0))))
    // A box turned by 45 degrees reaches 0.707 along x instead of 0.5.
    let turned = Vector3(0, 0, Double.pi / 4)
    #expect(unit.overlaps(box(at: Vector3(1.2, 0, 0), euler: turned)))
    #expect(!unit.overlaps(box(at: Vector3(1.22, 0, 0), euler: turned)))
  }

  @Test("A triangle touches a box it cuts, though none of its corners is inside")
  func triangles() {
    let unit = box(at: .zero)
    func triangle(z: Double) -> Triangle {
      Triangle(a: Vector3(-5, -5, z), b: Vector3(5, -5, z), c: Vector3(0, 9, z))
    }
    #expect(unit.overlaps(triangle(z: 0.49)))
    #expect(!unit.overlaps(triangle(z: 0.51)))
    // Beside an edge: the bounds overlap, the shapes do not.
    let beside = Triangle(a: Vector3(1.3, 0, -1), b: Vector3(0, 1.3, -1), c: Vector3(0, 1.3, 1))
    #expect(!unit.overlaps(beside))
    #expect(unit.bounds.overlaps(beside.bounds))
  }

  @Test("Leaning away from the base brings far points into reach")
  func reach() {
    let base = Vector3(-0.34, -0.46, 0.24)
    func reserve(_ point: Vector3, lean: Double) -> Double {
      let yaw = atan2(point.y - base.y, point.x - base.x)
      return Gripper.reserve(at: TCPGoal(point, yaw: yaw, lean: lean), robotBase: base)
    }
    #expect(reserve(Vector3(0.03, -0.23, 0.57), lean: 0) > 0.05)
    #expect(reserve(Vector3(0.9, 0.3, 0.5), lean: 0) < 0)
    let far = Vector3(0.33, 0.02, 0.6)
    #expect(reserve(far, lean: 0.5) > reserve(far, lean: 0) + 0.03)
  }

  @Test("A goal points where it leans, and turns about the vertical through it")
  func goals() {
    let down = TCPGoal(.zero)
    #expect((down.pointing - Vector3(0, 0, -1)).length < 1e-12)
    let leaning = TCPGoal(.zero, yaw: 1, lean: 0.5, leanYaw: Double.pi / 2)
    #expect((leaning.pointing - Vector3(0, sin(0.5), -cos(0.5))).length < 1e-9)
    let turned = leaning.turned(by: 0.7).pointing
    #expect(abs(atan2(turned.y, turned.x) - (Double.pi / 2 + 0.7)) < 1e-9)
    #expect((leaning.backed(by: 0.1).position + leaning.pointing * 0.1).length < 1e-12)
  }
}
