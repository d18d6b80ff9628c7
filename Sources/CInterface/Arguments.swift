import CCalvinEval
import Calvin

// Checks of what C callers hand over, and writers into their buffers.

/// The pointer; a null one is refused by its name in the header.
func required<Pointer>(_ pointer: Pointer?, _ name: String) throws -> Pointer {
  guard let pointer else { throw SimulatorError.badCall("\(name) is null") }
  return pointer
}

/// The text of a C string.
func text(_ pointer: UnsafePointer<CChar>?, _ name: String) throws -> String {
  guard let text = String(validatingCString: try required(pointer, name)) else {
    throw SimulatorError.badCall("\(name) is no UTF-8")
  }
  return text
}

/// An array of numbers.
func numbers(
  _ pointer: UnsafePointer<Double>, _ count: Int32, _ name: String
) throws -> UnsafeBufferPointer<Double> {
  guard count >= 0 else { throw SimulatorError.badCall("\(name) has \(count) entries") }
  return UnsafeBufferPointer(start: pointer, count: Int(count))
}

/// The numbers of contact points; null stands for none.
func points(_ pointer: UnsafePointer<Double>?, _ count: Int32) throws -> UnsafeBufferPointer<Double>
{
  guard count >= 0, count == 0 || pointer != nil else {
    throw SimulatorError.badCall("there cannot be \(count) contacts here")
  }
  return UnsafeBufferPointer(start: pointer, count: Int(count) * Int(CALVIN_CONTACT_NUMBERS))
}

/// Fills an array that must have the right size.
func write(
  _ values: [Double], to pointer: UnsafeMutablePointer<Double>?, _ count: Int32, _ name: String
) throws {
  guard Int(count) == values.count else {
    throw SimulatorError.badCall("\(name) has \(count) entries, expected \(values.count)")
  }
  try required(pointer, name).update(from: values, count: values.count)
}

/// Fills a text buffer, or says how large it must be.
func write(
  _ json: OrderedJSON, to pointer: UnsafeMutablePointer<CChar>?, _ capacity: Int64,
  _ length: UnsafeMutablePointer<Int64>?
) throws {
  let bytes = json.pythonText.utf8
  try required(length, "length").pointee = Int64(bytes.count + 1)
  guard let pointer, bytes.count < capacity else {
    throw SimulatorError(
      CALVIN_TOO_SMALL, "the text has \(bytes.count + 1) bytes, there is room for \(capacity)")
  }
  for (index, byte) in bytes.enumerated() { pointer[index] = CChar(truncatingIfNeeded: byte) }
  pointer[bytes.count] = 0
}
