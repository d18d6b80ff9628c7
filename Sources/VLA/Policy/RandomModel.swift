import NeuralNetworks

/// The safetensors file of a model of any size with random float32 weights, written tensor by tensor.
public struct RandomModel: Sendable {
  private let seed: UInt64
  private let tensors: [(name: String, shape: [Int])]

  /// The tensors a config's model is made of.
  public init(_ configuration: VLAConfiguration, seed: UInt64) throws(VLAError) {
    self.seed = seed
    let loader = WeightLoader(listing: ())
    _ = try VLAModel(configuration, loader)
    tensors = loader.requested.sorted { $0.name < $1.name }
  }

  /// Bytes of all numbers.
  public var byteCount: Int { tensors.reduce(0) { $0 + 4 * $1.shape.reduce(1, *) } }

  /// Gives the file to `put` in pieces.
  public func write(_ put: (UnsafeRawBufferPointer) throws -> Void) throws {
    let header = SafeTensors.header(
      tensors.map { ($0.name, .f32, $0.shape, 4 * $0.shape.reduce(1, *)) },
      metadata: ["seed": String(seed)])
    try header.withUnsafeBytes(put)
    let random = RandomWeights(seed: seed)
    for (name, shape) in tensors {
      let tensor = random.tensor(name, shape)
      try withExtendedLifetime(tensor) { try put(UnsafeRawBufferPointer(tensor.values)) }
    }
  }
}
