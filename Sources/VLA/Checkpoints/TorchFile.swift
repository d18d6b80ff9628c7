import NumPy

/// A file of `torch.save`: a zip archive with one pickle that names storages, and the storages' raw
/// numbers as stored members. The pickle is read as data; nothing it names is ever called, and any
/// name beyond tensors, storages and plain containers is refused.
public struct TorchFile: Sendable {
  /// The file.
  public let path: String
  private let archive: ZipArchive
  private let file: MappedFile
  private let folder: String
  private let root: PickleValue

  /// Maps the file and reads its pickle.
  public init(path: String) throws(VLAError) {
    self.path = path
    file = try MappedFile(path: path)
    guard file.bytes.starts(with: [0x50, 0x4b]) else {
      throw VLAError(
        path, nil,
        "is no zip archive: PyTorch's old format (before 1.6) is not read;"
          + " save it again with torch.save or as safetensors")
    }
    let archive = try numPy { () throws(NumPyError) in try ZipArchive(path: path) }
    guard let pickle = archive.members.first(where: { $0.name.hasSuffix("/data.pkl") }) else {
      throw VLAError(path, nil, "has no data.pkl: not written by torch.save")
    }
    let folder = String(pickle.name.dropLast("data.pkl".count))
    if let order = archive.members.first(where: { $0.name == folder + "byteorder" }) {
      let bytes = try numPy { () throws(NumPyError) in try archive.bytes(of: order) }
      guard bytes == Array("little".utf8) else {
        throw VLAError(
          path, "byteorder",
          "is '\(String(decoding: bytes, as: UTF8.self))', expected 'little'")
      }
    }
    root = try numPy { () throws(NumPyError) in
      try Pickle.decode(
        try archive.bytes(of: pickle), allowing: Self.globals, source: "\(path)/\(pickle.name)")
    }
    self.archive = archive
    self.folder = folder
  }

  /// Storage classes and the type of their numbers.
  private static let storages: [String: ElementType] = [
    "DoubleStorage": .f64, "FloatStorage": .f32, "HalfStorage": .f16, "BFloat16Storage": .bf16,
    "LongStorage": .i64, "IntStorage": .i32, "ShortStorage": .i16, "CharStorage": .i8,
    "ByteStorage": .u8, "BoolStorage": .bool,
  ]

  private static let globals: Set<PickleGlobal> = {
    var names: Set = [
      PickleGlobal("collections", "OrderedDict"), PickleGlobal("torch", "Size"),
      PickleGlobal("torch._utils", "_rebuild_tensor_v2"),
      PickleGlobal("torch._utils", "_rebuild_parameter"),
    ]
    for name in storages.keys { names.insert(PickleGlobal("torch", name)) }
    return names
  }()

  /// The tensors of the file's state dictionary: the value under `state_dict`, `model_state_dict`
  /// or `module` when there is one, else the whole file.
  public func stateDictionary() throws(VLAError) -> [String: StoredTensor] {
    let state =
      ["state_dict", "model_state_dict", "module"].lazy.compactMap { root[$0] }.first ?? root
    guard let entries = state.entries else {
      throw VLAError(path, "state_dict", "is no dictionary of tensors")
    }
    var members: [String: ZipArchive.Member] = [:]
    for member in archive.members { members[member.name] = member }
    var tensors: [String: StoredTensor] = [:]
    for entry in entries {
      guard let name = entry.key.string else {
        throw VLAError(path, "state_dict", "has a key that is no text")
      }
      // Python objects beside the tensors (step counters, `_extra_state`) are no weights.
      guard case .object(let object) = entry.value else { continue }
      tensors[name] = try tensor(object, name: name, members)
    }
    guard !tensors.isEmpty else { throw VLAError(path, "state_dict", "holds no tensor") }
    return tensors
  }

  private func tensor(
    _ object: PickleObject, name: String, _ members: [String: ZipArchive.Member]
  ) throws(VLAError) -> StoredTensor {
    if object.callable.name == "_rebuild_parameter" {
      guard case .object(let inner)? = object.arguments.first else {
        throw VLAError(path, name, "is a parameter without a tensor")
      }
      return try tensor(inner, name: name, members)
    }
    let arguments = object.arguments
    guard object.callable.name == "_rebuild_tensor_v2", arguments.count >= 4,
      case .persistent(let reference) = arguments[0], let parts = reference.elements,
      parts.count >= 5, parts[0].string == "storage", case .global(let storage) = parts[1],
      let type = Self.storages[storage.name], let key = parts[2].string,
      let offset = arguments[1].integer, let shape = integers(arguments[2]),
      let strides = integers(arguments[3])
    else {
      throw VLAError(path, name, "is \(object.callable), not a dense tensor")
    }
    guard let member = members["\(folder)data/\(key)"] else {
      throw VLAError(path, name, "its storage \(key) is not in the archive")
    }
    let bytes = try storageBytes(member, name: name)
    let reach = try reach(shape: shape, strides: strides, offset: offset, name: name)
    guard reach <= bytes.count / type.size else {
      throw VLAError(
        path, name, "reaches number \(reach), but its storage has \(bytes.count / type.size)")
    }
    var expected = 1
    let isDense = zip(shape, strides).reversed().allSatisfy { extent, stride in
      defer { expected *= extent }
      return extent == 1 || stride == expected
    }
    return StoredTensor(
      file: path, name: name, type: type, shape: shape, strides: isDense ? nil : strides,
      bytes: UnsafeRawBufferPointer(rebasing: bytes[min(offset * type.size, bytes.count)...]),
      owner: file)
  }

  /// One past the last number a tensor touches in its storage.
  private func reach(
    shape: [Int], strides: [Int], offset: Int, name: String
  ) throws(VLAError) -> Int {
    guard shape.count == strides.count, shape.count <= 16, offset >= 0, offset < 1 << 48,
      (shape + strides).allSatisfy({ $0 >= 0 && $0 < 1 << 40 })
    else {
      throw VLAError(path, name, "has shape \(shape), strides \(strides), offset \(offset)")
    }
    if shape.contains(0) { return 0 }
    var last = offset
    var count = 1
    for (extent, stride) in zip(shape, strides) {
      let (span, spanOverflow) = (extent - 1).multipliedReportingOverflow(by: stride)
      let (sum, sumOverflow) = last.addingReportingOverflow(span)
      let (product, productOverflow) = count.multipliedReportingOverflow(by: extent)
      guard !spanOverflow, !sumOverflow, !productOverflow, product < 1 << 40 else {
        throw VLAError(path, name, "shape \(shape) is impossibly large")
      }
      (last, count) = (sum, product)
    }
    // Zero strides would let a few stored numbers stand for any amount of memory.
    guard count <= last + 1 else {
      throw VLAError(path, name, "has overlapping strides \(strides) for shape \(shape)")
    }
    return last + 1
  }

  private func storageBytes(
    _ member: ZipArchive.Member, name: String
  ) throws(VLAError) -> UnsafeRawBufferPointer {
    guard member.isStored else {
      throw VLAError(path, name, "its storage \(member.name) is compressed, expected stored")
    }
    let start = try numPy { () throws(NumPyError) in try archive.dataOffset(of: member) }
    guard start <= file.bytes.count, member.size <= file.bytes.count - start else {
      throw VLAError(path, name, "its storage lies outside the file")
    }
    return UnsafeRawBufferPointer(rebasing: file.bytes[start..<(start + member.size)])
  }

  private func integers(_ value: PickleValue) -> [Int]? {
    let value =
      if case .object(let object) = value, object.callable.name == "Size" {
        object.arguments.first ?? .none
      } else { value }
    guard let elements = value.elements else { return nil }
    let numbers = elements.compactMap(\.integer)
    return numbers.count == elements.count ? numbers : nil
  }
}

/// Runs a reader of the NumPy target; its errors become ours.
private func numPy<Value>(
  _ body: () throws(NumPyError) -> Value
) throws(VLAError) -> Value {
  do { return try body() } catch { throw VLAError(error.source, nil, error.message) }
}
