import Assets
import Calvin
import Digests
import Foundation
import Logging
import Rendering
import Results
import Rollouts
import Simulation

/// Turns options into a plan: reads the scene, draws the chains, opens renderer and policy.
struct RunPreparation {
  let options: RunOptions
  let arguments: [String]
  let log: Logger

  /// Everything a run needs; throws what is wrong with the input.
  func plan() throws -> RunPlan {
    let setup = try SceneSetup(options.scene, options.renderer)
    let (assets, tasks, renderers) = (setup.assets, setup.tasks, setup.renderers)
    let chains = try planChains(tasks, assets)
    let policy = try options.policy.setUp(
      seed: options.seed, assets: assets, chains: chains.map(\.chain),
      work: options.work, server: options.server)
    let shard = try options.work.shard?.shard(in: ProcessInfo.processInfo.environment)
    let record = RunRecord(
      protocol: try protocolRecord(assets, chains, renderers, policy),
      policy: policy.record,
      environment: Machine.record(renderer: renderers.selection, kernels: policy.kernels),
      settings: RunSettings(
        options: options.recorded(arguments), shard: shard,
        nonStandard: nonStandard(assets, isEmbedded: setup.isEmbedded, chains: chains.map(\.chain)))
    )
    for folder in [options.record, options.frames].compactMap(\.self) {
      try DurableFile.createFolder(folder)
    }
    let cameras = ["static", "gripper"]
    return RunPlan(
      directory: directory(shard), record: record, chains: chains,
      runner: ChainRunner(
        oracle: tasks.oracle, stepsPerSubtask: options.stepsPerSubtask,
        renderedCameras: options.renderEveryStep ? cameras : []),
      factory: RolloutFactory(
        worlds: {
          let world = try setup.makeWorld()
          return { world }
        }, policy: policy.make),
      pool: policy.pool(options.work, log: log), policySeconds: policy.seconds,
      takesFilmStrips: options.filmStrips,
      observers: { [frames = options.frames, recordings = options.record] in
        var observers: [any ChainObserver] = []
        if let recordings {
          observers.append(
            ChainRecorder(folder: recordings, scene: assets.scene.name, assets: assets.digest))
        }
        if let frames { observers.append(FrameDump(folder: frames, cameras: cameras)) }
        return observers
      }, pages: RunPages(chains: chains).make)
  }

  private func directory(_ shard: Shard?) -> RunDirectory {
    let path = options.run ?? "Results/\(Machine.dateForNames())-\(policyWord)"
    let run = RunDirectory(path: path)
    return shard.map(run.shard) ?? run
  }

  private var policyWord: String { (try? options.policy.choice.word) ?? "run" }

  private func planChains(_ tasks: TaskLibrary, _ assets: SceneAssets) throws -> [PlannedChain] {
    let chains: [Chain]
    if let file = options.sequences {
      let listed = try SequenceFile.read(file, tasks: tasks.taskNames)
      chains = Array(listed.prefix(options.chains))
    } else {
      chains = tasks.chains.evaluationChains(options.chains)
    }
    let layout = SceneLayout(assets.scene)
    return try chains.map { chain in
      PlannedChain(
        chain: chain, start: try chain.initialState.startState(in: layout),
        instructions: try chain.subtasks.map { try tasks.validation.instruction(for: $0) })
    }
  }

  private func protocolRecord(
    _ assets: SceneAssets, _ chains: [PlannedChain], _ renderers: RendererFactory,
    _ policy: PolicySetup
  ) throws -> ProtocolRecord {
    let folder = try tasksFolder()
    return ProtocolRecord(
      scene: assets.scene.name, assets: assets.digest,
      tasks: try Self.digest(ofFile: TaskLibrary.tasksFile(in: folder)),
      annotations: try Self.digest(ofFile: TaskLibrary.validationFile(in: folder)),
      sequences: Self.digest(SequenceFile.text(of: chains.map(\.chain))),
      chains: chains.count, stepsPerSubtask: options.stepsPerSubtask,
      actionMode: policy.actionMode, substeps: Environment.substeps,
      cameras: assets.cameras.map {
        ProtocolRecord.Camera(
          name: $0.name, width: $0.width, height: $0.height,
          fieldOfViewDegrees: $0.fieldOfViewDegrees)
      },
      renderer: renderers.selection.kind, depthBits: renderers.settings.depthBits,
      shadows: renderers.settings.shadows, remote: policy.remote)
  }

  private static func digest(_ text: String) -> String {
    String(hexadecimal(sha256(text)).prefix(12))
  }

  private static func digest(ofFile path: String) throws -> String {
    String(hexadecimal(sha256(try DurableFile.read(path))).prefix(12))
  }

  /// Why this run's numbers are no CALVIN numbers; empty when they are.
  private func nonStandard(
    _ assets: SceneAssets, isEmbedded: Bool, chains: [Chain]
  ) -> [String] {
    var reasons: [String] = []
    if chains.count != ChainGenerator.officialCount {
      reasons.append("\(chains.count) chains instead of the official 1000")
    }
    if options.sequences != nil { reasons.append("chains from a list of the user's") }
    if assets.scene.name != "D" {
      reasons.append("scene \(assets.scene.name); the official chains are made for D")
    }
    if isEmbedded { reasons.append("the program's own scene instead of calvin_env's") }
    if options.stepsPerSubtask != 360 {
      reasons.append("\(options.stepsPerSubtask) env steps per subtask instead of 360")
    }
    if !options.renderer.shadows { reasons.append("no shadows") }
    if options.renderer.depthBits != 24 {
      reasons.append("\(options.renderer.depthBits) depth bits instead of 24")
    }
    return reasons
  }
}
