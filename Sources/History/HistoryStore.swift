import GRDB
import Results

/// The history of nightly runs in an SQLite file with write-ahead log: whatever the moment of a
/// crash, it holds everything that was committed before.
public final class HistoryStore: Sendable {
  private let database: DatabasePool
  private let path: String

  /// Opens or creates the history at `path`, bringing an older one up to date. Throws when the file
  /// is no history or was written by a newer program.
  public init(path: String) throws {
    self.path = path
    var configuration = Configuration()
    configuration.busyMode = .timeout(10)
    // A commit survives a power failure, not only a crash of the program.
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
    do {
      database = try DatabasePool(path: path, configuration: configuration)
      let migrator = Self.migrator
      guard try !database.read(migrator.hasBeenSuperseded) else {
        throw HistoryError(
          path: path,
          message: "was written by a newer version of the program; expected schema "
            + "\(Self.schemaVersion) or older")
      }
      try migrator.migrate(database)
    } catch let error as DatabaseError {
      throw HistoryError(path: path, message: "is no usable history: \(error)")
    }
  }

  /// Number of the newest schema this program knows.
  public static var schemaVersion: Int { migrator.migrations.count }

  /// Every schema from the first one on; a released one is never changed.
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 runs, chains, baselines") { database in
      try database.create(table: "run") { table in
        table.autoIncrementedPrimaryKey("id")
        table.column("entry", .text).notNull().indexed()
        table.column("started", .text).notNull()
        table.column("folder", .text).notNull()
        table.column("status", .text).notNull()
        table.column("protocol_id", .text)
        table.column("policy", .text)
        table.column("chains", .integer)
        table.column("average_length", .double)
        table.column("average_lower", .double)
        table.column("average_upper", .double)
        table.column("seconds", .double)
        table.column("verdict", .text)
        table.column("findings", .text)
        table.column("baseline", .integer).references("run")
      }
      try database.create(table: "chain") { table in
        table.column("run", .integer).notNull().references("run", onDelete: .cascade)
        table.column("chain", .integer).notNull()
        table.column("result", .text).notNull()
        table.primaryKey(["run", "chain"])
      }
      try database.create(table: "baseline") { table in
        table.primaryKey("entry", .text)
        table.column("run", .integer).notNull().references("run")
        table.column("accepted", .text).notNull()
      }
    }
    migrator.registerMigration("2 step times") { database in
      try database.alter(table: "run") { table in
        table.add(column: "step_time_ms", .double)
        table.add(column: "step_time_lower_ms", .double)
        table.add(column: "step_time_upper_ms", .double)
      }
    }
    return migrator
  }
}

extension HistoryStore {
  /// Notes that a run begins; gives the record with its number.
  public func begin(_ record: HistoryRecord) throws -> HistoryRecord {
    try database.write { database in
      var record = record
      try record.insert(database)
      return record
    }
  }

  /// Notes what became of a run, with the verdicts of its chains, in one step: after a crash either
  /// all of it is there or nothing.
  public func finish(_ record: HistoryRecord, results: [ChainResult]) throws {
    let lines = try results.map { ($0.chain, try JSONValue(encoding: $0).canonical) }
    try database.write { database in
      try record.update(database)
      for (chain, line) in lines {
        try database.execute(
          sql: "INSERT OR REPLACE INTO chain (run, chain, result) VALUES (?, ?, ?)",
          arguments: [record.id, chain, line])
      }
    }
  }

  /// Marks runs that were begun and never finished; to be called when no other program works on
  /// the history. Gives their number.
  @discardableResult
  public func markInterrupted() throws -> Int {
    try database.write { database in
      try database.execute(
        sql: "UPDATE run SET status = 'interrupted' WHERE status = 'running'")
      return database.changesCount
    }
  }

  /// All runs, oldest first; of one entry when named.
  public func runs(of entry: String? = nil) throws -> [HistoryRecord] {
    try database.read { database in
      var request = HistoryRecord.order(sql: "id")
      if let entry { request = request.filter(sql: "entry = ?", arguments: [entry]) }
      return try request.fetchAll(database)
    }
  }

  /// Verdicts of a run's chains, in chain order.
  public func results(of run: Int64) throws -> [ChainResult] {
    let lines = try database.read { database in
      try String.fetchAll(
        database, sql: "SELECT result FROM chain WHERE run = ? ORDER BY chain", arguments: [run])
    }
    return try lines.map { try JSONValue(parsing: $0).decoded(as: ChainResult.self) }
  }

  /// The accepted baseline of an entry.
  public func baseline(of entry: String) throws -> HistoryRecord? {
    try database.read { database in
      try HistoryRecord.fetchOne(
        database,
        sql: """
          SELECT run.* FROM run JOIN baseline ON baseline.run = run.id WHERE baseline.entry = ?
          """, arguments: [entry])
    }
  }

  /// Accepts a complete run as its entry's baseline from now on.
  public func accept(_ record: HistoryRecord, at time: String) throws {
    guard record.status == .complete else {
      throw HistoryError(
        path: path,
        message: "run \(record.id ?? 0) of \(record.entry) is \(record.status.rawValue); "
          + "expected a complete one")
    }
    try database.write { database in
      try database.execute(
        sql: "INSERT OR REPLACE INTO baseline (entry, run, accepted) VALUES (?, ?, ?)",
        arguments: [record.entry, record.id, time])
    }
  }

  /// Everything, for other programs: runs with their chains, and baselines.
  public func export() throws -> JSONValue {
    let runs = try runs().map { record -> JSONValue in
      guard case .object(var members) = try JSONValue(encoding: record), let id = record.id else {
        return .null
      }
      members["chain_results"] = .array(try results(of: id).map { try JSONValue(encoding: $0) })
      return .object(members)
    }
    let baselines = try database.read { database in
      try Row.fetchAll(database, sql: "SELECT entry, run, accepted FROM baseline ORDER BY entry")
        .map { row -> JSONValue in
          [
            "entry": .string(row["entry"]), "run": .int(row["run"]),
            "accepted": .string(row["accepted"]),
          ]
        }
    }
    return [
      "schema": .int(Self.schemaVersion), "runs": .array(runs), "baselines": .array(baselines),
    ]
  }

  /// SQLite's own check of the whole file; throws what it finds.
  public func checkIntegrity() throws {
    let answer = try database.read {
      try String.fetchAll($0, sql: "PRAGMA integrity_check").joined(separator: "; ")
    }
    guard answer == "ok" else { throw HistoryError(path: path, message: answer) }
  }
}
