import NeuralNetworks

/// RoboVLMs' `DiscreteDecoder`: the language model writes an action as seven tokens, each the
/// likeliest of the whole vocabulary.
public struct DiscreteHead: Sendable {
  /// Maps ids to numbers.
  public let tokenizer: ActionTokenizer
  /// Tokens per action.
  public let actionSize: Int

  /// The text a discrete model is trained to continue. `steps` is the chunk plus one, as upstream's
  /// dataset passes it.
  public static func prompt(instruction: String, steps: Int) -> String {
    let lang = instruction.strippedLikePython
    return "Input: What \(steps) step actions should the robot take to \(lang)?\nOutput: \n</s>"
  }

  /// The likeliest continuations of sequences packed in x: ids, and the logits each was chosen by
  /// into `logits` `[sequences · 7, V]`.
  func generate(
    _ x: Matrix, lengths: [Int], backbone: any Backbone, logits: Matrix, _ pass: ForwardPass
  ) -> [[Int]] {
    let shape = backbone.cacheShape
    let caches = lengths.map {
      KeyValueCache(layers: shape.layers, capacity: $0 + actionSize, width: shape.width)
    }
    var ids = Array(repeating: [Int](), count: lengths.count)
    pass.workspace.scope {
      let next = pass.workspace.matrix(lengths.count, backbone.width)
      for step in 0..<actionSize {
        var packed = PackedSequences(sequences: [], outputs: [])
        var end = 0
        for (cache, length) in zip(caches, lengths) {
          let rows = end..<(end + (step == 0 ? length : 1))
          end = rows.upperBound
          packed.sequences.append(PackedSequences.Sequence(rows: rows, cache: cache))
          packed.outputs.append(end - 1)
        }
        pass.workspace.scope {
          let hidden = backbone.decode(step == 0 ? x : next, packed, pass)
          let scores = pass.timed("head") { backbone.logits(hidden, pass) }
          for index in lengths.indices {
            let row = logits.rows((index * actionSize + step)..<(index * actionSize + step + 1))
            row.copy(from: scores.rows(index..<(index + 1)))
            let id = (0..<row.columns).reduce(0) { row[0, $1] > row[0, $0] ? $1 : $0 }
            ids[index].append(id)
            next.setRow(index, backbone.embedding(of: id))
          }
        }
      }
    }
    return ids
  }
}
