import Calvin
import NumPy
import Testing

private func parsed(_ text: String) throws(CalvinError) -> OrderedJSON {
  try OrderedJSON(parsing: Array(text.utf8), source: "x.json")
}

@Suite struct OrderedJSONTests {
  @Test func valuesKeepOrderKindAndBits() throws {
    let json = try parsed(
      #"{"b": [1, -0.1, 1e-05, true, null], "a": "é\n\u00e9\ud83d\ude00\"", "c": {}}"#)
    guard case .object(let members) = json else {
      Issue.record("no object")
      return
    }
    #expect(members.map(\.key) == ["b", "a", "c"])
    let list: [OrderedJSON] = [.integer(1), .number(-0.1), .number(1e-05), .bool(true), .null]
    #expect(json["b"]?.elements == list)
    #expect(json["a"]?.string == "é\né😀\"")
    #expect(
      json.pythonText
        == #"{"b": [1, -0.1, 1e-05, true, null], "a": "\u00e9\n\u00e9\ud83d\ude00\"", "c": {}}"#)
    #expect(try parsed(json.pythonText) == json)
  }

  @Test(arguments: [
    "[1,]", "{\"a\" 1}", "[01x]", "\"a", "\"\\x\"", "[1] 2", "{1: 2}", "-", "[.5]", "[1.]",
    "[1e999]", "[NaN]", "\"\u{1}\"", String(repeating: "[", count: 100_000),
  ])
  func malformedTextIsRefusedWithItsLine(text: String) {
    let error = #expect(throws: CalvinError.self) { try parsed(text) }
    #expect(error?.line == 1)
  }

  @Test func damagedTextGivesErrorsNotCrashes() throws {
    let library = try TaskLibrary(folder: Places.tasks)
    let whole = Array(SequenceFile.text(of: library.chains.sequences(3)).utf8)
    var refused = 0
    for damaged in mutations(of: whole, count: 3000, seed: 5) {
      do {
        _ = try SequenceFile.parse(damaged, source: "s.json", tasks: library.taskNames)
      } catch {
        refused += 1
        #expect(error.source.hasPrefix("s.json"))
      }
    }
    #expect(refused > 2000)
  }

  @Test func damagedTaskFilesGiveErrorsNotCrashes() throws {
    let whole = try readFile(TaskLibrary.tasksFile(in: Places.tasks))
    var refused = 0
    for damaged in mutations(of: whole, count: 400, seed: 6) {
      guard let text = String(validating: damaged, as: UTF8.self) else { continue }
      do { _ = try TaskOracle(yaml: text, source: "t.yaml") } catch {
        refused += 1
        #expect(error.source == "t.yaml")
      }
    }
    #expect(refused > 50)
  }
}

/// Damaged versions of `bytes`: flipped, overwritten, removed, doubled and cut, by seed.
private func mutations(of bytes: [UInt8], count: Int, seed: UInt32) -> [[UInt8]] {
  var random = RandomState(seed: seed)
  return (0..<count).map { _ in
    var damaged = bytes
    for _ in 0...random.randint(0, 3) where !damaged.isEmpty {
      let at = random.randint(0, damaged.count)
      let end = min(damaged.count, at + random.randint(1, 9))
      switch random.randint(0, 5) {
      case 0: damaged[at] ^= 1 << UInt8(random.randint(0, 7))
      case 1: damaged[at] = random.choice(Array("[]{}\",:0- \n'".utf8))
      case 2: damaged.removeSubrange(at..<end)
      case 3: damaged.insert(contentsOf: damaged[at..<end], at: at)
      default: damaged.removeSubrange(at...)
      }
    }
    return damaged
  }
}
