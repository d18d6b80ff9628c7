import Assets
import Calvin
import Foundation
import Geometry

/// The client side of openpi's protocol on one connection: metadata first, then question and answer.
final class OpenPISession: RemoteSession {
  private let connection: WebSocketConnection
  private let options: RemoteOptions
  private let keys: OpenPIKeyMap
  private var answered = false
  private(set) var isInStep = true

  var defaultMode: ActionMode { keys.actionMode }
  var defaultHorizon: Int { keys.executionHorizon }
  let mismatches: [String] = []
  let extras: [String] = []
  let maxConnections: Int? = nil

  init(
    connection: WebSocketConnection, options: RemoteOptions, keys: OpenPIKeyMap
  ) throws(PolicyClientError) {
    self.connection = connection
    self.options = options
    self.keys = keys
    // The metadata has no fixed content; it must be a map.
    let what = "metadata (a vla-eval server sends none: --protocol vla-eval)"
    guard case .map = try Self.receive(connection, options.timeout, waitingFor: what) else {
      throw .protocolViolation("the first message is not a metadata map")
    }
  }

  /// The protocol knows no episodes: dropping the cached rows is the caller's part.
  func begin(task: String, chain: Int, isNewChain: Bool) {}

  func rows(for observation: RemoteObservation) throws -> ActionRows {
    var entries: [(String, MessagePack)] = []
    for image in keys.images {
      var bitmap = Bitmap(try observation.frame(image.camera, false))
      if let size = image.size { bitmap = bitmap.resizedWithPadding(edge: size) }
      entries.append((image.key, try packedImage(bitmap, codec: .raw, keys: .bytes)))
    }
    if let key = keys.stateKey {
      let state = Self.state(keys.state, robotObservation: observation.robotObservation)
      entries.append((key, WireArray(doubles: state).packed(keys: .bytes)))
    }
    entries.append((keys.promptKey, .string(observation.instruction)))
    // Answers carry no number: one that nobody asked for would be taken for the next.
    if connection.hasMessage {
      throw PolicyClientError.protocolViolation("a message that answers no observation")
    }
    isInStep = false
    connection.send(MessagePack.object(entries).encoded())
    let answer = try Self.receive(
      connection, answered ? options.timeout : options.warmupTimeout, waitingFor: "action")
    answered = true
    isInStep = true
    guard let value = answer["actions"], let array = try WireArray(unpacking: value) else {
      throw PolicyClientError.protocolViolation("the answer has no array under actions")
    }
    return try actionRows(array)
  }

  /// The state vector of a key map.
  static func state(_ kind: OpenPIKeyMap.State, robotObservation robot: [Double]) -> [Double] {
    switch kind {
    case .robotObservation: return robot
    case .libero:
      let axisAngle = axisAngle(euler: Vector3(robot[3], robot[4], robot[5]))
      return robot[0..<3] + axisAngle + [robot[6] / 2, -robot[6] / 2]
    }
  }

  /// Rotation vector of extrinsic xyz Euler angles.
  private static func axisAngle(euler: Vector3) -> [Double] {
    let half = euler * 0.5
    let (cr, sr) = (cos(half.x), sin(half.x))
    let (cp, sp) = (cos(half.y), sin(half.y))
    let (cy, sy) = (cos(half.z), sin(half.z))
    var w = cr * cp * cy + sr * sp * sy
    var v = Vector3(
      sr * cp * cy - cr * sp * sy, cr * sp * cy + sr * cp * sy, cr * cp * sy - sr * sp * cy)
    if w < 0 { (w, v) = (-w, -v) }
    let sine = v.length
    guard sine > 1e-8 else { return [0, 0, 0] }
    let scaled = v * (2 * atan2(sine, w) / sine)
    return [scaled.x, scaled.y, scaled.z]
  }

  func close() {
    connection.close()
  }

  private static func receive(
    _ connection: WebSocketConnection, _ timeout: Double, waitingFor what: String
  ) throws(PolicyClientError) -> MessagePack {
    switch try connection.receive(timeout: timeout, waitingFor: what) {
    case .binary(let bytes):
      do {
        return try MessagePack(decoding: bytes)
      } catch {
        throw .protocolViolation("\(error)")
      }
    case .text(let traceback):
      // The server sends its traceback as text and then closes with 1011.
      throw .serverError(traceback)
    }
  }
}
