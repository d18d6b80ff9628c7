import NeuralNetworks

/// A vision-language model as RoboVLMs drives it: images become `visualTokens` rows, tokens become
/// rows, a causal decoder turns a row sequence into hidden states. Adding a backbone is one file
/// that conforms to this, and a line in `VLAModel.makeBackbone`.
public protocol Backbone: Sendable {
  /// D, columns of embeddings and hidden states.
  var width: Int { get }
  /// Q, rows one image becomes.
  var visualTokens: Int { get }
  /// Rows one image has in the vision tower.
  var imageTokens: Int { get }
  /// S, pixels per side of the pictures it takes.
  var imageSize: Int { get }
  /// How pixels become numbers.
  var imageNormalization: ImageNormalization { get }
  /// Vocabulary size, rows of the word embedding.
  var vocabularySize: Int { get }
  /// `[out, in]` of every weight that meets many rows at once; batch invariance is checked on them.
  var productShapes: [(outputs: Int, inputs: Int)] { get }

  /// Decoder layers, and columns of one layer's keys; what a cache must hold.
  var cacheShape: (layers: Int, width: Int) { get }

  /// pixels `[images, 3·S·S]`, normalised, channels first -> `[images · Q, D]`.
  func encodeImages(_ pixels: Matrix, _ pass: ForwardPass) -> Matrix

  /// The word embedding of a token, unscaled `[D]`.
  func embedding(of token: Int) -> UnsafeBufferPointer<Float>

  /// Runs the decoder over packed sequences of input embeddings `[rows, D]`; gives the hidden
  /// states after the final norm of `sequences.outputs`, `[outputs, D]`.
  func decode(_ x: Matrix, _ sequences: PackedSequences, _ pass: ForwardPass) -> Matrix

  /// hidden `[rows, D]` -> logits over the vocabulary `[rows, V]`.
  func logits(_ hidden: Matrix, _ pass: ForwardPass) -> Matrix
}

/// Per-channel mean and standard deviation of pixels in 0...1.
public struct ImageNormalization: Sendable, Equatable {
  /// Red, green, blue.
  public var mean: [Float]
  /// Red, green, blue.
  public var deviation: [Float]

  /// CLIP's constants, which RoboVLMs uses for every backbone but PaliGemma.
  public static let clip = ImageNormalization(
    mean: [0.48145466, 0.4578275, 0.40821073], deviation: [0.26862954, 0.26130258, 0.27577711])
  /// SigLIP's: 0.5 everywhere.
  public static let siglip = ImageNormalization(
    mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5])
}

/// Sequences of a decoder pass, packed row after row in one matrix.
public struct PackedSequences {
  /// One causal sequence.
  public struct Sequence {
    /// Its rows in the packed matrix.
    public var rows: Range<Int>
    /// False for positions nobody may attend to; empty when all count. Covers past and new rows.
    public var keyMask: [Bool]
    /// Keys and values of earlier positions; new ones are appended.
    public var cache: KeyValueCache?

    /// A sequence of these rows.
    public init(rows: Range<Int>, keyMask: [Bool] = [], cache: KeyValueCache? = nil) {
      self.rows = rows
      self.keyMask = keyMask
      self.cache = cache
    }
  }

  /// In packing order.
  public var sequences: [Sequence]
  /// Packed rows whose hidden states are wanted, ascending.
  public var outputs: [Int]

  /// Sequences of these parts.
  public init(sequences: [Sequence], outputs: [Int]) {
    self.sequences = sequences
    self.outputs = outputs
  }

  /// Position of every packed row in its sequence, earlier (cached) rows counted.
  var positions: [Int] {
    sequences.flatMap { sequence in
      let past = sequence.cache?.length ?? 0
      return (past..<(past + sequence.rows.count)).map { $0 }
    }
  }

  /// Attention of one layer over all sequences. q, k, v are packed rows; when `only` is given, q's
  /// rows are those packed rows instead of all. Gives `[q rows, heads · headSize]`.
  func attend(
    _ attention: Attention, layer: Int, queries: Matrix, keys: Matrix, values: Matrix,
    only: [Int]?, _ pass: ForwardPass
  ) -> Matrix {
    let context = pass.workspace.matrix(queries.rows, queries.columns)
    var plain: [Attention.Sequence] = []
    for sequence in sequences {
      let past = sequence.cache?.length(inLayer: layer) ?? 0
      sequence.cache?.append(keys.rows(sequence.rows), values.rows(sequence.rows), layer: layer)
      let firstKey = sequence.cache == nil ? sequence.rows.lowerBound : 0
      var parts: [Attention.Sequence] = []
      if let only {
        for (index, row) in only.enumerated() where sequence.rows.contains(row) {
          let count = past + row - sequence.rows.lowerBound + 1
          parts.append(
            Attention.Sequence(
              queries: index..<(index + 1), keys: firstKey..<(firstKey + count),
              keyMask: Array(sequence.keyMask.prefix(count))))
        }
      } else {
        parts = [
          Attention.Sequence(
            queries: sequence.rows, keys: firstKey..<(firstKey + past + sequence.rows.count),
            keyMask: sequence.keyMask)
        ]
      }
      if let cache = sequence.cache {
        attention.apply(
          queries: queries, keys: cache.keys(layer), values: cache.values(layer),
          sequences: parts, into: context, pass)
      } else {
        plain += parts
      }
    }
    if !plain.isEmpty {
      attention.apply(
        queries: queries, keys: keys, values: values, sequences: plain, into: context, pass)
    }
    return context
  }
}

/// Keys and values of a sequence's earlier positions, for token-by-token decoding.
public final class KeyValueCache {
  private struct Layer {
    let keys: OwnedMatrix
    let values: OwnedMatrix
    var length = 0
  }
  private var layers: [Layer]

  /// Room for `capacity` positions of `width` numbers in each of `layers` layers.
  public init(layers: Int, capacity: Int, width: Int) {
    self.layers = (0..<layers).map { _ in
      Layer(
        keys: OwnedMatrix(rows: capacity, columns: width),
        values: OwnedMatrix(rows: capacity, columns: width))
    }
  }

  /// Positions held by every layer (between passes all hold the same).
  public var length: Int { layers.last?.length ?? 0 }

  func length(inLayer layer: Int) -> Int { layers[layer].length }
  func keys(_ layer: Int) -> Matrix { layers[layer].keys.matrix }
  func values(_ layer: Int) -> Matrix { layers[layer].values.matrix }

  func append(_ keys: Matrix, _ values: Matrix, layer: Int) {
    let rows = layers[layer].length..<(layers[layer].length + keys.rows)
    precondition(rows.upperBound <= layers[layer].keys.matrix.rows, "the cache is full")
    layers[layer].keys.matrix.rows(rows).copy(from: keys)
    layers[layer].values.matrix.rows(rows).copy(from: values)
    layers[layer].length = rows.upperBound
  }
}
