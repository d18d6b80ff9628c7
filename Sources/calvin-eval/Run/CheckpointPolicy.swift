import Digests
import Dispatch
import Foundation
import NeuralNetworks
import Results
import VLA

/// A vision-language-action model run in this process, shared by all workers.
enum CheckpointPolicy {
  /// Loads the model folder once.
  static func setUp(
    folder: String, seed: UInt64, precision: WeightPrecision?, work: WorkOptions
  ) throws -> PolicySetup {
    guard FileManager.default.fileExists(atPath: folder + "/config.json") else {
      throw InputError(
        "--policy \(folder): expected a model folder with config.json; docs/vla.md has the layout")
    }
    let runtime = try VLARuntime.load(
      folder: folder, precision: precision,
      settings: VLARuntime.Settings(
        batch: work.policyBatch ?? work.workerCount,
        threads: work.policyThreads ?? ProcessInfo.processInfo.activeProcessorCount))
    let name = URL(filePath: folder).standardizedFileURL.lastPathComponent
    return PolicySetup(
      record: PolicyRecord(
        kind: "vla", name: name, weights: try digest(of: folder), seed: seed,
        options: runtime.record),
      kernels: runtime.kernels, seconds: { runtime.secondsByPhase },
      make: { runtime.makePolicy() })
  }

  private static let block = 64 << 20

  /// First 12 hex digits of SHA-256 over the SHA-256 of every 64 MiB block of every file below the
  /// folder, files by path: a digest many gigabytes can have in seconds, blocks side by side.
  static func digest(of folder: String) throws -> String {
    let paths = (FileManager.default.subpaths(atPath: folder) ?? []).sorted().filter { path in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: "\(folder)/\(path)", isDirectory: &isFolder)
        && !isFolder.boolValue
    }
    var digests: [UInt8] = []
    for path in paths {
      let file = try MappedFile(path: "\(folder)/\(path)")
      digests += Array(path.utf8)
      let blocks = (file.bytes.count + block - 1) / block
      let found = BlockDigests(count: blocks)
      DispatchQueue.concurrentPerform(iterations: blocks) { index in
        let end = min(file.bytes.count, (index + 1) * block)
        let part = UnsafeRawBufferPointer(rebasing: file.bytes[(index * block)..<end])
        found.set(index, sha256(part))
        // This mapping's pages would count beside those of the model's own.
        file.forget(part)
      }
      digests += found.joined
    }
    return String(hexadecimal(sha256(digests)).prefix(12))
  }
}

/// Digests of blocks, filled from several threads.
private final class BlockDigests: @unchecked Sendable {
  private let lock = NSLock()
  private var digests: [[UInt8]]

  init(count: Int) { digests = Array(repeating: [], count: count) }

  func set(_ index: Int, _ digest: [UInt8]) { lock.withLock { digests[index] = digest } }

  var joined: [UInt8] { lock.withLock { Array(digests.joined()) } }
}
