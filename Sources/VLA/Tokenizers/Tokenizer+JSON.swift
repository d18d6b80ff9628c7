import Foundation

extension Tokenizer {
  /// Reads a `tokenizer.json` of the `tokenizers` library. A component of a type we do not have is
  /// refused by name.
  public init(json path: String) throws(VLAError) {
    try self.init(try ExactJSON(path: path), file: path)
  }

  init(_ json: ExactJSON, file: String) throws(VLAError) {
    let reader = TokenizerReader(file: file)
    guard let model = json["model"] else { throw VLAError(file, "model", "is missing") }
    self.model = try reader.model(model)
    normalizer = try json["normalizer"].map(reader.normalizer)
    preTokenizer = try json["pre_tokenizer"].map(reader.preTokenizer)
    template = try json["post_processor"].map(reader.template) ?? Template()
    added = AddedTokens(
      try reader.addedTokens(json["added_tokens"]?.array ?? []), normalizer: normalizer)
  }
}

/// Turns the parts of a `tokenizer.json` into ours.
private struct TokenizerReader {
  let file: String

  func unknown(_ what: String, _ type: String?, _ choices: String) -> VLAError {
    VLAError(file, what, "has type \(type ?? "missing"), expected one of \(choices)")
  }

  func missing(_ key: String) -> VLAError { VLAError(file, key, "is missing or of the wrong type") }

  /// True for what can be a row of a table of words.
  private func isID(_ id: Int) -> Bool { (0..<(1 << 24)).contains(id) }

  func addedTokens(_ list: [ExactJSON]) throws(VLAError) -> [AddedTokens.Token] {
    var tokens: [AddedTokens.Token] = []
    for item in list {
      guard let content = item["content"]?.string, let id = item["id"]?.int, isID(id) else {
        throw missing("added_tokens")
      }
      tokens.append(
        AddedTokens.Token(
          content: content, id: id, isSingleWord: item["single_word"]?.bool ?? false,
          stripsLeft: item["lstrip"]?.bool ?? false, stripsRight: item["rstrip"]?.bool ?? false,
          isNormalized: item["normalized"]?.bool ?? false))
    }
    return tokens
  }

  func normalizer(_ json: ExactJSON) throws(VLAError) -> Normalizer {
    switch json["type"]?.string {
    case "Sequence":
      var steps: [Normalizer] = []
      for step in json["normalizers"]?.array ?? [] { steps.append(try normalizer(step)) }
      return .sequence(steps)
    case "Precompiled":
      guard let text = json["precompiled_charsmap"]?.string, let data = Data(base64Encoded: text)
      else { throw missing("precompiled_charsmap") }
      return .precompiled(try PrecompiledCharsmap(Array(data), file: file))
    case "Replace":
      guard let content = json["content"]?.string else { throw missing("normalizer.content") }
      return .replace(try pattern(json["pattern"]), with: Array(content.unicodeScalars))
    case "Prepend":
      guard let prefix = json["prepend"]?.string else { throw missing("normalizer.prepend") }
      return .prepend(Array(prefix.unicodeScalars))
    case "Strip":
      return .strip(
        left: json["strip_left"]?.bool ?? true, right: json["strip_right"]?.bool ?? true)
    case "StripAccents": return .stripAccents
    case "Lowercase": return .lowercase
    case let type:
      guard let form = type.flatMap(UnicodeForm.init) else {
        throw unknown(
          "normalizer", type,
          "Sequence, Precompiled, Replace, Prepend, Strip, StripAccents,"
            + " Lowercase, NFC, NFD, NFKC, NFKD")
      }
      return .unicode(form)
    }
  }

  private func pattern(_ json: ExactJSON?) throws(VLAError) -> Pattern {
    if let text = json?["String"]?.string { return Pattern(literal: text) }
    if let text = json?["Regex"]?.string { return try Pattern(oniguruma: text, file: file) }
    throw missing("pattern")
  }

  func preTokenizer(_ json: ExactJSON) throws(VLAError) -> PreTokenizer {
    func behavior() throws(VLAError) -> PreTokenizer.Behavior {
      let name = json["behavior"]?.string ?? "Isolated"
      guard let behavior = PreTokenizer.Behavior(rawValue: name) else {
        throw unknown(
          "behavior", name,
          PreTokenizer.Behavior.allCases.map(\.rawValue).joined(separator: ", "))
      }
      return behavior
    }
    switch json["type"]?.string {
    case "Sequence":
      var steps: [PreTokenizer] = []
      for step in json["pretokenizers"]?.array ?? [] { steps.append(try preTokenizer(step)) }
      return .sequence(steps)
    case "Metaspace":
      return try metaspace(json)
    case "WhitespaceSplit": return .whitespaceSplit
    case "Whitespace":
      return .split(
        try Pattern(expression: #"\w+|[^\w\s]+"#, file: file), .removed, inverts: true)
    case "Digits": return .digits(individual: json["individual_digits"]?.bool ?? false)
    case "Punctuation": return .punctuation(try behavior())
    case "Split":
      return .split(
        try pattern(json["pattern"]), try behavior(), inverts: json["invert"]?.bool ?? false)
    case "ByteLevel":
      return .byteLevel(
        addsPrefixSpace: json["add_prefix_space"]?.bool ?? true,
        pattern: json["use_regex"]?.bool == false
          ? nil : try Pattern(expression: ByteAlphabet.pattern, file: file))
    case let type:
      throw unknown(
        "pre_tokenizer", type,
        "Sequence, Metaspace, WhitespaceSplit, Whitespace, Digits, Punctuation, Split, ByteLevel")
    }
  }

  private func metaspace(_ json: ExactJSON) throws(VLAError) -> PreTokenizer {
    let text = json["replacement"]?.string ?? "\u{2581}"
    guard let mark = text.unicodeScalars.first, text.unicodeScalars.count == 1 else {
      throw VLAError(file, "replacement", "is '\(text)', expected one character")
    }
    let addsSpace = json["add_prefix_space"]?.bool ?? true
    let name = json["prepend_scheme"]?.string ?? (addsSpace ? "always" : "never")
    guard let scheme = PreTokenizer.PrependScheme(rawValue: name) else {
      throw unknown("prepend_scheme", name, "always, first, never")
    }
    return .metaspace(replacement: mark, prepend: scheme, splits: json["split"]?.bool ?? true)
  }

  func template(_ json: ExactJSON) throws(VLAError) -> Tokenizer.Template {
    switch json["type"]?.string {
    case "TemplateProcessing":
      var template = Tokenizer.Template()
      var sawText = false
      for item in json["single"]?.array ?? [] {
        if item["Sequence"] != nil {
          sawText = true
        } else if let name = item["SpecialToken"]?["id"]?.string,
          let ids = json["special_tokens"]?[name]?["ids"]?.array?.compactMap(\.int),
          ids.allSatisfy(isID)
        {
          if sawText { template.after += ids } else { template.before += ids }
        } else {
          throw missing("post_processor.single")
        }
      }
      return template
    case "RobertaProcessing", "BertProcessing":
      guard let first = json["cls"]?.array?.last?.int, let last = json["sep"]?.array?.last?.int,
        isID(first), isID(last)
      else { throw missing("post_processor.cls") }
      return Tokenizer.Template(before: [first], after: [last])
    case "Sequence":
      var template = Tokenizer.Template()
      for step in json["processors"]?.array ?? [] {
        let inner = try self.template(step)
        template.before = inner.before + template.before
        template.after += inner.after
      }
      return template
    case "ByteLevel": return Tokenizer.Template()
    case let type:
      throw unknown(
        "post_processor", type,
        "TemplateProcessing, RobertaProcessing, BertProcessing, Sequence, ByteLevel")
    }
  }

  func model(_ json: ExactJSON) throws(VLAError) -> any TokenModel {
    // Old files name no type; a list of pieces is a unigram model.
    let isList = json["vocab"]?.array != nil
    switch json["type"]?.string ?? (isList ? "Unigram" : "BPE") {
    case "Unigram":
      var pieces: [(text: String, score: Double)] = []
      for item in json["vocab"]?.array ?? [] {
        guard let pair = item.array, pair.count == 2, let text = pair[0].string,
          let score = pair[1].double
        else { throw missing("model.vocab") }
        pieces.append((text, score))
      }
      return try UnigramModel(
        pieces, unknown: json["unk_id"]?.int,
        fallsBackToBytes: json["byte_fallback"]?.bool ?? false, file: file)
    case "BPE": return try bpe(json)
    case let type: throw unknown("model", type, "Unigram, BPE")
    }
  }

  private func bpe(_ json: ExactJSON) throws(VLAError) -> BPEModel {
    guard let members = json["vocab"]?.members else { throw missing("model.vocab") }
    var vocabulary: [ByteString: Int] = [:]
    for (text, id) in members {
      guard let id = id.int, isID(id) else { throw missing("model.vocab") }
      vocabulary[ByteString(text)] = id
    }
    var merges: [(String, String)] = []
    for item in json["merges"]?.array ?? [] {
      let pair =
        item.array?.compactMap(\.string)
        ?? item.string?.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
      guard let pair, pair.count == 2 else { throw missing("model.merges") }
      merges.append((pair[0], pair[1]))
    }
    if let dropout = json["dropout"]?.double, dropout > 0 {
      throw VLAError(file, "model.dropout", "is \(dropout), expected none: ids must not vary")
    }
    return try BPEModel(
      vocabulary: vocabulary, merges: merges,
      BPEModel.Options(
        unknown: json["unk_token"]?.string, fusesUnknown: json["fuse_unk"]?.bool ?? false,
        fallsBackToBytes: json["byte_fallback"]?.bool ?? false,
        ignoresMerges: json["ignore_merges"]?.bool ?? false,
        continuingPrefix: json["continuing_subword_prefix"]?.string ?? "",
        endSuffix: json["end_of_word_suffix"]?.string ?? ""),
      file: file)
  }
}
