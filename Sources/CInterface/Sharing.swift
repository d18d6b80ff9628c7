import CCalvinEval
import Synchronization

/// A value made when it is first asked for, by whoever asks first.
final class Once<Value: Sendable>: Sendable {
  private let made = Mutex<Value?>(nil)

  /// The value; a failure to make it is thrown, and the next caller tries again.
  func value(_ make: () throws -> Value) throws -> Value {
    try made.withLock { made in
      if let value = made { return value }
      let value = try make()
      made = value
      return value
    }
  }
}

/// A simulator that callers on several threads take turns with.
final class Turns: @unchecked Sendable {
  // Touched with the lock held only.
  private let simulator: Simulator
  private let turn = Mutex<Void>(())

  init(_ simulator: Simulator) {
    self.simulator = simulator
  }

  func take<Value>(_ body: (Simulator) throws -> Value) throws -> Value {
    try turn.withLock { _ in try body(simulator) }
  }
}

/// The open simulators of this process by number. A C caller can hold nothing but a number safely:
/// a stale one is found out here instead of being followed into freed memory.
final class OpenSimulators: Sendable {
  private struct Table {
    var next: Int64 = 1
    var open: [Int64: Turns] = [:]
  }

  private let table = Mutex(Table())

  func add(_ simulator: Turns) -> Int64 {
    table.withLock { table in
      let number = table.next
      table.next += 1
      table.open[number] = simulator
      return number
    }
  }

  /// Forgets a simulator; it ends when the calls in flight have returned.
  func remove(_ number: Int64) throws {
    let removed = table.withLock { $0.open.removeValue(forKey: number) }
    guard removed != nil else { throw Self.unknown(number) }
  }

  subscript(number: Int64) -> Turns {
    get throws {
      guard let simulator = table.withLock({ $0.open[number] }) else { throw Self.unknown(number) }
      return simulator
    }
  }

  private static func unknown(_ number: Int64) -> SimulatorError {
    .badCall("no simulator \(number) is open")
  }
}
