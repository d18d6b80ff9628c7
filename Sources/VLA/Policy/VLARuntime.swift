import Calvin
import Foundation
import NeuralNetworks

/// A model in use: one read-only copy of the weights, one forward pass, and a queue in which the
/// workers' requests meet and are computed together. Which requests share a batch depends on time;
/// results do not, which is verified when it starts.
public final class VLARuntime: @unchecked Sendable {
  /// Settings that change speed only.
  public struct Settings: Sendable, Equatable {
    /// Most requests computed together.
    public var batch: Int
    /// Threads of the forward pass.
    public var threads: Int

    /// Settings of these parts.
    public init(batch: Int, threads: Int) {
      self.batch = max(1, batch)
      self.threads = max(1, threads)
    }
  }

  /// The model.
  public let model: VLAModel
  /// Its tokenizer.
  public let tokenizer: Tokenizer
  /// What it was started with.
  public let settings: Settings
  private let pass: ForwardPass

  // Guarded by `condition`; `pass` belongs to the thread that set `isRunning`.
  private let condition = NSCondition()
  private var waiting: [Request] = []
  private var isRunning = false
  private var clients = 0
  private var lastDuration = 0.0
  private var phaseSeconds: [String: Double] = [:]
  private var tokenizerSeconds = 0.0

  private final class Request {
    let stream: VLAStream
    let frames: (static: Frame, gripper: Frame)
    var result: Result<RawPrediction, any Error>?

    init(_ stream: VLAStream, _ frames: (static: Frame, gripper: Frame)) {
      self.stream = stream
      self.frames = frames
    }
  }

  /// Starts a model: chooses products of which batches cannot change results.
  public init(model: VLAModel, tokenizer: Tokenizer, settings: Settings) throws(VLAError) {
    self.model = model
    self.tokenizer = tokenizer
    self.settings = settings
    let rows = settings.batch * model.largestProductRows
    let products = try BatchInvariance.products(
      for: model.productShapes, rows: min(rows, 1024), threads: settings.threads,
      precision: model.configuration.weightPrecision)
    pass = ForwardPass(threads: settings.threads, products: products)
  }

  /// Loads a model folder: `config.json`, weights, tokenizer, and an adapter if there is one.
  /// `precision` overrules the config's.
  public static func load(
    folder: String, precision: WeightPrecision? = nil, settings: Settings
  ) throws(VLAError) -> VLARuntime {
    var configuration = try VLAConfiguration(folder: folder)
    if let precision { configuration.weightPrecision = precision }
    let tokenizer = try Tokenizer.load(folder: folder)
    let checkpoint = try Checkpoint.open(folder: folder, loraAlpha: configuration.loraAlpha)
    let model = try VLAModel(
      configuration, checkpoint,
      discreteVocabulary: (tokenizer.baseCount, configuration.backbone.specialTokenNames))
    let runtime = try VLARuntime(model: model, tokenizer: tokenizer, settings: settings)
    // Tags nobody uses may lie beyond the embedding; words and the prompt's own tags may not.
    let needed = max(tokenizer.baseCount, (runtime.tokens(of: "").max() ?? 0) + 1)
    guard needed <= model.backbone.vocabularySize else {
      throw VLAError(
        folder, "tokenizer",
        "needs \(needed) ids, but the model embeds \(model.backbone.vocabularySize)")
    }
    return runtime
  }

  /// A worker's policy on this model.
  public func makePolicy() -> VLAPolicy {
    condition.withLock { clients += 1 }
    return VLAPolicy(self)
  }

  func release() { condition.withLock { clients -= 1 } }

  /// Settings a run's record keeps, by name.
  public var record: [String: String] {
    [
      "compatibility": model.configuration.compatibility.rawValue,
      "chunk_execution": "\(model.configuration.chunkExecution)",
      "weights_precision": model.configuration.weightPrecision.rawValue,
    ]
  }

  /// The kernels this machine chose, by name: others may differ in the last bits.
  public var kernels: [String: String] {
    [
      "openblas_core": BLAS.coreName, "kernels": Kernels.instructionSet,
      "products": pass.products.description(for: model.configuration.weightPrecision),
    ]
  }

  /// Seconds spent so far by phase: preprocess, vision, text (tokens and embeddings), decoder, head.
  public var secondsByPhase: [String: Double] {
    condition.withLock { phaseSeconds.merging(["text": tokenizerSeconds], uniquingKeysWith: +) }
  }

  /// Adds time a worker spent on an instruction's tokens.
  func addTokenizer(seconds: Double) { condition.withLock { tokenizerSeconds += seconds } }

  /// The model's prediction for one stream; returns when the batch it joined is done.
  func predict(
    _ stream: VLAStream, _ frames: (static: Frame, gripper: Frame)
  ) throws -> RawPrediction {
    let request = Request(stream, frames)
    condition.lock()
    defer { condition.unlock() }
    waiting.append(request)
    condition.broadcast()
    while true {
      if let result = request.result { return try result.get() }
      if isRunning || waiting.isEmpty {
        condition.wait()
      } else {
        runBatch()
      }
    }
  }

  /// Computes what is waiting, with the lock held on entry and exit.
  private func runBatch() {
    isRunning = true
    // Other workers are about to ask: waiting a little for them beats computing alone.
    let limit = Date(timeIntervalSinceNow: min(0.1, lastDuration / 4))
    while waiting.count < min(settings.batch, clients), condition.wait(until: limit) {}
    let batch = Array(waiting.prefix(settings.batch))
    waiting.removeFirst(batch.count)
    condition.unlock()
    let began = DispatchTime.now().uptimeNanoseconds
    let results = Result {
      try model.step(batch.map { ($0.stream, $0.frames.static, $0.frames.gripper) }, pass)
    }
    let duration = Double(DispatchTime.now().uptimeNanoseconds - began) * 1e-9
    condition.lock()
    for (index, request) in batch.enumerated() { request.result = results.map { $0[index] } }
    lastDuration = duration
    phaseSeconds = pass.phaseSeconds
    isRunning = false
    condition.broadcast()
  }
}
