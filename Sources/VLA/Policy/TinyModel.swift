import Foundation
import NeuralNetworks

/// A complete small model folder with weights drawn from a seed: for tests and demonstrations until
/// a trained one exists. The same seed gives the same bytes.
public enum TinyModel {
  /// Files by name: `config.json`, `vlm/config.json`, `model.safetensors`, `tokenizer.json`.
  public static func files(seed: UInt64 = 2024) throws(VLAError) -> [(name: String, bytes: [UInt8])]
  {
    let tokenizer = tokenizerJSON
    let configuration = try configuration()
    var entries: [SafeTensors.Entry] = []
    _ = try VLAModel(
      configuration,
      WeightLoader(random: RandomWeights(seed: seed)) { name, tensor in
        entries.append(
          SafeTensors.Entry(
            name: name, type: .bf16, shape: tensor.shape,
            // Numbers are cut, not rounded, to bfloat16: they are random anyway.
            bytes: tensor.values.flatMap { value in
              let top = UInt16(truncatingIfNeeded: value.bitPattern >> 16)
              return [UInt8(truncatingIfNeeded: top), UInt8(top >> 8)]
            }))
      })
    entries.sort { $0.name < $1.name }
    return [
      ("config.json", Array(trainingConfig.utf8)),
      ("vlm/config.json", Array(backboneConfig.utf8)),
      ("model.safetensors", SafeTensors.encode(entries, metadata: ["seed": String(seed)])),
      ("tokenizer.json", Array(tokenizer.utf8)),
    ]
  }

  static func configuration() throws(VLAError) -> VLAConfiguration {
    func json(_ text: String) throws(VLAError) -> ExactJSON {
      var result: Result<ExactJSON, VLAError> = .success(.null)
      Array(text.utf8).withUnsafeBytes { bytes in
        do throws(VLAError) {
          result = .success(try ExactJSON(parsing: bytes, file: nil))
        } catch {
          result = .failure(error)
        }
      }
      return try result.get()
    }
    return try VLAConfiguration(
      json(trainingConfig), backboneConfig: json(backboneConfig), file: nil)
  }

  private static let trainingConfig = """
    {
      "robovlm_name": "RoboKosMos",
      "parent": null,
      "model": "kosmos",
      "image_size": 56,
      "window_size": 8,
      "fwd_pred_next_n": 10,
      "use_hand_rgb": true,
      "use_vision_resampler": false,
      "norm_action": true,
      "norm_min": -0.65,
      "norm_max": 0.65,
      "act_head": {
        "type": "LSTMDecoder",
        "hidden_size": 64,
        "num_layers": 2,
        "action_dim": 7,
        "down_sample": "none",
        "latent": 1,
        "action_space": "continuous",
        "history_type": "post"
      },
      "vlm": {"name": "kosmos"}
    }

    """

  private static let backboneConfig = """
    {
      "model_type": "kosmos-2",
      "latent_query_num": 8,
      "text_config": {
        "vocab_size": \(pieces.count),
        "embed_dim": 64,
        "ffn_dim": 128,
        "layers": 2,
        "attention_heads": 4
      },
      "vision_config": {
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "image_size": 56,
        "patch_size": 14
      }
    }

    """

  /// Specials, KosMos' tag, the mark, every printable ASCII character, and words of the domain.
  private static let pieces: [String] = {
    let characters = (0x21...0x7e).compactMap { Unicode.Scalar($0).map { String(Character($0)) } }
    let words = [
      "an", "image", "of", "a", "robot", "the", "block", "red", "blue", "pink", "push", "pull",
      "lift", "grasp", "and", "place", "in", "on", "to", "left", "right", "drawer", "slider",
      "sliding", "door", "open", "close", "turn", "off", "light", "bulb", "led", "button", "switch",
      "move", "rotate", "stack", "side", "cabinet", "table", "go", "press", "take", "from", "it",
    ]
    return ["<s>", "<pad>", "</s>", "<unk>", "<grounding>", "\\u2581"]
      + characters.map { $0 == "\"" || $0 == "\\" ? "\\" + $0 : $0 }
      + words.map { "\\u2581" + $0 }
  }()

  private static var tokenizerJSON: String {
    let vocabulary = pieces.enumerated().map { index, piece in
      let score = index < 5 ? 0 : piece.hasPrefix("\\u2581") && piece != "\\u2581" ? -4 : -8
      return "      [\"\(piece)\", \(score)]"
    }
    let added = pieces.prefix(5).enumerated().map { id, piece in
      "    {\"id\": \(id), \"content\": \"\(piece)\", \"single_word\": false, "
        + "\"lstrip\": \(id == 4), \"rstrip\": false, \"normalized\": false, \"special\": true}"
    }
    return """
      {
        "version": "1.0",
        "added_tokens": [
      \(added.joined(separator: ",\n"))
        ],
        "normalizer": {"type": "Sequence", "normalizers": [
          {"type": "NFKC"}, {"type": "Strip", "strip_left": false, "strip_right": true},
          {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "\\u2581"}]},
        "pre_tokenizer": {"type": "Metaspace", "replacement": "\\u2581",
          "prepend_scheme": "always", "split": true},
        "post_processor": {"type": "TemplateProcessing",
          "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
            {"Sequence": {"id": "A", "type_id": 0}},
            {"SpecialToken": {"id": "</s>", "type_id": 0}}],
          "pair": [],
          "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]},
            "</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]}}},
        "model": {"type": "Unigram", "unk_id": 3, "byte_fallback": false, "vocab": [
      \(vocabulary.joined(separator: ",\n"))
        ]}
      }

      """
  }
}
