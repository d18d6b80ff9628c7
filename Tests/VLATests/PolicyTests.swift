import Calvin
import Foundation
import Geometry
import NeuralNetworks
import NumPy
import Policies
import Testing

@testable import VLA

/// Cameras that show noise of a seed and count what is asked of them.
private final class NoiseCameras: CameraSource {
  var calls: [String: Int] = [:]
  var random: SeededGenerator

  init(_ seed: UInt64) { random = SeededGenerator(seed) }

  func frame(_ camera: String, depth: Bool) throws -> Frame {
    calls[camera, default: 0] += 1
    let side = camera == "static" ? 200 : 84
    var bytes: [UInt8] = []
    while bytes.count < side * side * 3 {
      withUnsafeBytes(of: random.next()) { bytes += $0 }
    }
    return Frame(width: side, height: side, rgb: Array(bytes.prefix(side * side * 3)))
  }
}

@Suite struct PolicyTests {
  static func runtime(
    batch: Int, threads: Int, words: Int? = nil,
    change: (inout VLAConfiguration) -> Void = { _ in }
  ) throws -> VLARuntime {
    var configuration = try TinyModel.configuration()
    if let words, let text = configuration.backboneConfig["text_config"] {
      let size = ExactJSON.number(Double(words), exact: words)
      configuration.backboneConfig = .object([
        ("text_config", .object([("vocab_size", size)]).overlaying(text)),
        ("latent_query_num", .number(8, exact: 8)),
        ("vision_config", configuration.backboneConfig["vision_config"] ?? .null),
      ])
    }
    change(&configuration)
    let files = try TinyModel.files()
    let tokenizer = try #require(files.first { $0.name == "tokenizer.json" })
    return try VLARuntime(
      model: try VLAModel(configuration, WeightLoader(random: RandomWeights(seed: 2024))),
      tokenizer: try Tokenizer(try Fixtures.json(tokenizer.bytes), file: "tokenizer.json"),
      settings: .init(batch: batch, threads: threads))
  }

  private static func observation(_ cameras: NoiseCameras, _ step: Int) -> Observation {
    Observation(
      state: EnvironmentState(
        robotObservation: (0..<15).map { Double($0) / 10 },
        sceneObservation: Array(repeating: 0, count: 24)),
      info: SceneInfo(
        blocks: [], doors: [], lights: [], robotContacts: [],
        names: .init(fixedBodies: [:], links: [:])), cameras: cameras, step: step)
  }

  /// The actions of some workers, each on its own thread with its own instruction and pictures.
  private static func actions(_ runtime: VLARuntime, workers: Int, steps: Int) -> [[[Double]]] {
    let results = Results(count: workers)
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      let policy = runtime.makePolicy()
      let cameras = NoiseCameras(UInt64(worker))
      policy.reset(
        for: SubtaskContext(
          task: "t", instruction: String(repeating: "push the red block ", count: worker + 1),
          chain: worker, position: 0))
      for step in 0..<steps {
        let action = try? policy.act(observation(cameras, step))
        results.append(worker, action?.values ?? [])
      }
    }
    return results.rows
  }

  private final class Results: @unchecked Sendable {
    private let lock = NSLock()
    private(set) var rows: [[[Double]]]
    init(count: Int) { rows = Array(repeating: [], count: count) }
    func append(_ worker: Int, _ action: [Double]) { lock.withLock { rows[worker].append(action) } }
  }

  /// Every kind of head and history, and every precision.
  struct Variant: Sendable, CustomTestStringConvertible {
    var head = HeadConfiguration.Kind.lstm
    var history = VLAConfiguration.History.post
    var precision = WeightPrecision.f32
    var pooled: HeadConfiguration.TokenSource?
    var usesResampler = false
    var testDescription: String {
      let source = pooled.map { ", \($0) pooled" } ?? ""
      return "\(head), \(history), \(precision)\(source)\(usesResampler ? ", resampled" : "")"
    }

    func change(_ configuration: inout VLAConfiguration) {
      configuration.head.kind = head
      configuration.head.bins = 64
      configuration.history = history
      configuration.weightPrecision = precision
      configuration.head.pooledTokens = pooled
      configuration.head.latent = pooled == nil ? 1 : 3
      configuration.usesVisionResampler = usesResampler
    }

    static let all =
      HeadConfiguration.Kind.allCases.map { Variant(head: $0) } + [
        Variant(history: .pre), Variant(precision: .bf16), Variant(precision: .int8),
        Variant(head: .discrete, precision: .bf16), Variant(head: .gpt, precision: .int8),
        Variant(pooled: .all), Variant(head: .fc, history: .pre, pooled: .text),
        Variant(head: .gpt, pooled: .vision, usesResampler: true),
      ]
  }

  /// The same actions, bit for bit, for any number of workers, batch size and thread count.
  @Test(arguments: Variant.all) func determinismAcrossWorkersAndBatches(_ variant: Variant) throws {
    let steps = 11  // more than the window
    let reference = Self.actions(
      try Self.runtime(batch: 1, threads: 1, change: variant.change), workers: 5, steps: steps)
    #expect(reference.allSatisfy { $0.count == steps && $0.allSatisfy { $0.count == 7 } })
    // Greedy tokens of random weights may agree; real-valued actions cannot.
    if variant.head != .discrete { #expect(Set(reference.map { "\($0)" }).count == 5) }
    for (batch, threads) in [(5, 1), (2, 3), (8, 2)] {
      let again = Self.actions(
        try Self.runtime(batch: batch, threads: threads, change: variant.change), workers: 5,
        steps: steps)
      #expect(again == reference, "batch \(batch), \(threads) threads")
    }
    let alone = Self.actions(
      try Self.runtime(batch: 8, threads: 2, change: variant.change), workers: 1, steps: steps)
    #expect(alone[0] == reference[0])
  }

  /// Weights of lower precision change actions, but little against the actions themselves.
  @Test(arguments: [(WeightPrecision.bf16, 0.03), (.int8, 0.1)])
  func lowerPrecisionStaysClose(_ precision: WeightPrecision, limit: Double) throws {
    let expected = Self.actions(try Self.runtime(batch: 1, threads: 1), workers: 3, steps: 5)
    let found = Self.actions(
      try Self.runtime(batch: 1, threads: 1) { $0.weightPrecision = precision }, workers: 3,
      steps: 5)
    let arms = zip(found.joined(), expected.joined()).map { ($0.prefix(6), $1.prefix(6)) }
    let difference = arms.reduce(0) { $0 + zip($1.0, $1.1).reduce(0) { $0 + pow($1.0 - $1.1, 2) } }
    let size = arms.reduce(0) { $0 + $1.1.reduce(0) { $0 + $1 * $1 } }
    #expect(difference > 0)
    #expect((difference / size).squareRoot() < limit)
  }

  /// Products of one row each give results that do not depend on the batch, whatever the BLAS.
  @Test func singleRowProductsAreInvariant() {
    var tiling = Products.Tiling()
    tiling.exactRows = 1
    let pass = ForwardPass(threads: 2, products: .openBLAS(tiling))
    for shape in [(outputs: 64, inputs: 588), (outputs: 300, inputs: 64)] {
      #expect(BatchInvariance.isInvariant(shape, rows: 200, pass))
    }
  }

  @Test func eachCameraIsRenderedOncePerPrediction() throws {
    let cameras = NoiseCameras(1)
    let policy = try Self.runtime(batch: 1, threads: 1).makePolicy()
    policy.reset(for: SubtaskContext(task: "t", instruction: "lift", chain: 0, position: 0))
    for step in 0..<3 { _ = try policy.act(Self.observation(cameras, step)) }
    #expect(cameras.calls == ["static": 3, "gripper": 3])

    let other = NoiseCameras(1)
    let open = try Self.runtime(batch: 1, threads: 1) {
      $0.chunkExecution = .openLoop(steps: 4)
      $0.usesGripperCamera = false
    }.makePolicy()
    open.reset(for: SubtaskContext(task: "t", instruction: "lift", chain: 0, position: 0))
    for step in 0..<8 { _ = try open.act(Self.observation(other, step)) }
    #expect(other.calls == ["static": 2])
  }

  @Test func resetForgets() throws {
    let policy = try Self.runtime(batch: 1, threads: 1).makePolicy()
    func run() throws -> [[Double]] {
      let cameras = NoiseCameras(4)
      policy.reset(for: SubtaskContext(task: "t", instruction: "lift", chain: 0, position: 0))
      return try (0..<3).map { try policy.act(Self.observation(cameras, $0)).values }
    }
    #expect(try run() == (try run()))
  }

  @Test func historyPreExecutesTheNewestFrameUnlessCompatible() throws {
    func chunks(_ compatibility: VLAConfiguration.Compatibility) throws -> [[Double]] {
      let policy = try Self.runtime(batch: 1, threads: 1) {
        $0.history = .pre
        $0.compatibility = compatibility
      }.makePolicy()
      let cameras = NoiseCameras(6)
      policy.reset(for: SubtaskContext(task: "t", instruction: "lift", chain: 0, position: 0))
      return try (0..<4).map { try policy.act(Self.observation(cameras, $0)).values }
    }
    let (ours, theirs) = (try chunks(.none), try chunks(.robovlms))
    #expect(ours[0] == theirs[0])
    #expect(theirs.allSatisfy { zip($0, theirs[0]).allSatisfy { abs($0 - $1) < 1e-6 } })
    #expect(ours[3] != ours[0])
  }

  /// `fill_zero` hides the action token, which stands before the text's end, in every frame.
  @Test func fillZeroHidesActionTokens() throws {
    let model = try Self.runtime(batch: 1, threads: 1) { $0.head.fillsZero = true }.model
    let features = ForwardPass(threads: 1).workspace.matrix(1, 1)
    let frames = VLAModel.SequenceInput(ids: [0, 7, 8, 2], frames: [features, features])
    let length = model.sequenceLength(textLength: 4)
    let mask = model.attentionMask(frames)
    #expect(mask.count == 2 * length)
    #expect(mask.indices.filter { !mask[$0] } == [length - 2, 2 * length - 2])
    let plain = try Self.runtime(batch: 1, threads: 1).model
    #expect(plain.attentionMask(frames).allSatisfy { $0 })
  }

  /// What training scaled is scaled back, which upstream forgets.
  @Test func regularizationIsUndoneUnlessCompatible() throws {
    func arm(_ compatibility: VLAConfiguration.Compatibility) throws -> Double {
      let model = try Self.runtime(batch: 1, threads: 1) {
        $0.regularization = (mean: 0.1, deviation: 0.4)
        $0.normalizesActions = false
        $0.compatibility = compatibility
      }.model
      let chunk: [Float] = [0.5, 0, 0, 0, 0, 0, 1]
      return ActionDecoder(model).actions(
        RawPrediction(chunk: [chunk]), robot: Array(repeating: 0, count: 15))[0][0]
    }
    #expect(abs(try arm(.none) - (0.5 * 0.400001 + 0.1)) < 1e-12)
    #expect(try arm(.robovlms) == 0.5)
  }

  /// A tag beyond the embedding is the instruction's fault, not a crash.
  @Test func tokensBeyondTheEmbeddingAreAFault() throws {
    let policy = try Self.runtime(batch: 1, threads: 1) { _ in }.makePolicy()
    policy.reset(for: SubtaskContext(task: "t", instruction: "lift", chain: 0, position: 0))
    _ = try policy.act(Self.observation(NoiseCameras(1), 0))
    let narrow = try Self.runtime(batch: 1, threads: 1, words: 100).makePolicy()
    narrow.reset(for: SubtaskContext(task: "t", instruction: "lift", chain: 0, position: 0))
    #expect(throws: PolicyFault.self) { try narrow.act(Self.observation(NoiseCameras(1), 0)) }
  }

  @Test func modelsOnDiskAreTheTinyModel() throws {
    let folder = "\(Fixtures.package)/Models/tiny"
    for (name, bytes) in try TinyModel.files() {
      #expect(
        try readFile("\(folder)/\(name)") == bytes, "\(name): run calvin-eval model make-tiny")
    }
    _ = try VLARuntime.load(folder: folder, settings: .init(batch: 1, threads: 1))
  }
}
