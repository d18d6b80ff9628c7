import Foundation
import Testing

@testable import PolicyClient

/// Runs real policy servers from the Python package index on loopback.
enum PolicyServers {
  static let package = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  static let fixtures = package.appending(path: "Tests/PolicyClientTests/Fixtures")
  static let recorded = package.deletingLastPathComponent()
    .appending(path: "shared/reference/wire")

  /// The interpreter of a venv with both client libraries, made once; nil where the package index
  /// cannot be reached.
  static let python: String? = {
    let venv = package.appending(path: ".build/policy-servers")
    let interpreter = venv.appending(path: "bin/python").path
    let ready = venv.appending(path: "ready").path
    if FileManager.default.fileExists(atPath: ready) { return interpreter }
    guard run("/usr/bin/env", ["python3", "-m", "venv", venv.path]),
      run(
        interpreter,
        [
          "-m", "pip", "install", "-q", "--retries", "1", "--timeout", "20",
          "vla-eval==0.8.0", "openpi-client==0.1.2",
        ]),
      FileManager.default.createFile(atPath: ready, contents: nil)
    else { return nil }
    return interpreter
  }()

  private static func run(_ program: String, _ arguments: [String]) -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}

/// A server process that ends with the value.
final class PolicyServer {
  let address: ServerAddress
  private let process = Process()

  /// Starts `script` with arguments made from a free port; returns when the port accepts.
  init(_ script: URL, arguments: (Int) -> [String]) throws {
    let port = try Self.freePort()
    address = try ServerAddress("ws://127.0.0.1:\(port)")
    process.executableURL = URL(fileURLWithPath: try #require(PolicyServers.python))
    process.arguments = [script.path] + arguments(port)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    let deadline = Date(timeIntervalSinceNow: 60)
    while !Self.accepts(port) {
      try #require(process.isRunning && Date() < deadline, "the server did not start")
      Thread.sleep(forTimeInterval: 0.05)
    }
  }

  static func vlaEval(_ script: URL, _ arguments: [String]) throws -> PolicyServer {
    try PolicyServer(script) { ["--address", "127.0.0.1:\($0)"] + arguments }
  }

  func kill() {
    guard process.isRunning else { return }
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  deinit { kill() }

  static func freePort() throws -> Int {
    let socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = loopback(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
      }
    }
    try #require(bound)
    return Int(UInt16(bigEndian: address.sin_port))
  }

  private static func accepts(_ port: Int) -> Bool {
    let socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = loopback(port: UInt16(port))
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  private static func loopback(port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return address
  }
}
