extension PickleGlobal {
  /// What pickled numpy arrays, scalars and types and Python's dictionaries name; allow these to read
  /// numpy data.
  public static let numpy: Set<PickleGlobal> = {
    var names: Set = [
      PickleGlobal("numpy", "ndarray"), PickleGlobal("numpy", "dtype"),
      PickleGlobal("_codecs", "encode"), PickleGlobal("collections", "OrderedDict"),
      PickleGlobal("collections", "defaultdict"),
    ]
    for builtins in ["builtins", "__builtin__"] {
      for name in ["bytes", "list", "dict"] { names.insert(PickleGlobal(builtins, name)) }
    }
    for core in ["numpy.core", "numpy._core"] {
      names.insert(PickleGlobal("\(core).multiarray", "_reconstruct"))
      names.insert(PickleGlobal("\(core).multiarray", "scalar"))
      names.insert(PickleGlobal("\(core).numeric", "_frombuffer"))
    }
    return names
  }()
}

extension PickleValue {
  /// The numpy array (or scalar) this describes.
  public func array(source: String) throws(NumPyError) -> NPYArray {
    guard case .object(let object) = self else {
      throw NumPyError(source, "expected a numpy array")
    }
    guard let parts = object.arrayParts, let (type, isBigEndian) = parts.dtype.elementType,
      let bytes = parts.bytes
    else {
      throw NumPyError(
        source, "expected a numpy array of numbers, found \(object.callable) of another form")
    }
    guard let count = elementCount(of: parts.shape), bytes.count == count * type.size else {
      throw NumPyError(
        source, "holds \(bytes.count) bytes for shape \(parts.shape) of \(type.rawValue)")
    }
    let array = NPYArray(
      dtype: type, shape: parts.shape, source: source,
      payload: isBigEndian ? byteSwapped(bytes[...], elementSize: type.size)[...] : bytes[...])
    return parts.isFortranOrdered && parts.shape.count > 1 ? array.reorderedFromFortran() : array
  }

  /// The number type a pickled `numpy.dtype` describes.
  fileprivate var elementType: (type: DType, isBigEndian: Bool)? {
    guard let (code, order) = typeCode else { return nil }
    let mark = code.hasSuffix("1") ? "|" : order == "|" ? "<" : order
    return DType.stored(descr: mark + code)
  }

  /// Code and byte order of a pickled `numpy.dtype`: `dtype('f8', False, True)` with the order in
  /// its state.
  fileprivate var typeCode: (code: String, order: String)? {
    guard case .object(let object) = self, object.callable == PickleGlobal("numpy", "dtype"),
      let code = object.arguments.first?.string
    else { return nil }
    guard case .tuple(let state)? = object.state, state.count > 1, let order = state[1].string
    else { return (code, "|") }
    return (code, order)
  }
}

extension PickleObject {
  fileprivate struct ArrayParts {
    var shape: [Int]
    var dtype: PickleValue
    var isFortranOrdered: Bool
    /// Bytes of the elements, or a list for an array of objects.
    var content: PickleValue
    var bytes: [UInt8]? { content.bytes }
  }

  fileprivate var arrayParts: ArrayParts? {
    switch callable.name {
    case "_reconstruct":
      guard case .tuple(let state)? = state, state.count == 5,
        let shape = state[1].shape, case .bool(let isFortranOrdered) = state[3].asBool
      else { return nil }
      return ArrayParts(
        shape: shape, dtype: state[2], isFortranOrdered: isFortranOrdered, content: state[4])
    case "scalar":
      guard arguments.count == 2 else { return nil }
      return ArrayParts(
        shape: [], dtype: arguments[0], isFortranOrdered: false, content: arguments[1])
    case "_frombuffer":
      guard arguments.count == 4, let shape = arguments[2].shape else { return nil }
      return ArrayParts(
        shape: shape, dtype: arguments[1], isFortranOrdered: arguments[3].string == "F",
        content: arguments[0])
    default: return nil
    }
  }

  /// True for a numpy scalar.
  var isScalar: Bool { callable.name == "scalar" }

  /// Elements of an array of objects, nil when this is none.
  var objectArrayElements: [PickleValue]? {
    guard let parts = arrayParts, case .list(let elements) = parts.content,
      !parts.isFortranOrdered || parts.shape.count < 2
    else { return nil }
    return elements
  }

  /// Elements of an array of objects or texts; of one with several axes, its rows as lists.
  var elementsByRow: [PickleValue]? {
    guard let shape = arrayParts?.shape,
      let flat = objectArrayElements ?? texts?.map({ PickleValue.string($0) })
    else { return nil }
    guard shape.count > 1, shape[0] > 0, flat.count % shape[0] == 0 else { return flat }
    let width = flat.count / shape[0]
    return (0..<shape[0]).map { .list(Array(flat[($0 * width)..<(($0 + 1) * width)])) }
  }

  /// Texts of an array or scalar of numpy's fixed-width texts (`<U12`: four bytes a character, `S12`:
  /// one) in C order, without the zeros that fill them up; nil when this is none.
  var texts: [String]? {
    guard let parts = arrayParts, let (code, order) = parts.dtype.typeCode, let bytes = parts.bytes,
      let width = Int(code.dropFirst()), width > 0, !parts.isFortranOrdered || parts.shape.count < 2
    else { return nil }
    let unit = code.hasPrefix("U") ? 4 : code.hasPrefix("S") ? 1 : 0
    guard unit > 0, width <= bytes.count, let count = elementCount(of: parts.shape),
      bytes.count == count * width * unit
    else { return nil }
    let ordered = order == ">" ? byteSwapped(bytes[...], elementSize: unit) : bytes
    return stride(from: 0, to: bytes.count, by: width * unit).map { start in
      var text = String.UnicodeScalarView()
      for at in stride(from: start, to: start + width * unit, by: unit) {
        let code = (0..<unit).reduce(UInt32(0)) { $0 | UInt32(ordered[at + $1]) << (8 * $1) }
        text.append(Unicode.Scalar(code) ?? "\u{fffd}")
      }
      while text.last?.value == 0 { text.removeLast() }
      return String(text)
    }
  }
}

extension PickleValue {
  fileprivate var shape: [Int]? {
    guard case .tuple(let axes) = self else { return nil }
    let shape = axes.compactMap { axis -> Int? in
      if case .integer(let length) = axis, length >= 0 { length } else { nil }
    }
    return shape.count == axes.count ? shape : nil
  }

  fileprivate var asBool: PickleValue {
    if case .integer(let number) = self { .bool(number != 0) } else { self }
  }
}

extension NPYArray {
  /// The objects of an npy file of Python objects, in C order: `numpy.save` of a dictionary gives
  /// one. Only numpy's own classes may occur in it.
  public func objects(
    allowing globals: Set<PickleGlobal> = PickleGlobal.numpy
  ) throws(NumPyError) -> [PickleValue] {
    guard dtype == .object else {
      throw NumPyError(source, "elements are \(dtype.rawValue), expected Python objects")
    }
    let bytes = withUnsafeBytes { [UInt8]($0) }
    let value = try Pickle.decode(bytes, allowing: globals, source: source)
    guard case .object(let object) = value, let elements = object.objectArrayElements,
      elements.count == count
    else { throw NumPyError(source, "expected a pickled array of \(count) objects") }
    return elements
  }
}
