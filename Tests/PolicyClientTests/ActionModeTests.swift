import Calvin
import Foundation
import Testing

@testable import PolicyClient

private let robot = [0.1, 0.2, 0.5, 3.0, 0.1, -3.0] + [Double](repeating: 0, count: 9)

@Test func deltasAccumulateOnTheLastCommand() {
  var converter = ActionConverter(mode: .vlaDelta)
  let row = [0.01, 0, 0, 0.2, 0, -0.2, 1]
  _ = converter.action(row, .double, robotObservation: robot)
  let second = converter.action(row, .double, robotObservation: [Double](repeating: 9, count: 15))
  #expect(abs(second.values[0] - 0.12) < 1e-6)
  #expect(abs(second.values[3] - (3.4 - 2 * .pi)) < 1e-6)
  #expect(abs(second.values[5] - (2 * .pi - 3.4)) < 1e-6)
  #expect(second.values[6] == 1)
}

@Test func absoluteVLAActionsCloseOnPositive() {
  var converter = ActionConverter(mode: .vlaAbsolute)
  let row = [0, 0, 0, 0, 0, .pi / 2, 0.3]
  let action = converter.action(row, .double, robotObservation: robot)
  #expect(action.values[6] == -1)
  #expect(abs(action.values[5] - .pi / 2) < 1e-6)
  #expect(abs(action.values[3]) < 1e-6)
}

@Test func relativeActionsKeepThePrecisionTheyCameIn() throws {
  let row: [Float] = [0.1, 0, 0, 0, 0, 0, 0.5]
  let half: [UInt16] = [0x2e66, 0, 0, 0, 0, 0, 0x3800]
  let arrays = [
    WireArray(floats: row), WireArray(doubles: row.map(Double.init)),
    WireArray(dtype: "<f2", shape: [7], data: half.withUnsafeBytes { Array($0) }),
  ]
  let actions = try arrays.map { array in
    let answer = try actionRows(array)
    var converter = ActionConverter(mode: .relative)
    return converter.action(answer.rows[0], answer.precision, robotObservation: robot)
  }
  let values = [Double(Float(0.1)), 0, 0, 0, 0, 0, 1]
  #expect(
    actions == [
      .cartesianRelative(values, precision: .single), .cartesianRelative(values),
      .cartesianRelative([0x1.998p-4, 0, 0, 0, 0, 0, 1], precision: .half),
    ])
}

@Test(arguments: [
  ("ws://127.0.0.1:18000", "127.0.0.1", 18000, "/"), ("ws://h", "h", 8000, "/"),
  ("ws://[::1]:9/x", "::1", 9, "/x"),
])
func addressesParse(text: String, host: String, port: Int, path: String) throws {
  let address = try ServerAddress(text)
  #expect(address.host == host)
  #expect(address.port == port)
  #expect(address.path == path)
}

@Test(arguments: ["http://h:1", "ws://", "ws://h:0", "ws://h:x", "ws://h:99999"])
func badAddressesAreRefused(text: String) {
  #expect(throws: PolicyClientError.badAddress(text)) { try ServerAddress(text) }
}
