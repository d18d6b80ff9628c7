import Foundation
import Logging
import Results
import Synchronization

/// Runs chains on share-nothing workers, each a thread of its own, handing them out one by one.
///
/// A chain's verdict depends on nothing but the chain, so neither the number of workers nor the
/// order matters. Failures of infrastructure are retried; a chain beyond its time loses its worker,
/// which is left behind and replaced.
public final class WorkerPool: @unchecked Sendable {
  /// How chains are worked on; none of it changes a verdict.
  public struct Settings: Sendable, Equatable {
    /// Chains worked on at the same time.
    public var workers: Int
    /// Further attempts at a chain after infrastructure failed.
    public var retries: Int
    /// Seconds an attempt at a chain may take; nil for no limit.
    public var chainTimeout: Double?
    /// Share of the chains that may fail before the run stops; nil to go on to the end.
    public var failOnError: Double?

    /// Settings of these parts.
    public init(
      workers: Int, retries: Int = 2, chainTimeout: Double? = nil, failOnError: Double? = nil
    ) {
      self.workers = workers
      self.retries = retries
      self.chainTimeout = chainTimeout
      self.failOnError = failOnError
    }
  }

  /// What happened to a chain.
  public enum Event: Sendable {
    /// A chain has its verdict.
    case finished(ChainResult, ChainTiming)
    /// An attempt failed and the chain will be tried again.
    case retried(ChainFailure)
    /// Every attempt failed.
    case failed(ChainFailure)
  }

  /// How the work ended.
  public enum Ending: Sendable, Equatable {
    /// Every chain was worked on.
    case finished
    /// `stop()` was called; chains in flight were finished.
    case stopped
    /// Too many chains failed, or no worker could go on; the reason.
    case gaveUp(String)
  }

  /// Makes what an attempt at one chain is done with, on the worker's thread.
  public typealias Equip = @Sendable () throws -> Attempt
  /// One attempt at the chain with this index.
  public typealias Attempt = (_ chain: Int) throws -> ChainRunner.Outcome

  private let settings: Settings
  private let equip: Equip
  private let report: (Event) throws -> Void
  private let log: Logger

  private let stopRequested = Atomic(false)

  // Everything below is guarded by `condition`.
  private let condition = NSCondition()
  private var waiting: [Int]
  private let total: Int
  private var attempts: [Int: Int] = [:]
  private var working: [Int: (chain: Int, since: Double)] = [:]
  private var living: Set<Int> = []
  private var nextWorker = 0
  private var failures = 0
  private var givenUp: String?
  private var lastStartFailure: String?
  private var broken: (any Error)?

  /// A pool for these chains. `report` is called with one event at a time; an error it throws
  /// (an unwritable journal) ends the run.
  public init(
    chains: [Int], settings: Settings, log: Logger, equip: @escaping Equip,
    report: @escaping (Event) throws -> Void
  ) {
    precondition(settings.workers > 0)
    waiting = chains.reversed()
    total = chains.count
    self.settings = settings
    self.equip = equip
    self.report = report
    self.log = log
  }

  /// Lets workers finish the chains in flight and take no more. Callable from anywhere, `report`
  /// included.
  public func stop() {
    stopRequested.store(true, ordering: .sequentiallyConsistent)
  }

  private var isStopping: Bool { stopRequested.load(ordering: .sequentiallyConsistent) }

  /// Works until everything is done, stopped or given up; blocks the calling thread.
  public func run() throws -> Ending {
    condition.lock()
    defer { condition.unlock() }
    for _ in 0..<min(settings.workers, total) { startWorker() }
    while broken == nil, !living.isEmpty {
      if settings.chainTimeout == nil {
        condition.wait()
      } else {
        _ = condition.wait(until: Date(timeIntervalSinceNow: 0.25))
        abandonLateWorkers()
      }
    }
    if let broken { throw broken }
    if let givenUp { return .gaveUp(givenUp) }
    if !waiting.isEmpty { return isStopping ? .stopped : .gaveUp(lastStartFailure ?? "no worker") }
    return .finished
  }

  private func startWorker() {
    let worker = nextWorker
    nextWorker += 1
    living.insert(worker)
    let thread = Thread { [self] in work(as: worker) }
    thread.name = "worker \(worker)"
    thread.stackSize = 16 << 20
    thread.start()
  }

  private func work(as worker: Int) {
    var attempt: Attempt?
    while let chain = take(as: worker) {
      do {
        if attempt == nil {
          do {
            attempt = try equip()
          } catch {
            cannotStart(worker, chain: chain, error)
            return
          }
        }
        guard let attempt else { return }
        let outcome = try attempt(chain)
        finish(chain, by: worker, outcome)
      } catch {
        attempt = nil
        fail(chain, by: worker, "\(error)")
      }
    }
  }

  /// The next chain, or nil when this worker is no longer wanted.
  private func take(as worker: Int) -> Int? {
    condition.withLock {
      guard living.contains(worker) else { return nil }
      if !isStopping, givenUp == nil, broken == nil, let chain = waiting.popLast() {
        attempts[chain, default: 0] += 1
        working[worker] = (chain, Stopwatch.now)
        return chain
      }
      living.remove(worker)
      condition.broadcast()
      return nil
    }
  }

  private func finish(_ chain: Int, by worker: Int, _ outcome: ChainRunner.Outcome) {
    condition.withLock {
      guard living.contains(worker) else { return }
      working[worker] = nil
      tell(
        .finished(
          outcome.result,
          ChainTiming(
            chain: chain, worker: worker, attempts: attempts[chain] ?? 1, steps: outcome.steps,
            frames: outcome.frames, seconds: outcome.seconds, phases: outcome.phases)))
    }
  }

  private func fail(_ chain: Int, by worker: Int, _ reason: String) {
    condition.withLock {
      guard living.contains(worker) else { return }
      working[worker] = nil
      failed(chain, reason)
    }
  }

  private func cannotStart(_ worker: Int, chain: Int, _ error: any Error) {
    condition.withLock {
      guard living.contains(worker) else { return }
      log.error("worker \(worker) cannot start: \(error)")
      lastStartFailure = "\(error)"
      working[worker] = nil
      attempts[chain, default: 1] -= 1
      waiting.append(chain)
      living.remove(worker)
      condition.broadcast()
    }
  }

  private func failed(_ chain: Int, _ reason: String) {
    let failure = ChainFailure(chain: chain, attempts: attempts[chain] ?? 1, reason: reason)
    if failure.attempts <= settings.retries {
      log.warning("chain \(chain), attempt \(failure.attempts): \(reason); trying again")
      waiting.insert(chain, at: 0)
      tell(.retried(failure))
      return
    }
    log.error("chain \(chain) failed \(failure.attempts) times: \(reason)")
    failures += 1
    tell(.failed(failure))
    if let share = settings.failOnError, Double(failures) > share * Double(total) {
      givenUp =
        "\(failures) of \(total) chains failed, more than the allowed share of \(share); "
        + "the last one: \(reason)"
      condition.broadcast()
    }
  }

  private func tell(_ event: Event) {
    guard broken == nil else { return }
    do {
      try report(event)
    } catch {
      broken = error
      condition.broadcast()
    }
  }

  private func abandonLateWorkers() {
    guard let limit = settings.chainTimeout else { return }
    let now = Stopwatch.now
    for (worker, (chain, since)) in working where now - since > limit {
      working[worker] = nil
      living.remove(worker)
      failed(chain, "no verdict after \(limit) s (--chain-timeout)")
      if !waiting.isEmpty, living.count < settings.workers, !isStopping, givenUp == nil {
        startWorker()
      }
    }
  }
}
