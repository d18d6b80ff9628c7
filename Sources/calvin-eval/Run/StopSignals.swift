import Dispatch
import Foundation

/// Ctrl-C and SIGTERM: the first one lets the run finish its chains in flight, the second one ends
/// the process at once (the journal loses nothing that counted).
final class StopSignals {
  private var sources: [any DispatchSourceSignal] = []

  init(stop: @escaping @Sendable () -> Void) {
    let queue = DispatchQueue(label: "signals")
    let counter = Counter()
    for number in [SIGINT, SIGTERM] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        counter.count += 1
        guard counter.count == 1 else { _exit(130) }
        FileHandle.standardError.write(
          Data("\nstopping: finishing the chains in flight (once more to stop now)\n".utf8))
        stop()
      }
      source.resume()
      sources.append(source)
    }
  }

  /// Signals act as usual again.
  func cancel() {
    for source in sources { source.cancel() }
    signal(SIGINT, SIG_DFL)
    signal(SIGTERM, SIG_DFL)
  }

  /// Touched on the signals' queue only.
  private final class Counter: @unchecked Sendable {
    var count = 0
  }
}
