import NumPy
import Testing

private let allowed = PickleGlobal.numpy.union([PickleGlobal("collections", "OrderedDict")])

private func decoded(_ bytes: [UInt8]) throws -> PickleValue {
  try Pickle.decode(bytes, allowing: allowed, source: "x.npy")
}

@Test(arguments: 0..<6)
func allProtocolsGiveTheSameData(index: Int) throws {
  let value = try decoded(PickleSamples.protocols[index])
  #expect(value.entries?.compactMap(\.key.string) == ["info", "emb", "f", "x", "o"])
  let spans = value["info"]?["indx"]?.elements?.map { $0.elements?.compactMap(\.integer) }
  #expect(spans == [[1, 65], [3, -9]])
  #expect(value["info"]?["n"]?.integer == 7)
  let embedding = try #require(value["emb"]).array(source: "emb")
  #expect(embedding.shape == [2, 1, 3])
  #expect(try embedding.floats() == [0, 1, 2, 3, 4, 5])
  let fortran = try #require(value["f"]).array(source: "f")
  #expect(fortran.shape == [2, 3])
  #expect(try fortran.integers() == [0, 1, 2, 3, 4, 5])
  #expect(value["o"]?["a"]?.integer == 1)
  #expect(value["o"]?["b"]?.elements?.compactMap(\.integer) == [2])

  let mixed = try #require(value["x"]?.elements)
  #expect(mixed.count == 14)
  #expect(mixed[3...7].map(\.integer) == [-1, 300, 70_000, 1 << 62, -(1 << 40)])
  #expect(mixed[9].string == "hé")
  #expect(mixed[10].bytes == [0, 255])
  #expect(mixed[13].elements?.compactMap(\.integer) == [1, 2, 3, 4])
}

@Test func namesNotAllowedAreRefusedWithTheirPlace() {
  let error = #expect(throws: NumPyError.self) { try decoded(PickleSamples.systemCall) }
  #expect(error?.source == "x.npy")
  #expect(
    error?.message.hasPrefix(
      "pickle opcode STACK_GLOBAL at offset 28: names posix.system, which is not allowed") == true,
    "\(error?.message ?? "")")
}

@Test(arguments: [
  ([], "ends early"),
  ([0x80, 6, 0x4e, 0x2e], "protocol 6, expected 0 to 5"),
  (Array("Ix\n.".utf8), "pickle opcode INT at offset 0: an integer cannot be read"),
  (Array("Snaked\n.".utf8), "not quoted"),
  (Array("S'\\q'\n.".utf8), "an escape that Python does not write"),
  (Array("V\\u12\n.".utf8), "lacks digits"),
  (Array("(S'touch x'\nios\nsystem\n.".utf8), "pickle opcode INST at offset 12: names os.system"),
  (Array("(cos\nsystem\nS'touch x'\no.".utf8), "pickle opcode GLOBAL at offset 1: names os.system"),
  (Array("Pfile\n.".utf8), "pickle opcode PERSID at offset 0: is not supported"),
  ([0x80, 2, 0x82, 1], "pickle opcode EXT1 at offset 2"),
  ([0x80, 2, 0x61], "empty stack"),
  ([0x80, 2, 0x68, 9, 0x2e], "recalls slot 9"),
  ([0x80, 2, 0x4e, 0x4e, 0x2e], "leaves other values"),
  ([0x80, 2, 0x5d, 0x71, 0, 0x68, 0, 0x61, 0x2e], "in a circle"),
  ([0x80, 2, 0x58, 9, 0, 0, 0, 0x61], "ends early"),
  ([0x80, 2, 0x8a, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x2e], "beyond 64 bits"),
  ([0x80, 2, 0x4e, 0x4e, 0x62], "no object") as ([UInt8], String),
])
func refusalsSayWhat(bytes: [UInt8], expected: String) {
  let error = #expect(throws: NumPyError.self) { try decoded(bytes) }
  #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
}

@Test func python2TextsAreTextWhereTheyAreASCII() throws {
  // {'task': ['lift', 'caf\xe9'], 'n': 3L} as Python 2 wrote it, texts as STRING and SHORT_BINSTRING.
  let textual = try decoded(Array("(dS'task'\n(lS'lift'\naS'caf\\xe9'\nasS'n'\nL3L\ns.".utf8))
  let binary = try decoded(
    [0x80, 2, 0x7d, 0x28, 0x55, 4] + Array("task".utf8) + [0x5d, 0x28, 0x55, 4]
      + Array("lift".utf8) + [0x55, 4] + Array("caf".utf8) + [0xe9, 0x65, 0x55, 1, 0x6e, 0x4b, 3]
      + [0x75, 0x2e])
  for value in [textual, binary] {
    #expect(value["task"]?.elements?[0].string == "lift")
    #expect(value["task"]?.elements?[1].bytes == Array("caf".utf8) + [0xe9])
    #expect(value["n"]?.integer == 3)
  }
}

@Test func numpysTextsAreRead() throws {
  let texts = try decoded(PickleSamples.texts)
  #expect(
    texts.elements?.map { $0.elements?.map(\.string) } == [["lift", "é"], ["", "place"]])
  #expect(try decoded(PickleSamples.bytes).elements?.map(\.string) == ["ab", "c"])
  #expect(try decoded(PickleSamples.text).string == "turn")
  let objects = try decoded(PickleSamples.objectRows).elements
  #expect(objects?.map { $0.elements?.first?.integer } == [1, 2])
  #expect(objects?.map { $0.elements?.last?.string } == ["a", "b"])
}

@Test func pickledBigEndianArraysAreRead() throws {
  let integers = try decoded(PickleSamples.bigEndian).array(source: "x")
  #expect(integers.shape == [2, 2])
  #expect(try integers.integers() == [1, 2, 3, -4])
  let fortran = try decoded(PickleSamples.bigEndianFortran).array(source: "x")
  #expect(try fortran.doubles() == [1.5, 2, 3, 4])
}

@Test func deepNestingIsRefusedWithoutOverflow() {
  let depth = 300_000
  let bytes =
    [0x80, 2] + [UInt8](repeating: 0x5d, count: depth) + [UInt8](repeating: 0x61, count: depth - 1)
    + [0x2e]
  let error = #expect(throws: NumPyError.self) { try decoded(bytes) }
  #expect(error?.message.contains("nest more than 100 deep") == true)
}

@Test func damagedPicklesGiveErrorsNotCrashes() {
  var refused = 0
  for (seed, whole) in PickleSamples.protocols.enumerated() {
    for damaged in mutations(of: whole, count: 1500, seed: UInt32(seed)) {
      do {
        let value = try decoded(damaged)
        _ = try value["emb"]?.array(source: "emb")
        _ = value["x"]?.elements?.map(\.integer)
      } catch {
        refused += 1
      }
    }
  }
  #expect(refused > 4500)
}

@Test func objectArraysAreReadFromNpyFiles() throws {
  let pickle = PickleSamples.protocol3
  // `numpy.save` wraps the object in an array of no axes: a list of one element inside _reconstruct.
  let header = "{'descr': '|O', 'fortran_order': False, 'shape': (), }"
  let bytes =
    [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
  let array = try parseNPY(bytes + pickle, source: "x.npy")
  #expect(array.dtype == .object)
  let error = #expect(throws: NumPyError.self) { try array.objects(allowing: allowed) }
  #expect(error?.message == "expected a pickled array of 1 objects")
  #expect(throws: NumPyError.self) { try array.doubles() }
}

@Test(.enabled(if: Recordings.exist, "no recordings beside the package"))
func recordedAnnotationsAreRead() throws {
  let array = try readNPY("\(Recordings.dataset)/lang_annotations/auto_lang_ann.npy")
  let annotations = try #require(try array.objects().first)
  let language = annotations["language"]
  #expect(language?["task"]?.elements?.first?.string == "push_pink_block_right")
  #expect(try language?["emb"]?.array(source: "emb").shape == [6, 1, 384])
  let scenes = try #require(
    try readNPY("\(Recordings.dataset)/scene_info.npy").objects().first)
  #expect(scenes["calvin_scene_D"]?.elements?.map(\.integer) == [3169, 3278])
}
