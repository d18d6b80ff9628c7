import Foundation
import NumPy
import Testing

/// A file as numpy writes it: header text padded with spaces to a multiple of 64 bytes.
private func file(_ header: String, _ payload: [UInt8]) -> [UInt8] {
  let padded =
    header + String(repeating: " ", count: 127 - 10 - header.utf8.count) + "\n"
  return [0x93] + "NUMPY".utf8 + [1, 0, 118, 0] + padded.utf8 + payload
}

@Test func numpysOwnFilesAreRead() throws {
  let fortran = try parseNPY(
    file(
      "{'descr': '<i4', 'fortran_order': True, 'shape': (2, 3), }",
      [0, 3, 1, 4, 2, 5].flatMap { [$0, 0, 0, 0] as [UInt8] }), source: "fortran.npy")
  #expect(fortran.shape == [2, 3])
  #expect(try fortran.integers() == [0, 1, 2, 3, 4, 5])
  let half = try parseNPY(
    file(
      "{'descr': '<f2', 'fortran_order': False, 'shape': (5,), }",
      [0x00, 0x3e, 0x66, 0xae, 0xff, 0x7b, 0x01, 0x00, 0x00, 0x7c]), source: "half.npy")
  #expect(try half.doubles() == [1.5, -0.0999755859375, 65504, 0x1p-24, .infinity])
  let scalarBytes = file(
    "{'descr': '<f8', 'fortran_order': False, 'shape': (), }", [0, 0, 0, 0, 0, 0, 0x0a, 0x40])
  let scalar = try parseNPY(scalarBytes, source: "scalar.npy")
  #expect(scalar.shape == [])
  #expect(try scalar.doubles() == [3.25])
  #expect(scalar.npyBytes() == scalarBytes, "written as numpy writes it")
}

@Test func bigEndianFilesAreRead() throws {
  let numbers = try parseNPY(
    file(
      "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }",
      [0, 3, 1, 4, 2, 5].flatMap { [0xff, $0] as [UInt8] }), source: "big.npy")
  #expect(try numbers.integers() == [0, 1, 2, 3, 4, 5].map { $0 - 256 })
  let single = try parseNPY(
    file("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", [0x3f, 0xc0, 0, 0]),
    source: "big.npy")
  #expect(single.dtype == .float32)
  #expect(try single.floats() == [1.5])
}

@Test func largeArraysAreReorderedFromFortran() throws {
  let shape = [5, 1, 4, 3]
  let fortran: [Int32] = (0..<60).map { place in
    let (a, c, d) = (place % 5, place / 5 % 4, place / 20)
    return Int32((a * 4 + c) * 3 + d)
  }
  let array = try parseNPY(
    file(
      "{'descr': '<i4', 'fortran_order': True, 'shape': (5, 1, 4, 3), }",
      fortran.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }),
    source: "fortran.npy")
  #expect(array.shape == shape)
  #expect(try array.integers() == Array(0..<60))
}

@Test(arguments: [
  "{'descr': '|O', 'fortran_order': False, 'shape': (4611686018427387904, 4), }",
  "{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 4), }",
  "{'descr': '|b1', 'fortran_order': False, 'shape': (9223372036854775807,), }",
])
func impossibleShapesAreRefused(header: String) {
  let error = #expect(throws: NumPyError.self) { try parseNPY(file(header, [1]), source: "x.npy") }
  #expect(error?.message.contains("overflows") == true)
}

@Test(arguments: [true, false])
func arraysComeBackFromAnArchive(compressed: Bool) throws {
  let bytes = try npzBytes(
    [
      ("actions", NPYArray([0.1, -2, .pi, 4, 5, 6], shape: [2, 3])),
      ("image", NPYArray([UInt8](repeating: 7, count: 600), shape: [10, 20, 3])),
      ("flag", NPYArray([true, false])), ("steps", NPYArray([1, -2, Int.max])),
      ("nothing", NPYArray([Float](), shape: [0, 7])),
    ], compressed: compressed)
  let archive = try NPZArchive(bytes: bytes, source: "a.npz")
  #expect(archive.names == ["actions", "image", "flag", "steps", "nothing"])
  let actions = try archive.array("actions").expectingShape([nil, 3])
  #expect(try actions.elements(as: Double.self) == [0.1, -2, .pi, 4, 5, 6])
  #expect(try archive.array("image").elements() == [UInt8](repeating: 7, count: 600))
  #expect(try archive.array("flag").elements() == [true, false])
  #expect(try archive.array("steps").integers() == [1, -2, .max])
  #expect(try archive.array("nothing").shape == [0, 7])
}

@Test func zip64DirectoriesAreRead() throws {
  // A stored member whose sizes and places are all in zip64 records, as for archives above 4 GiB.
  let contents = NPYArray([1.5, 2]).npyBytes()
  let name = Array("x.npy".utf8)
  func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
  let plain = try npzBytes([("x", NPYArray([1.5, 2]))], compressed: false)
  let checksum = Array(plain[14..<18])
  let fields = little(45, 2) + little(0, 8) + checksum + little(0xffff_ffff, 4) + little(-1, 4)
  let sizes = little(contents.count, 8) + little(contents.count, 8)
  var bytes = little(0x0403_4b50, 4) + fields + little(5, 2) + little(20, 2) + name
  bytes += little(1, 2) + little(16, 2) + sizes + contents
  let directory =
    little(0x0201_4b50, 4) + little(45, 2) + fields + little(5, 2) + little(28, 2) + little(0, 10)
    + little(-1, 4) + name + little(1, 2) + little(24, 2) + sizes + little(0, 8)
  let (start, end) = (bytes.count, bytes.count + directory.count)
  bytes += directory + little(0x0606_4b50, 4) + little(44, 8) + little(45, 4) + little(0, 8)
  bytes += little(1, 8) + little(1, 8) + little(directory.count, 8) + little(start, 8)
  bytes += little(0x0706_4b50, 4) + little(0, 4) + little(end, 8) + little(1, 4)
  bytes += little(0x0605_4b50, 4) + little(0, 4) + little(-1, 12) + little(0, 2)
  let archive = try NPZArchive(bytes: bytes, source: "large.npz")
  #expect(try archive.array("x").doubles() == [1.5, 2])
}

@Test func arraysBeyondALimitAreNotUnpacked() throws {
  let bytes = try npzBytes([("x", NPYArray([UInt8](repeating: 0, count: 1 << 20)))])
  let archive = try NPZArchive(bytes: bytes, source: "bomb.npz")
  #expect(try archive.array("x", limit: 1 << 21).count == 1 << 20)
  let error = #expect(throws: NumPyError.self) { try archive.array("x", limit: 1 << 20) }
  #expect(error?.description.hasPrefix("bomb.npz/x: has 1048704 bytes, more than") == true)
}

@Test func aPipeIsRefusedNotWaitedFor() throws {
  let path = FileManager.default.temporaryDirectory.appending(
    path: "pipe-\(UUID().uuidString)"
  ).path
  #expect(mkfifo(path, 0o600) == 0)
  defer { try? FileManager.default.removeItem(atPath: path) }
  let error = #expect(throws: NumPyError.self) { try readFile(path) }
  #expect(error?.message == "is not a regular file")
}

@Test func errorsNameFileMemberAndChoices() throws {
  let archive = try NPZArchive(
    bytes: try npzBytes([("actions", NPYArray([1.0]))]), source: "chain_0001.npz")
  let absent = #expect(throws: NumPyError.self) { try archive.array("robot_obs") }
  #expect(absent?.source == "chain_0001.npz")
  #expect(absent?.message.contains("it holds: actions") == true)
  let shape = #expect(throws: NumPyError.self) {
    try archive.array("actions").expectingShape([nil, 7])
  }
  #expect(shape?.description == "chain_0001.npz/actions: shape is [1], expected [n, 7]")
  let type = #expect(throws: NumPyError.self) {
    try archive.array("actions").elements(as: Float.self)
  }
  #expect(type?.message == "elements are <f8, expected <f4")
  #expect(throws: NumPyError.self) { try NPZArchive(path: "no/such.npz") }
}

@Test func writingReplacesTheFileWhole() throws {
  let folder = FileManager.default.temporaryDirectory.appending(
    path: "npz-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let path = folder.appending(path: "a.npz").path
  try writeNPZ([("x", NPYArray([1, 2]))], to: path)
  try writeNPZ([("x", NPYArray([3]))], to: path, compressed: false)
  #expect(try NPZArchive(path: path).array("x").integers() == [3])
  #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.npz"])
  try NPYArray([Float(0.5)]).write(to: folder.appending(path: "b.npy").path)
  #expect(try readNPY(folder.appending(path: "b.npy").path).floats() == [0.5])
}

@Test func gzipComesBackAndLimitsHold() throws {
  let text = Array(String(repeating: "push the red block ", count: 500).utf8)
  let packed = try gzip(text)
  #expect(packed == (try gzip(text)))
  #expect(try gunzip(packed, source: "a.gz") == text)
  #expect(try gunzip(packed + packed, source: "a.gz") == text + text)
  #expect(throws: NumPyError.self) { try gunzip(packed, limit: 100, source: "a.gz") }
  #expect(throws: NumPyError.self) { try gunzip(Array(packed.dropLast(9)), source: "a.gz") }
  #expect(throws: NumPyError.self) { try gunzip([], source: "a.gz") }
}
