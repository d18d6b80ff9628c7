import Foundation
import Results
import Testing

@Suite struct JournalTests {
  @Test func entriesComeBackInOrder() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/journal.jsonl"
      let entries: [Journal.Entry] = [
        sampleEntry(3), .failure(ChainFailure(chain: 1, attempts: 3, reason: "renderer lost")),
        sampleEntry(0),
      ]
      do {
        let journal = try Journal(path: path)
        for entry in entries { try journal.append(entry) }
      }
      #expect(try Journal.read(path) == entries)
      #expect(try Journal(path: path).entriesAtOpening == entries)
    }
  }

  @Test func aJournalCutAnywhereLosesOnlyItsLastLine() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/journal.jsonl"
      do {
        let journal = try Journal(path: path)
        for chain in 0..<3 { try journal.append(sampleEntry(chain)) }
      }
      let bytes = try DurableFile.read(path)
      let ends = bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
      for length in stride(from: 0, through: bytes.count, by: 7) + [bytes.count - 1] {
        try DurableFile.write(bytes[..<length], to: path)
        let intact = ends.count { $0 <= length }
        let journal = try Journal(path: path)
        #expect(journal.entriesAtOpening == (0..<intact).map(sampleEntry))
        try journal.append(sampleEntry(9))
        #expect(try Journal.read(path) == (0..<intact).map(sampleEntry) + [sampleEntry(9)])
      }
    }
  }

  @Test func aChangedLineInTheMiddleIsRefused() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/journal.jsonl"
      do {
        let journal = try Journal(path: path)
        for chain in 0..<3 { try journal.append(sampleEntry(chain)) }
      }
      var bytes = try DurableFile.read(path)
      let position = try #require(bytes.firstIndex(of: UInt8(ascii: "t")))
      bytes[position] = UInt8(ascii: "f")
      try DurableFile.write(bytes, to: path)
      #expect {
        try Journal(path: path)
      } throws: { error in
        guard case ResultsError.malformed(_, let line, _) = error else { return false }
        return line == 1
      }
    }
  }

  @Test func aSecondOpeningIsRefusedWhileTheFirstLives() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/journal.jsonl"
      let first = try Journal(path: path)
      #expect(throws: ResultsError.inUse(path: path)) { try Journal(path: path) }
      try first.append(sampleEntry(0))
    }
  }

  @Test func firstVerdictCountsAndReplacesFailures() {
    let outcomes = RunOutcomes([
      .failure(ChainFailure(chain: 2, attempts: 1, reason: "lost")), sampleEntry(2),
      .verdict(sampleResult(2, successes: 5), sampleTiming(2)),
      .failure(ChainFailure(chain: 1, attempts: 1, reason: "lost")), sampleEntry(0),
    ])
    #expect(outcomes.results == [sampleResult(0), sampleResult(2)])
    #expect(outcomes.failures.map(\.chain) == [1])
    #expect(outcomes.missing(of: 5) == [1, 3, 4])
    #expect(outcomes.missing(of: 5, shard: Shard(index: 0, count: 2)) == [4])
  }
}

@Suite struct DurableFileTests {
  @Test func replacesWholeFilesAndLeavesNothingBehind() throws {
    try withTemporaryFolder { folder in
      try DurableFile.createFolder(folder + "/a/b/c")
      try DurableFile.createFolder(folder + "/a/b/c")
      let path = folder + "/a/b/c/file"
      try DurableFile.write("one", to: path)
      try DurableFile.write("two", to: path)
      #expect(try DurableFile.read(path) == Array("two".utf8))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/a/b/c") == ["file"])
    }
  }

  @Test func linksAndDevicesKeepTheirPlace() throws {
    try withTemporaryFolder { folder in
      let (file, link) = (folder + "/file", folder + "/link")
      try DurableFile.write("one", to: file)
      try #require(symlink("file", link) == 0)
      try DurableFile.write("two", to: link)
      #expect(try DurableFile.read(file) == Array("two".utf8))
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "file")
      try #require(symlink("/dev/null", folder + "/null") == 0)
      try DurableFile.write("lost", to: folder + "/null")
      #expect(try DurableFile.read("/dev/null").isEmpty)
    }
  }

  @Test func whatKilledProcessesLeftIsRemoved() throws {
    try withTemporaryFolder { folder in
      try DurableFile.write("kept", to: folder + "/file")
      try DurableFile.write("torn", to: folder + "/file.tmp.12.34")
      try DurableFile.removeIncomplete(in: folder)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
    }
  }

  @Test func errorsNameThePath() throws {
    try withTemporaryFolder { folder in
      try DurableFile.write("", to: folder + "/file")
      #expect(throws: ResultsError.self) { try DurableFile.createFolder(folder + "/file/sub") }
      #expect(throws: ResultsError.self) { try DurableFile.createFolder(folder + "/file") }
      #expect {
        try DurableFile.write("x", to: folder + "/none/file")
      } throws: { "\($0)" == "cannot create \(folder)/none/file: No such file or directory" }
    }
  }
}
