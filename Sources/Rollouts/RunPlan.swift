import Calvin
import Results

/// Everything a run needs to know.
public struct RunPlan: Sendable {
  /// Where it is written.
  public var directory: RunDirectory
  /// Its header; invocations are added as the run is started.
  public var record: RunRecord
  /// All chains of the protocol in order, whatever the shard.
  public var chains: [PlannedChain]
  /// The rules.
  public var runner: ChainRunner
  /// What workers are made of.
  public var factory: RolloutFactory
  /// How the work is spread.
  public var pool: WorkerPool.Settings
  /// Seconds all workers' policies have spent so far, by phases of their own.
  public var policySeconds: @Sendable () -> [String: Double]
  /// Whether the report gets pictures.
  public var takesFilmStrips: Bool
  /// Watchers besides the run's own, made for every attempt at a chain.
  public var observers: @Sendable () -> [any ChainObserver]
  /// Renders the run's pages from its results and pictures.
  public var pages: @Sendable (RunPageContents) throws -> [RunPage]

  /// A plan of these parts.
  public init(
    directory: RunDirectory, record: RunRecord, chains: [PlannedChain], runner: ChainRunner,
    factory: RolloutFactory, pool: WorkerPool.Settings,
    policySeconds: @escaping @Sendable () -> [String: Double] = { [:] },
    takesFilmStrips: Bool = true,
    observers: @escaping @Sendable () -> [any ChainObserver] = { [] },
    pages: @escaping @Sendable (RunPageContents) throws -> [RunPage] = { _ in [] }
  ) {
    precondition(record.protocol.chains == chains.count)
    self.directory = directory
    self.record = record
    self.chains = chains
    self.runner = runner
    self.factory = factory
    self.pool = pool
    self.policySeconds = policySeconds
    self.takesFilmStrips = takesFilmStrips
    self.observers = observers
    self.pages = pages
  }
}

/// What a run's pages are made from.
public struct RunPageContents: Sendable {
  /// The header.
  public var record: RunRecord
  /// Verdicts, timings and failures.
  public var outcomes: RunOutcomes
  /// Pictures.
  public var strips: [FilmStrip]
}

/// A file written beside a run's results.
public struct RunPage: Sendable {
  /// File name inside the run's folder.
  public var name: String
  /// Its contents.
  public var text: String

  /// A page with this name and text.
  public init(name: String, text: String) {
    self.name = name
    self.text = text
  }
}
