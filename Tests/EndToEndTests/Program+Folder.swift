import Foundation

extension Program {
  /// Runs `calvin-eval ARGUMENTS` in `folder` to its end.
  static func run(_ arguments: [String], in folder: String) throws -> Outcome {
    try outcome(of: start(arguments, in: folder), in: folder)
  }

  /// Starts `calvin-eval ARGUMENTS` in `folder`; what it prints goes to the files `stdout` and
  /// `stderr` there.
  static func start(_ arguments: [String], in folder: String) throws -> Process {
    try start(url, arguments, in: folder)
  }

  /// Runs a shell script in `folder` with the program's path in `$CALVIN_EVAL`.
  static func shell(_ script: String, in folder: String) throws -> Outcome {
    try outcome(of: start(URL(filePath: "/bin/bash"), ["-c", script], in: folder), in: folder)
  }

  private static func outcome(of process: Process, in folder: String) throws -> Outcome {
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus,
      output: try String(contentsOfFile: folder + "/stdout", encoding: .utf8),
      errors: try String(contentsOfFile: folder + "/stderr", encoding: .utf8))
  }

  private static func start(
    _ executable: URL, _ arguments: [String], in folder: String
  ) throws -> Process {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = URL(filePath: folder)
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["CALVIN_EVAL": url.path]) { $1 }
    for name in ["stdout", "stderr"] {
      try Data().write(to: URL(filePath: folder + "/" + name))
    }
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: folder + "/stdout"))
    process.standardError = try FileHandle(forWritingTo: URL(filePath: folder + "/stderr"))
    process.standardInput = FileHandle.nullDevice
    try process.run()
    return process
  }
}

/// Calls `body` with a new empty folder that is removed afterwards.
func withTemporaryFolder<R>(_ body: (String) throws -> R) throws -> R {
  let folder = FileManager.default.temporaryDirectory.path + "/program-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

/// A short run: every start of the program loads the scene, so few and small ones.
let shortRun = ["--policy", "random", "--steps-per-subtask", "12", "--no-film-strips"]

/// The files that must not depend on how the work was done.
func comparedFiles(of run: String) throws -> [Data] {
  try ["chains.jsonl", "results.json", "report.html"].map {
    try Data(contentsOf: URL(filePath: run + "/" + $0))
  }
}
