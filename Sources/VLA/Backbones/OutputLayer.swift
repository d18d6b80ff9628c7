import NeuralNetworks

extension ConfigReader {
  /// Whether a Hugging Face config ties `lm_head` to the word embedding: the model and the language
  /// model inside it are each asked, and either ties.
  var tiesEmbedding: Bool {
    get throws(VLAError) {
      let inner = try object("text_config").bool("tie_word_embeddings")
      return try bool("tie_word_embeddings") != false || inner != false
    }
  }
}

extension WeightLoader {
  /// The layer from hidden states to logits over the vocabulary: the word embedding itself when tied
  /// (a copy of it in the file is not read), else the tensor `name` `[V, D]`.
  func outputLayer(
    _ name: String, embedding: Tensor, isTied: Bool
  ) throws(VLAError) -> Linear {
    guard isTied else { return Linear(weight: try tensor(name, embedding.shape), bias: nil) }
    skip { $0 == name }
    return Linear(weight: embedding, bias: nil)
  }
}
