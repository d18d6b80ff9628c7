import JSONText
import Results
import Testing

@Suite struct JSONValueTests {
  @Test func canonicalTextSortsKeysAndKeepsNumbers() throws {
    let value: JSONValue = [
      "b": [.double(0.1), .double(1), .int(-3), .null, true], "B": "tab\tquote\" \u{1}é", "": [:],
    ]
    #expect(
      value.canonical
        == #"{"":{},"B":"tab\tquote\" \u0001é","b":[0.1,1.0,-3,null,true]}"#)
    #expect(try JSONValue(parsing: value.canonical) == value)
    #expect(try JSONValue(parsing: value.pretty) == value)
  }

  @Test func everyFiniteDoubleSurvives() throws {
    var bits: UInt64 = 0x9e37_79b9_7f4a_7c15
    for _ in 0..<20_000 {
      bits = bits &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let number = Double(bitPattern: bits)
      guard number.isFinite else { continue }
      let back = try JSONValue(parsing: JSONValue.double(number).canonical)
      switch back {
      case .double(let read): #expect(read.bitPattern == number.bitPattern)
      default: Issue.record("\(number) became \(back)")
      }
    }
  }

  @Test func readsEscapesAndTheLastOfRepeatedKeys() throws {
    #expect(try JSONValue(parsing: #""\u00e9\ud83e\udd16\/""#) == "é🤖/")
    #expect(try JSONValue(parsing: #"{"null": 1, "null": 2}"#) == ["null": 2])
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\" 1}", "tru", "1 2", "\"abc", "\"\\x\"", "\"\\ud800\"", "nan", "[1e999]",
    String(repeating: "[", count: 100_000),
  ])
  func malformedTextIsAnError(_ text: String) {
    #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: text) }
  }

  @Test func errorsNameTheLine() {
    #expect {
      try JSONValue(parsing: "{\n\"a\": 1,\n\"b\": oops\n}")
    } throws: { error in
      (error as? JSONSyntaxError)?.line == 3
    }
  }

  @Test func mutatedTextNeverCrashes() throws {
    let original = Array(try JSONValue(encoding: sampleResult(3)).pretty.utf8)
    var state: UInt64 = 1
    for _ in 0..<4000 {
      var bytes = original
      for _ in 0..<3 {
        state = state &* 6_364_136_223_846_793_005 &+ 1
        bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 20)
      }
      _ = try? JSONValue(parsing: bytes)
    }
  }
}
