import Dispatch
import Synchronization

/// Works on items with several share-nothing workers and returns the outcomes in the items' order,
/// whatever the number of workers.
///
/// - Parameters:
///   - equip: Makes what one worker needs (a world, a renderer), on the worker's own thread.
///   - work: Done once per item.
func worked<Item: Sendable, Tool, Outcome: Sendable>(
  on items: [Item], workers: Int, equip: @Sendable () throws -> Tool,
  _ work: @Sendable (Tool, Item) throws -> Outcome
) throws -> [Outcome] {
  let outcomes = Mutex([Result<Outcome, any Error>?](repeating: nil, count: items.count))
  let next = Atomic(0)
  DispatchQueue.concurrentPerform(iterations: min(workers, items.count)) { _ in
    var tool: Result<Tool, any Error>?
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard index < items.count else { return }
      let ready = tool ?? Result { try equip() }
      tool = ready
      let outcome = Result { try work(try ready.get(), items[index]) }
      outcomes.withLock { $0[index] = outcome }
    }
  }
  return try outcomes.withLock { $0 }.compactMap { try $0?.get() }
}
