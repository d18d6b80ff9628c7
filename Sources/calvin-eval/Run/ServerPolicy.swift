import NIOPosix
import PolicyClient
import Results

/// A policy that runs in a server; every worker has a connection of its own.
enum ServerPolicy {
  /// Connects once to learn the server's conventions, and prints where they differ from ours.
  static func setUp(
    address: String, seed: UInt64, options: ServerOptions
  ) throws -> PolicySetup {
    let group = MultiThreadedEventLoopGroup.singleton
    var remote = try options.remoteOptions(address)
    let first = RemotePolicy(options: remote, group: group)
    let agreement = try first.connect()
    let log = standardErrorLogger()
    for line in first.conventionMismatches { log.warning("\(remote.address): \(line)") }
    first.close()
    // Later connections must not change their mind.
    remote.declaration = agreement.declaration
    remote.actionMode = agreement.mode
    remote.executionHorizon = agreement.horizon
    let settled = remote
    var setup = PolicySetup(
      record: PolicyRecord(kind: "remote", name: remote.wire.name, seed: seed),
      make: { RemotePolicy(options: settled, group: group) })
    setup.actionMode = agreement.mode.rawValue
    setup.maxWorkers = agreement.maxConnections
    setup.remote = [
      "protocol": remote.wire.name, "exec_horizon": String(agreement.horizon),
      "image_codec": remote.imageCodec.rawValue, "subtask_reset": remote.subtaskReset.rawValue,
    ]
    if !agreement.extras.isEmpty {
      setup.remote?["extras"] = agreement.extras.joined(separator: ",")
    }
    return setup
  }
}
