import Foundation
import NeuralNetworks

/// A safetensors file, memory-mapped: 8 bytes of header length, a JSON header, the numbers.
/// The header is believed only after every offset, shape and type agrees with the file.
public struct SafeTensors: Sendable {
  /// The file.
  public let path: String
  /// Tensors by name.
  public let tensors: [String: StoredTensor]
  /// The header's `__metadata__`.
  public let metadata: [String: String]

  /// The largest header the format allows, in bytes.
  private static let largestHeader = 100_000_000

  /// Maps and checks the file at `path`.
  public init(path: String) throws(VLAError) {
    try self.init(path: path, file: try MappedFile(path: path))
  }

  private init(path: String, file: MappedFile) throws(VLAError) {
    self.path = path
    let bytes = file.bytes
    guard bytes.count >= 8 else {
      throw VLAError(path, nil, "has \(bytes.count) bytes: too short for a safetensors file")
    }
    let claimed = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard claimed <= UInt64(Self.largestHeader), Int(claimed) <= bytes.count - 8 else {
      throw VLAError(
        path, nil,
        "claims a header of \(claimed) bytes, but \(bytes.count - 8) follow"
          + " (at most \(Self.largestHeader) are allowed): truncated, or no safetensors file")
    }
    let data = UnsafeRawBufferPointer(rebasing: bytes[(8 + Int(claimed))...])
    let header = try ExactJSON(
      parsing: UnsafeRawBufferPointer(rebasing: bytes[8..<(8 + Int(claimed))]), file: path)
    guard let members = header.members else {
      throw VLAError(path, nil, "the header is not a JSON object")
    }
    var tensors: [String: StoredTensor] = [:]
    var metadata: [String: String] = [:]
    var spans: [(start: Int, end: Int, name: String)] = []
    for (name, entry) in members {
      if name == "__metadata__" {
        for (key, value) in entry.members ?? [] { metadata[key] = value.string }
        continue
      }
      let (type, shape, start, end) = try Self.entry(entry, name: name, path, data.count)
      spans.append((start, end, name))
      tensors[name] = StoredTensor(
        file: path, name: name, type: type, shape: shape,
        bytes: UnsafeRawBufferPointer(rebasing: data[start..<end]), owner: file)
    }
    guard tensors.count == spans.count else {
      throw VLAError(path, nil, "two tensor names are canonically equivalent Unicode")
    }
    try Self.checkCover(spans, path, data.count)
    self.tensors = tensors
    self.metadata = metadata
  }

  private static func entry(
    _ entry: ExactJSON, name: String, _ path: String, _ dataSize: Int
  ) throws(VLAError) -> (ElementType, [Int], Int, Int) {
    guard let code = entry["dtype"]?.string, let type = ElementType(rawValue: code) else {
      let choices = ElementType.allCases.map(\.rawValue).joined(separator: ", ")
      throw VLAError(
        path, name, "has dtype \(entry["dtype"]?.string ?? "missing"), expected one of \(choices)")
    }
    guard let extents = entry["shape"]?.array, extents.count <= 16 else {
      throw VLAError(path, name, "has no shape")
    }
    var shape: [Int] = []
    var size = type.size
    for extent in extents {
      guard let extent = extent.int, extent >= 0 else {
        throw VLAError(path, name, "has a shape that is not a list of whole numbers")
      }
      shape.append(extent)
      let (product, overflow) = size.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw VLAError(path, name, "shape \(shape) is impossibly large") }
      size = product
    }
    guard let offsets = entry["data_offsets"]?.array, offsets.count == 2,
      let start = offsets[0].int, let end = offsets[1].int
    else { throw VLAError(path, name, "has no data_offsets") }
    guard 0 <= start, start <= end, end <= dataSize else {
      throw VLAError(
        path, name,
        "lies at bytes \(start)..<\(end) of \(dataSize): the file is truncated"
          + " or the header wrong")
    }
    guard end - start == size else {
      throw VLAError(
        path, name, "takes \(end - start) bytes, but \(type.rawValue) \(shape) needs \(size)")
    }
    return (type, shape, start, end)
  }

  private static func checkCover(
    _ spans: [(start: Int, end: Int, name: String)], _ path: String, _ dataSize: Int
  ) throws(VLAError) {
    var at = 0
    for span in spans.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
      guard span.start == at else {
        throw VLAError(
          path, span.name,
          span.start < at
            ? "overlaps the tensor before it (byte \(span.start), taken up to \(at))"
            : "begins at byte \(span.start), leaving a hole from \(at)")
      }
      at = span.end
    }
    guard at == dataSize else {
      throw VLAError(path, nil, "\(dataSize - at) bytes at the end belong to no tensor")
    }
  }
}

extension SafeTensors {
  /// One tensor to write.
  public struct Entry: Sendable {
    /// Name in the file.
    public var name: String
    /// Number format.
    public var type: ElementType
    /// Extents, outermost first.
    public var shape: [Int]
    /// Little-endian numbers.
    public var bytes: [UInt8]

    /// A tensor of raw numbers.
    public init(name: String, type: ElementType, shape: [Int], bytes: [UInt8]) {
      self.name = name
      self.type = type
      self.shape = shape
      self.bytes = bytes
    }

    /// A float32 tensor.
    public init(_ name: String, _ shape: [Int], _ floats: [Float]) {
      self.init(
        name: name, type: .f32, shape: shape, bytes: floats.withUnsafeBytes { Array($0) })
    }
  }

  /// A safetensors file's bytes; tensors keep their order.
  public static func encode(_ entries: [Entry], metadata: [String: String] = [:]) -> [UInt8] {
    var file = header(
      entries.map { ($0.name, $0.type, $0.shape, $0.bytes.count) }, metadata: metadata)
    file.reserveCapacity(file.count + entries.reduce(0) { $0 + $1.bytes.count })
    for entry in entries { file += entry.bytes }
    return file
  }

  /// What comes before the numbers of these tensors: length and JSON, padded to 8 bytes.
  static func header(
    _ tensors: [(name: String, type: ElementType, shape: [Int], byteCount: Int)],
    metadata: [String: String]
  ) -> [UInt8] {
    var parts: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map {
        "\(quoted($0.key)):\(quoted($0.value))"
      }
      parts.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    var at = 0
    for tensor in tensors {
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      parts.append(
        "\(quoted(tensor.name)):{\"dtype\":\"\(tensor.type.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(at),\(at + tensor.byteCount)]}")
      at += tensor.byteCount
    }
    var header = Array("{\(parts.joined(separator: ","))}".utf8)
    while header.count % 8 != 0 { header.append(0x20) }
    return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "\u{0}"..<"\u{20}":
        result += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
