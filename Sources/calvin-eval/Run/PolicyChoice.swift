import Assets
import Calvin
import Digests
import Experts
import Logging
import Policies
import Results
import Rollouts

/// `--policy`: who acts.
enum PolicyChoice: Equatable {
  /// The scripted expert.
  case expert
  /// Uniformly random actions, seeded.
  case random
  /// No motion.
  case zero
  /// The recorded actions in a folder.
  case replay(String)
  /// A vision-language-action checkpoint.
  case checkpoint(String)
  /// A policy server.
  case server(String)

  /// Reads the option's text; throws with the valid choices.
  init(_ text: String) throws {
    switch text {
    case "expert": self = .expert
    case "random": self = .random
    case "zero": self = .zero
    case _ where text.hasPrefix("replay:") && text != "replay:":
      self = .replay(String(text.dropFirst(7)))
    case _ where text.hasPrefix("ws://"): self = .server(text)
    case _ where text.contains("://"):
      throw InputError("policy address \(text): expected ws://HOST:PORT[/PATH]")
    case _ where text.contains("/"): self = .checkpoint(text)
    default:
      throw InputError(
        "'\(text)' is no policy; expected expert, random, zero, replay:DIR, a path that "
          + "contains '/', or ws://HOST:PORT")
    }
  }

  /// A short word for folder names.
  var word: String {
    switch self {
    case .expert: "expert"
    case .random: "random"
    case .zero: "zero"
    case .replay: "replay"
    case .checkpoint(let path): path.split(separator: "/").last.map(String.init) ?? "checkpoint"
    case .server: "server"
    }
  }
}

/// A policy ready to be made for every worker.
struct PolicySetup {
  /// What the run's header says about it.
  var record: PolicyRecord
  /// Action mode of its answers, for the protocol.
  var actionMode = "cartesian_rel"
  /// What of the talk with a policy server changes scores, for the protocol.
  var remote: [String: String]?
  /// Most workers the policy can serve, nil for any number.
  var maxWorkers: Int?
  /// Kernels the policy is computed with on this machine, for the environment.
  var kernels: [String: String] = [:]
  /// Seconds the policy has spent so far, by its own phases.
  var seconds: @Sendable () -> [String: Double] = { [:] }
  /// Makes one worker's policy.
  var make: @Sendable () throws -> any Policy

  /// The pool asked for, with no more workers than the policy can serve.
  func pool(_ work: WorkOptions, log: Logger) -> WorkerPool.Settings {
    var settings = work.poolSettings
    if let maxWorkers, maxWorkers < settings.workers {
      log.warning(
        "connections the policy server takes at once: \(maxWorkers); as many workers")
      settings.workers = max(1, maxWorkers)
    }
    return settings
  }
}

extension PolicyOptions {
  /// Opens what the policy needs once (weights, recordings); workers share it.
  func setUp(
    seed: UInt64, assets: SceneAssets, chains: [Chain], work: WorkOptions, server: ServerOptions,
    largestExpertAction: Double = 1
  ) throws -> PolicySetup {
    switch try choice {
    case .expert:
      let bench = try Workbench(assets)
      return PolicySetup(
        record: PolicyRecord(kind: "expert", name: "expert", seed: seed),
        make: { ExpertPolicy(bench: bench, largestAction: largestExpertAction) })
    case .random:
      return PolicySetup(
        record: PolicyRecord(kind: "random", name: "random", seed: seed),
        make: { RandomPolicy(seed: seed) })
    case .zero:
      return PolicySetup(
        record: PolicyRecord(kind: "zero", name: "zero", seed: seed), make: { ZeroPolicy() })
    case .replay(let path):
      let folder = RecordingFolder(path: path, scene: assets.scene.name, assets: assets.digest)
      try folder.check(chains)
      return PolicySetup(
        record: PolicyRecord(
          kind: "replay", name: "replay", weights: try RecordedRun.digest(of: chains, in: path),
          seed: seed),
        make: { ReplayPolicy(folder) })
    case .checkpoint(let path):
      return try CheckpointPolicy.setUp(
        folder: path, seed: seed, precision: weightsPrecision, work: work)
    case .server(let address):
      return try ServerPolicy.setUp(address: address, seed: seed, options: server)
    }
  }
}

/// A folder of recordings seen as a policy's weights.
private enum RecordedRun {
  /// First 12 hex digits of SHA-256 over the recorded chains' files, in chain order.
  static func digest(of chains: [Chain], in folder: String) throws -> String {
    let digests = try chains.flatMap { chain in
      let stem = Recording.stem(of: chain.index, in: folder)
      return try [".npz", ".json"].map { hexadecimal(sha256(try DurableFile.read(stem + $0))) }
    }
    return String(hexadecimal(sha256(digests.joined())).prefix(12))
  }
}
