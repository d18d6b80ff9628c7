import ArgumentParser
import PolicyClient

/// How to talk to a policy server (`--policy ws://HOST:PORT`).
struct ServerOptions: ParsableArguments {
  @Option(
    name: .customLong("protocol"),
    help: ArgumentHelp(
      "vla-eval, or openpi with a key preset or a mapping file: openpi:calvin, openpi:libero, "
        + "openpi:FILE.json.", valueName: "name"))
  var wire = "vla-eval"

  @Option(
    name: .customLong("exec-horizon"),
    help: ArgumentHelp(
      "Rows executed of each answer (default: vla-eval 1, openpi presets 5).", valueName: "n"))
  var executionHorizon: Int?

  @Option(
    name: .customLong("action-mode"),
    help: ArgumentHelp(
      "Meaning of an answer: \(ActionMode.allCases.map(\.rawValue).joined(separator: ", ")) "
        + "(default: what the server declares).", valueName: "mode"))
  var actionMode: ActionMode?

  @Option(
    name: .customLong("image-codec"),
    help: "How images travel to a vla-eval server: raw or png.")
  var imageCodec = ImageCodec.raw

  @Option(
    name: .customLong("subtask-reset"),
    help: "strict: every subtask is an episode; vla-eval: one episode per chain and a flag.")
  var subtaskReset = SubtaskReset.strict

  @Option(
    name: .customLong("policy-timeout"),
    help: ArgumentHelp("Longest time for an answer.", valueName: "seconds"))
  var timeout = 30.0

  @Option(
    name: .customLong("policy-warmup-timeout"),
    help: ArgumentHelp("Longest time for a connection's first answer.", valueName: "seconds"))
  var warmupTimeout = 600.0

  @Option(
    name: .customLong("policy-connect-timeout"),
    help: ArgumentHelp("Longest time to keep trying to connect.", valueName: "seconds"))
  var connectTimeout = 60.0

  @Option(
    name: .customLong("policy-api-key"),
    help: ArgumentHelp("Sent to an openpi server as 'Authorization: Api-Key'.", valueName: "key"))
  var apiKey: String?

  func validate() throws {
    guard wire == "vla-eval" || wire == "openpi" || wire.hasPrefix("openpi:") else {
      throw ValidationError("--protocol is vla-eval or openpi[:preset], not '\(wire)'.")
    }
    if let executionHorizon, executionHorizon < 1 {
      throw ValidationError("--exec-horizon is at least 1, not \(executionHorizon).")
    }
    if wire != "vla-eval" && imageCodec == .png {
      throw ValidationError("--image-codec png is known to vla-eval servers only.")
    }
    for (name, value) in [
      ("timeout", timeout), ("warmup-timeout", warmupTimeout), ("connect-timeout", connectTimeout),
    ] where !(value > 0) {
      throw ValidationError("--policy-\(name) is more than 0 s, not \(value).")
    }
  }

  /// The client's options for a server.
  func remoteOptions(_ address: String) throws -> RemoteOptions {
    let wireProtocol: WireProtocol =
      switch wire {
      case "vla-eval": .vlaEval
      case "openpi": .openPI(.calvin)
      default: .openPI(try OpenPIKeyMap(presetOrFile: String(wire.dropFirst("openpi:".count))))
      }
    var options = RemoteOptions(address: try ServerAddress(address), wire: wireProtocol)
    options.executionHorizon = executionHorizon
    options.actionMode = actionMode
    options.imageCodec = imageCodec
    options.subtaskReset = subtaskReset
    options.timeout = timeout
    options.warmupTimeout = warmupTimeout
    options.connectTimeout = connectTimeout
    options.apiKey = apiKey
    return options
  }
}

extension ActionMode: ExpressibleByArgument {}
extension ImageCodec: ExpressibleByArgument {}
extension SubtaskReset: ExpressibleByArgument {}
