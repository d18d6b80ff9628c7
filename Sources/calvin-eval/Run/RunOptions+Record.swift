import Foundation
import Results

extension RunOptions {
  /// Every option with its value and whether it was passed; paths made absolute, so that a run can
  /// be resumed from anywhere.
  func recorded(_ arguments: [String]) -> [String: RunSettings.Option] {
    var options: [String: RunSettings.Option] = [:]
    func note(_ name: String, _ value: String?) {
      guard let value else { return }
      let passed = arguments.contains { $0 == "--\(name)" || $0.hasPrefix("--\(name)=") }
      options[name] = RunSettings.Option(value: value, passed: passed)
    }
    note("scene", scene.scene)
    note("calvin-env", scene.calvinEnv.map(absolutePath))
    note("dataset", scene.dataset.map(absolutePath))
    note("policy", absolutePolicy)
    note("chains", String(chains))
    note("sequences", sequences.map(absolutePath))
    note("seed", String(seed))
    note("steps-per-subtask", String(stepsPerSubtask))
    note("weights-precision", policy.weightsPrecision?.rawValue)
    note("renderer", renderer.renderer.rawValue)
    note("render-gpu", renderer.renderGPU.map(String.init))
    note("depth-bits", String(renderer.depthBits))
    note("render-threads", renderer.threads.count.map(String.init))
    note("no-shadows", renderer.shadows ? nil : "true")
    note("render-every-step", renderEveryStep ? "true" : nil)
    note("no-film-strips", filmStrips ? nil : "true")
    note("record", record.map(absolutePath))
    note("frames", frames.map(absolutePath))
    if policy.name.hasPrefix("ws://") {
      note("protocol", server.wire)
      note("exec-horizon", server.executionHorizon.map(String.init))
      note("action-mode", server.actionMode?.rawValue)
      note("image-codec", server.imageCodec.rawValue)
      note("subtask-reset", server.subtaskReset.rawValue)
      note("policy-timeout", "\(server.timeout)")
      note("policy-warmup-timeout", "\(server.warmupTimeout)")
      note("policy-connect-timeout", "\(server.connectTimeout)")
    }
    note("video", video?.text)
    note("video-size", video.map { _ in String(videoFormat.videoSize) })
    note("animated-png", videoFormat.animatedPNG ? "true" : nil)
    note("workers", String(work.workerCount))
    note("policy-batch", work.policyBatch.map(String.init))
    note("policy-threads", work.policyThreads.map(String.init))
    note("retries", String(work.retryCount))
    note("chain-timeout", work.chainTimeout.map { "\($0)" })
    note("fail-on-error", work.failOnError.map { "\($0)" })
    return options
  }

  /// The words of a command line as run.json may hold them: without the policy server's key.
  static func withoutSecrets(_ arguments: [String]) -> [String] {
    let option = "--policy-api-key"
    return arguments.indices.map { index in
      if index > 0, arguments[index - 1] == option { return "***" }
      return arguments[index].hasPrefix(option + "=") ? option + "=***" : arguments[index]
    }
  }

  private var absolutePolicy: String {
    switch try? policy.choice {
    case .replay(let folder): "replay:" + absolutePath(folder)
    case .checkpoint(let path): absolutePath(path)
    default: policy.name
    }
  }

  /// The command line that starts the recorded run again.
  static func arguments(resuming options: [String: RunSettings.Option]) -> [String] {
    options.sorted { $0.key < $1.key }.filter(\.value.passed).flatMap { name, option in
      option.value == "true" ? ["--\(name)"] : ["--\(name)", option.value]
    }
  }
}

/// `path` seen from the root.
func absolutePath(_ path: String) -> String {
  URL(filePath: path).standardizedFileURL.path(percentEncoded: false)
}
