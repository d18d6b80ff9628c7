import ArgumentParser
import Assets
import Foundation

/// What `scripts/time_calvin_env.py` says of calvin_env's own steps.
struct CalvinEnvTiming: Decodable {
  struct End: Decodable {
    var steps: Int
    var robot_obs: [Double]
    var scene_obs: [Double]
  }

  var steps: Int
  var median_ms: Double
  var median_processor_ms: Double
  /// The states in which the timed stretches ended.
  var ends: [End]

  /// Runs the script with a Python interpreter that has calvin_env's packages.
  static func measure(
    _ motion: BenchMotion, scene: String, python: String, checkout: String, steps: Int
  ) throws -> CalvinEnvTiming {
    let name = "time_calvin_env.py"
    let script = try PackageFolder.path(of: "scripts", holding: [name]) + "/" + name
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "calvin-eval-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "motion.json").path
    try motion.write(to: file, scene: scene)

    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      python, script, file, "--checkout", checkout, "--limit", String(steps),
    ]
    let log = folder.appending(path: "log")
    try Data().write(to: log)
    process.standardError = try FileHandle(forWritingTo: log)
    let answer = Pipe()
    process.standardOutput = answer
    try process.run()
    let data = try answer.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let said = String(decoding: try Data(contentsOf: log), as: UTF8.self)
      throw ValidationError(
        "--against \(python): \(name) ended with \(process.terminationStatus):\n"
          + said.suffix(2000))
    }
    return try JSONDecoder().decode(CalvinEnvTiming.self, from: data)
  }
}
