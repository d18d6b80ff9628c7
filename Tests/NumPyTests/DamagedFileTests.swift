import NumPy
import Testing

@Test func damagedArraysGiveErrorsNotCrashes() {
  let whole = NPYArray([1.0, 2, 3, 4, 5, 6], shape: [2, 3]).npyBytes()
  var refused = 0
  for damaged in mutations(of: whole, count: 4000, seed: 1) {
    do {
      let array = try parseNPY(damaged, source: "x.npy")
      if array.dtype != .object { _ = try array.doubles() }
    } catch {
      refused += 1
      #expect(error.source == "x.npy")
    }
  }
  #expect(refused > 2000)
}

@Test(arguments: [true, false])
func damagedArchivesGiveErrorsNotCrashes(compressed: Bool) throws {
  let whole = try npzBytes(
    [("a", NPYArray((0..<40).map(Double.init))), ("b", NPYArray([UInt8](0..<200)))],
    compressed: compressed)
  var refused = 0
  for damaged in mutations(of: whole, count: 3000, seed: 2) {
    do {
      let archive = try NPZArchive(bytes: damaged, source: "x.npz")
      for name in archive.names { _ = try archive.array(name) }
    } catch {
      refused += 1
      #expect(error.source.hasPrefix("x.npz"))
    }
  }
  #expect(refused > 1500)
}

@Test func damagedGzipGivesErrorsNotCrashes() throws {
  let whole = try gzip(Array("{\"start\": 1}\n{\"end\": 2}\n".utf8))
  for damaged in mutations(of: whole, count: 2000, seed: 3) where damaged != whole {
    _ = try? gunzip(damaged, limit: 1 << 20, source: "x.gz")
  }
}
