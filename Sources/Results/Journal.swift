import Digests
import Foundation

/// The record of finished chains, one line each, appended and flushed before a chain counts.
///
/// A line is 8 hex digits of SHA-256 over the rest, a space, and the entry as canonical JSON. Only
/// the last line can be torn by a crash; it is dropped when the journal is opened again. The open
/// file carries an exclusive lock, so a second process on the same run is refused.
public final class Journal {
  /// What one line says.
  public enum Entry: Sendable, Equatable {
    /// A chain has a verdict.
    case verdict(ChainResult, ChainTiming)
    /// Infrastructure failed every attempt at a chain; a later verdict replaces it.
    case failure(ChainFailure)
  }

  /// Entries found when the journal was opened, in order of writing.
  public let entriesAtOpening: [Entry]
  private let path: String
  private var descriptor: Int32
  private var length: off_t

  /// Opens or creates the journal at `path`, locks it, and cuts off a torn last line.
  public init(path: String) throws(ResultsError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .system(operation: "open", path: path, code: errno) }
    do throws(ResultsError) {
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        throw errno == EWOULDBLOCK
          ? .inUse(path: path) : .system(operation: "lock", path: path, code: errno)
      }
      let bytes = try DurableFile.readAll(from: descriptor, path: path)
      let (entries, intact) = try Self.parse(bytes, path: path)
      if intact < bytes.count {
        guard ftruncate(descriptor, off_t(intact)) == 0 else {
          throw .system(operation: "truncate", path: path, code: errno)
        }
      }
      try DurableFile.flushFolder(of: path)
      entriesAtOpening = entries
      length = off_t(intact)
    } catch {
      Foundation.close(descriptor)
      throw error
    }
    self.path = path
    self.descriptor = descriptor
  }

  deinit {
    close()
  }

  /// Gives the lock back; nothing can be appended afterwards. Without this the lock ends with the
  /// journal's last reference.
  public func close() {
    if descriptor >= 0 { Foundation.close(descriptor) }
    descriptor = -1
  }

  /// Appends one entry and flushes it to the disk. When this throws, the journal is as before.
  public func append(_ entry: Entry) throws {
    let line = Array(try Self.line(entry).utf8)
    do {
      guard lseek(descriptor, length, SEEK_SET) == length else {
        throw ResultsError.system(operation: "seek in", path: path, code: errno)
      }
      try DurableFile.writeAll(line, to: descriptor, path: path)
      guard fdatasync(descriptor) == 0 else {
        throw ResultsError.system(operation: "flush", path: path, code: errno)
      }
    } catch {
      ftruncate(descriptor, length)
      throw error
    }
    length += off_t(line.count)
  }

  /// The entries of a journal another process may be writing.
  public static func read(_ path: String) throws(ResultsError) -> [Entry] {
    try parse(DurableFile.read(path), path: path).entries
  }

  static func line(_ entry: Entry) throws -> String {
    let value: JSONValue =
      switch entry {
      case .verdict(let result, let timing):
        [
          "result": try JSONValue(encoding: result), "timing": try JSONValue(encoding: timing),
        ]
      case .failure(let failure): ["failure": try JSONValue(encoding: failure)]
      }
    let text = value.canonical
    return "\(checksum(text)) \(text)\n"
  }

  private static func checksum(_ text: String) -> String {
    String(hexadecimal(sha256(text)).prefix(8))
  }

  /// The entries, and the number of bytes up to the end of the last intact line.
  static func parse(
    _ bytes: [UInt8], path: String
  ) throws(ResultsError) -> (entries: [Entry], intact: Int) {
    var entries: [Entry] = []
    var start = 0
    var number = 0
    while start < bytes.count {
      number += 1
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      let isLast = end + 1 >= bytes.count
      let text = String(decoding: bytes[start..<end], as: UTF8.self)
      guard end < bytes.count, text.utf8.count > 9,
        checksum(String(text.dropFirst(9))) == text.prefix(8)
      else {
        if isLast { break }
        throw .malformed(
          path: path, line: number,
          message: "the checksum does not fit the line; the file was changed after writing")
      }
      entries.append(try entry(String(text.dropFirst(9)), path: path, line: number))
      start = end + 1
    }
    return (entries, start)
  }

  private static func entry(
    _ text: String, path: String, line: Int
  ) throws(ResultsError) -> Entry {
    do {
      let value = try JSONValue(parsing: text)
      if let failure = value["failure"] {
        return .failure(try failure.decoded(as: ChainFailure.self))
      }
      guard let result = value["result"], let timing = value["timing"] else {
        throw ResultsError.malformed(
          path: path, line: line, message: "expected \"failure\", or \"result\" and \"timing\"")
      }
      return .verdict(
        try result.decoded(as: ChainResult.self), try timing.decoded(as: ChainTiming.self))
    } catch let error as ResultsError {
      throw error
    } catch {
      throw .malformed(path: path, line: line, message: "\(error)")
    }
  }
}
