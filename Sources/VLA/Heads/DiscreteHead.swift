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

  /// The likeliest continuation of one sequence: ids and the logits each was chosen by, `[7, V]`.
  func generate(
    _ x: Matrix, backbone: any Backbone, logits: Matrix, _ pass: ForwardPass
  ) -> [Int] {
    let shape = backbone.cacheShape
    let cache = KeyValueCache(
      layers: shape.layers, capacity: x.rows + actionSize, width: shape.width)
    var ids: [Int] = []
    pass.workspace.scope {
      let next = pass.workspace.matrix(1, backbone.width)
      for step in 0..<actionSize {
        let input = step == 0 ? x : next
        let sequence = PackedSequences.Sequence(rows: 0..<input.rows, cache: cache)
        let row = logits.rows(step..<(step + 1))
        pass.workspace.scope {
          let hidden = backbone.decode(
            input, PackedSequences(sequences: [sequence], outputs: [input.rows - 1]), pass)
          row.copy(from: backbone.logits(hidden, pass))
        }
        let id = (0..<row.columns).reduce(0) { row[0, $1] > row[0, $0] ? $1 : $0 }
        ids.append(id)
        next.setRow(0, backbone.embedding(of: id))
      }
    }
    return ids
  }
}
