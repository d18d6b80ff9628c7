import Assets
import CCalvinEval
import Calvin
import Simulation

/// Why a call of the C interface was refused: its status and one sentence.
struct SimulatorError: Error {
  var status: Int
  var message: String

  init(_ status: Int, _ message: String) {
    self.status = status
    self.message = message
  }

  /// A call that cannot be carried out as it was made.
  static func badCall(_ message: String) -> Self { Self(CALVIN_BAD_CALL, message) }

  /// The status of any error the simulator throws.
  init(_ error: any Error) {
    switch error {
    case let error as SimulatorError: self = error
    case let error as SimulationError:
      switch error {
      case .actionLength, .notFinite, .gripper, .absurdTarget, .noRotation:
        self.init(CALVIN_BAD_ACTION, error.description)
      case .diverged: self.init(CALVIN_DIVERGED, error.description)
      case .invalidState, .unsupported: self.init(CALVIN_BAD_INPUT, error.description)
      case .physics: self.init(CALVIN_FAILED, error.description)
      }
    case is AssetError, is CalvinError: self.init(CALVIN_BAD_INPUT, "\(error)")
    default: self.init(CALVIN_FAILED, "\(error)")
    }
  }
}

/// Runs the body of a C function: its error becomes a status and a message of the caller's.
func answer(
  _ message: UnsafeMutablePointer<CChar>?, _ capacity: Int32, _ body: () throws -> Void
) -> Int32 {
  do {
    try body()
    return Int32(CALVIN_OK)
  } catch {
    let error = SimulatorError(error)
    if let message, capacity > 0 {
      var text = Array(error.message.utf8.prefix(Int(capacity) - 1))
      // A character is not cut in two.
      while !text.isEmpty, String(validating: text, as: UTF8.self) == nil { text.removeLast() }
      for (index, byte) in text.enumerated() { message[index] = CChar(truncatingIfNeeded: byte) }
      message[text.count] = 0
    }
    return Int32(error.status)
  }
}
