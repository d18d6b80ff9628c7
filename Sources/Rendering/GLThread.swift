import Dispatch
import Foundation

/// A thread of its own for one OpenGL context.
///
/// A context is current on one thread at a time, and code that hops between threads loses it
/// silently. Here the hop is made on purpose: callers on any thread hand over a closure and wait
/// for it, so the context never moves.
final class GLThread: @unchecked Sendable {
  /// What the caller and the thread share; the semaphores order every access.
  private final class Mailbox: @unchecked Sendable {
    let request = DispatchSemaphore(value: 0)
    let answer = DispatchSemaphore(value: 0)
    var job: (() -> Void)?

    /// Runs the next job and forgets it before anybody is told; false when there is none.
    func serve() -> Bool {
      request.wait()
      guard let job else { return false }
      self.job = nil
      job()
      return true
    }
  }

  private let mailbox = Mailbox()
  private let turn = NSLock()
  private var isRunning = true

  /// Starts the thread.
  init(name: String) {
    let mailbox = mailbox
    let thread = Thread {
      while mailbox.serve() { mailbox.answer.signal() }
      mailbox.answer.signal()
    }
    thread.name = name
    // Drivers compile shaders on the calling thread, which needs more than the small default.
    thread.stackSize = 16 << 20
    thread.start()
  }

  /// Runs `body` on the thread and returns what it returns; callers take turns.
  func run<Value>(_ body: () throws -> Value) throws -> Value {
    turn.lock()
    defer { turn.unlock() }
    return try perform(body).get()
  }

  /// Runs `body` as the thread's last act and waits for it; nothing may run afterwards.
  func finish(_ body: () -> Void = {}) {
    turn.lock()
    defer { turn.unlock() }
    guard isRunning else { return }
    _ = perform(body)
    isRunning = false
    mailbox.request.signal()
    mailbox.answer.wait()
  }

  deinit { finish() }

  private func perform<Value>(_ body: () throws -> Value) -> Result<Value, any Error> {
    precondition(isRunning, "the thread was stopped")
    return withoutActuallyEscaping(body) { body in
      var outcome: Result<Value, any Error>?
      mailbox.job = { outcome = Result { try body() } }
      mailbox.request.signal()
      mailbox.answer.wait()
      guard let outcome else { preconditionFailure("the thread answered without running the job") }
      return outcome
    }
  }
}
