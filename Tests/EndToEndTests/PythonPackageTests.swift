import Foundation
import Testing

/// A Python environment for the tests in `Python/tests`, made once.
enum PythonPackage {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  static let library = Program.url.deletingLastPathComponent().appending(path: "libCalvinEval.so")
  static let isBuilt =
    Program.isBuilt && FileManager.default.fileExists(atPath: library.path)

  /// The interpreter of a venv with what the tests need; nil where the package index cannot be
  /// reached.
  static let python: String? = {
    let venv = folder.appending(path: ".build/python-tests")
    let interpreter = venv.appending(path: "bin/python").path
    let ready = venv.appending(path: "ready").path
    if FileManager.default.fileExists(atPath: ready) { return interpreter }
    let packages = ["numpy", "gymnasium>=1.1", "pytest"]
    guard succeeds("/usr/bin/env", ["python3", "-m", "venv", venv.path]),
      succeeds(
        interpreter, ["-m", "pip", "install", "-q", "--retries", "1", "--timeout", "20"] + packages),
      FileManager.default.createFile(atPath: ready, contents: nil)
    else { return nil }
    return interpreter
  }()

  /// Names of the files in `Python/tests`.
  static let testFiles: [String] = {
    let tests = folder.appending(path: "Python/tests").path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: tests)) ?? []
    return names.filter { $0.hasPrefix("test_") && $0.hasSuffix(".py") }.sorted()
  }()

  private static func succeeds(_ program: String, _ arguments: [String]) -> Bool {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}

@Suite(
  .enabled(if: PythonPackage.isBuilt, "calvin-eval and its library are not built"),
  .enabled(if: PythonPackage.python != nil, "the Python package index cannot be reached"),
  .serialized)
struct PythonPackageTests {
  @Test(arguments: PythonPackage.testFiles)
  func passes(file: String) throws {
    let tests = PythonPackage.folder.appending(path: "Python/tests")
    try withTemporaryFolder { folder in
      let outcome = try Program.shell(
        """
        export CALVIN_EVAL_LIBRARY='\(PythonPackage.library.path)'
        exec '\(PythonPackage.python ?? "")' -B -m pytest -q -rs -p no:cacheprovider \
          '\(tests.appending(path: file).path)'
        """, in: folder)
      #expect(outcome.status == 0, "\(outcome.output)\n\(outcome.errors)")
      // What was skipped and why, for the log.
      for line in outcome.output.split(separator: "\n") where line.hasPrefix("SKIPPED") {
        print(line)
      }
    }
  }
}
