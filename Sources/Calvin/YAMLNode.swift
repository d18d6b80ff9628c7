import NumPy
import Yams

/// A YAML node that knows its place, so that every complaint names file and line.
struct YAMLNode {
  private let node: Node
  private let source: String

  /// The root of a YAML text.
  init(text: String, source: String) throws(CalvinError) {
    self.source = source
    do {
      guard let node = try Yams.compose(yaml: text) else {
        throw CalvinError(source, "is empty")
      }
      self.node = node
    } catch let error as CalvinError {
      throw error
    } catch let error as YamlError {
      throw CalvinError(source, "is no valid YAML: \(error)")
    } catch {
      throw CalvinError(source, "is no valid YAML: \(error)")
    }
  }

  private init(_ node: Node, _ source: String) {
    self.node = node
    self.source = source
  }

  /// An error at this node.
  func error(_ message: String) -> CalvinError {
    CalvinError(source, line: node.mark?.line, message)
  }

  /// Keys and values in the file's order; a key given twice is an error.
  func mapping() throws(CalvinError) -> [(key: String, value: YAMLNode)] {
    guard let mapping = node.mapping else { throw error("expected a mapping") }
    var pairs: [(key: String, value: YAMLNode)] = []
    var seen: Set<String> = []
    for (key, value) in mapping {
      let name = try YAMLNode(key, source).string()
      guard seen.insert(name).inserted else {
        throw YAMLNode(key, source).error("the key '\(name)' is given twice")
      }
      pairs.append((name, YAMLNode(value, source)))
    }
    return pairs
  }

  /// The value of a key that must be there.
  func required(_ key: String) throws(CalvinError) -> YAMLNode {
    guard let value = try mapping().first(where: { $0.key == key })?.value else {
      throw error("expected the key '\(key)'")
    }
    return value
  }

  /// The value of a key that may be absent.
  func optional(_ key: String) throws(CalvinError) -> YAMLNode? {
    try mapping().first { $0.key == key }?.value
  }

  /// Elements of a list.
  func sequence() throws(CalvinError) -> [YAMLNode] {
    guard let sequence = node.sequence else { throw error("expected a list") }
    return sequence.map { YAMLNode($0, source) }
  }

  /// A word or text.
  func string() throws(CalvinError) -> String {
    guard let scalar = node.scalar else { throw error("expected a text") }
    return scalar.string
  }

  /// One text, or a list of them.
  func strings() throws(CalvinError) -> [String] {
    guard node.sequence != nil else { return [try string()] }
    var texts: [String] = []
    for element in try sequence() { texts.append(try element.string()) }
    return texts
  }

  /// A finite number.
  func number() throws(CalvinError) -> Double {
    guard let text = node.scalar?.string, let number = Double(text), number.isFinite else {
      throw error("expected a number, not '\(node.scalar?.string ?? "a list or mapping")'")
    }
    return number
  }

  /// A whole number.
  func integer() throws(CalvinError) -> Int {
    guard let text = node.scalar?.string, let number = Int(text) else {
      throw error("expected a whole number, not '\(node.scalar?.string ?? "a list or mapping")'")
    }
    return number
  }
}

/// The text of a UTF-8 file.
func readText(_ path: String) throws(CalvinError) -> String {
  do {
    let bytes = try readFile(path)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CalvinError(path, "is not UTF-8 text")
    }
    return text
  } catch let error as NumPyError {
    throw CalvinError(error.source, error.message)
  } catch let error as CalvinError {
    throw error
  } catch {
    throw CalvinError(path, "\(error)")
  }
}
