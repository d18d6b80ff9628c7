import JSONText
import Testing

private indirect enum Tree: JSONBuildable, Equatable {
  case null
  case bool(Bool)
  case number(Double, whole: Int?)
  case string(String)
  case array([Tree])
  case members([String], [Tree])

  static func number(reading value: Double, whole: Int?) -> Tree { .number(value, whole: whole) }
  static func object(members: [(key: String, value: Tree)]) -> Tree {
    .members(members.map(\.key), members.map(\.value))
  }
}

private func tree(
  _ text: String, _ repeatedKeys: JSONReader.RepeatedKeys = .refused
) throws(JSONSyntaxError) -> Tree {
  try JSONReader.value(of: Array(text.utf8), repeatedKeys: repeatedKeys)
}

@Suite struct JSONReaderTests {
  @Test func valuesKeepOrderAndWriting() throws {
    #expect(
      try tree(" {\"b\": [1, 1.0, -0, 1e2, 18446744073709551616], \"a\": {}, \"\": null} ")
        == .members(
          ["b", "a", ""],
          [
            .array([
              .number(1, whole: 1), .number(1, whole: nil), .number(0, whole: 0),
              .number(100, whole: nil), .number(18_446_744_073_709_551_616, whole: nil),
            ]), .members([], []), .null,
          ]))
    #expect(try tree(#""\u00e9\n\ud83e\udd16\/é""#) == .string("é\n🤖/é"))
  }

  @Test func repeatedKeysAreRefusedUnlessAllowed() throws {
    let error = #expect(throws: JSONSyntaxError.self) { try tree("{\"a\": 1,\n\"a\": 2}") }
    #expect(error?.line == 2)
    #expect(
      try tree("{\"a\": true, \"a\": false}", .kept)
        == .members(["a", "a"], [.bool(true), .bool(false)]))
  }

  @Test func composedAndDecomposedKeysAreTwo() throws {
    guard case .members(let keys, _) = try tree("{\"\u{e9}\": 1, \"e\u{301}\": 2}") else {
      Issue.record("no object")
      return
    }
    #expect(keys.map { Array($0.utf8) } == [[0xc3, 0xa9], [0x65, 0xcc, 0x81]])
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\" 1}", "{1: 2}", "tru", "1 2", "01", "-", "+1", "[.5]", "[1.]", "1e",
    "[1e999]", "nan", "NaN", "\"abc", "\"\\x\"", "\"\\u12g4\"", "\"\\u+123\"", "\"\\ud800\"",
    "\"\\ud800\\n\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\u{1}\"", "[1] 2",
    String(repeating: "[", count: 100_000),
  ])
  func malformedTextIsRefused(_ text: String) {
    let error = #expect(throws: JSONSyntaxError.self) { try tree(text) }
    #expect(error?.line == 1)
  }

  @Test func bytesThatAreNotUTF8AreRefused() {
    #expect(throws: JSONSyntaxError.self) {
      try JSONReader.value(of: [0x22, 0xc3, 0x22], as: Tree.self)
    }
  }

  @Test func errorsNameLineFoundAndExpected() {
    let error = #expect(throws: JSONSyntaxError.self) { try tree("{\n\"a\": 1,\n\"b\": oops\n}") }
    #expect(error?.description == "line 3: found 'oops\n}', expected a value")
  }
}
