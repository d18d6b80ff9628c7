import ArgumentParser
import Calvin
import Foundation
import NIOCore
import NIOPosix
import Policies
import PolicyClient
import Synchronization

/// `calvin-eval bench remote`: what talking to a policy server costs.
struct RemoteBenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remote",
    abstract: "Measure what a step costs besides the policy server, and many connections.",
    discussion: """
      Without --policy a server in this process answers at once, over the loopback, and counts its \
      own time, which is taken off: the rest is the harness's. The observations are those of a \
      CALVIN run: two images, the state, the instruction. The second part lets one connection and \
      then --connections of them ask a server that takes --think milliseconds per answer and any \
      number of questions at once.
        calvin-eval bench remote
        calvin-eval bench remote --policy ws://127.0.0.1:8000 --connections 4
      """)

  @OptionGroup var server: ServerOptions
  @OptionGroup var output: OutputOptions

  @Option(help: "A server to measure instead (round trips with its own time).")
  var policy: String?

  @Option(help: "Questions per connection.")
  var steps = 300

  @Option(help: "Connections of the second part.")
  var connections = 16

  @Option(help: "Milliseconds the second part's server takes per answer.")
  var think = 10.0

  func validate() throws {
    guard steps > 0, connections > 0, think >= 0 else {
      throw ValidationError("--steps and --connections are at least 1, --think at least 0.")
    }
  }

  func run() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    if let policy {
      let options = try server.remoteOptions(policy)
      let alone = try measure(1, options, group)
      let together = try measure(connections, options, group)
      print(rows([("round trip", alone.milliseconds, "ms median")], alone, together))
      return
    }
    let prompt = try StubPolicyServer(group: group, thinking: .zero)
    let quick = try measure(1, options(for: prompt), group)
    let own = prompt.takeMeanWork()
    try prompt.close()
    let slow = try StubPolicyServer(
      group: group, thinking: .nanoseconds(Int64(think * 1e6)))
    let alone = try measure(1, options(for: slow), group)
    let together = try measure(connections, options(for: slow), group)
    try slow.close()
    print(
      rows(
        [
          ("round trip", quick.milliseconds, "ms median"),
          ("of it the server", own, "ms mean"),
          ("added by the harness", quick.milliseconds - own, "ms median"),
          ("server's thinking", think, "ms per answer in what follows"),
        ], alone, together))
  }

  private func rows(
    _ first: [(String, Double, String)], _ alone: Rate, _ together: Rate
  ) -> String {
    let rest = [
      ("one connection", alone.perSecond, "steps/s"),
      ("connections", Double(connections), ""),
      ("all connections", together.perSecond, "steps/s"),
      ("scaling", together.perSecond / alone.perSecond, "times one connection"),
    ]
    return (first + rest).map { ($0.0, String(format: "%.3f", $0.1), $0.2) }
      .formatted(asJSON: output.json)
  }

  private func options(for stub: StubPolicyServer) -> RemoteOptions {
    var options = RemoteOptions(address: stub.address, wire: .vlaEval)
    options.imageCodec = server.imageCodec
    return options
  }

  private struct Rate: Sendable {
    /// Median of a step on the first connection.
    var milliseconds: Double
    /// Of all connections.
    var perSecond: Double
  }

  /// Asks from `count` threads, each with a connection of its own as a run's workers.
  private func measure(
    _ count: Int, _ options: RemoteOptions, _ group: any EventLoopGroup
  ) throws -> Rate {
    let results = Mutex<[Result<Rate, any Error>]>([])
    let done = DispatchSemaphore(value: 0)
    for connection in 0..<count {
      let steps = steps
      let thread = Thread {
        let result = Result { try Self.ask(steps, chain: connection, options, group) }
        results.withLock { $0.append(result) }
        done.signal()
      }
      thread.stackSize = 1 << 20
      thread.start()
    }
    for _ in 0..<count { done.wait() }
    let rates = try results.withLock { try $0.map { try $0.get() } }
    return Rate(
      milliseconds: rates.map(\.milliseconds).sorted()[rates.count / 2],
      perSecond: rates.reduce(0) { $0 + $1.perSecond })
  }

  private static func ask(
    _ steps: Int, chain: Int, _ options: RemoteOptions, _ group: any EventLoopGroup
  ) throws -> Rate {
    let policy = RemotePolicy(options: options, group: group)
    defer { policy.close() }
    try policy.reset(
      for: SubtaskContext(
        task: "open_drawer", instruction: "pull the handle to open the drawer", chain: chain,
        position: 0))
    let cameras = StillCameras()
    func step() throws {
      _ = try policy.act(
        Policies.Observation(
          state: EnvironmentState(
            robotObservation: [Double](repeating: 0.1, count: 15),
            sceneObservation: [Double](repeating: 0, count: 24)),
          info: SceneInfo(
            blocks: [], doors: [], lights: [], robotContacts: [],
            names: SceneInfo.BodyNames(fixedBodies: [:], links: [:])),
          cameras: cameras, step: 0))
    }
    for _ in 0..<10 { try step() }
    var measurement = Measurement()
    let start = DispatchTime.now().uptimeNanoseconds
    for _ in 0..<steps { try measurement.measure { try step() } }
    let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
    return Rate(
      milliseconds: measurement.medianMilliseconds, perSecond: Double(steps) / seconds)
  }

  /// Pictures that cost nothing, of the sizes CALVIN's cameras have.
  private final class StillCameras: CameraSource {
    private let frames = [("static", 200), ("gripper", 84)].map { name, edge in
      let rgb = (0..<edge * edge * 3).map { UInt8(truncatingIfNeeded: $0 &* 37) }
      return (
        name: name,
        frame: Frame(
          width: edge, height: edge, rgb: rgb, depth: Array(repeating: 1, count: edge * edge))
      )
    }

    func frame(_ camera: String, depth: Bool) -> Frame {
      (frames.first { $0.name == camera } ?? frames[0]).frame
    }
  }
}
