import Foundation

/// How a split names its frame files: `episode_0000123.npz` is `episode_`, 7 digits, `.npz`.
public struct FrameNaming: Sendable, Hashable {
  /// Text before the number.
  public var prefix: String
  /// Digits the number is padded to.
  public var digits: Int

  /// Names of this form; CALVIN's are the default.
  public init(prefix: String = "episode_", digits: Int = 7) {
    self.prefix = prefix
    self.digits = digits
  }

  /// The naming in a folder: CALVIN's when the first frame is there under it, else that of the npz
  /// files with a number: of several forms CALVIN's, then that under which the first frame is there,
  /// then the first by name.
  init(of folder: String, firstFrame: Int?) throws(DatasetError) {
    self.init()
    if let firstFrame, DatasetSplit.exists("\(folder)/\(name(of: firstFrame))") { return }
    var found: FrameNaming?
    var known: Set<FrameNaming> = []
    forEachName(in: folder) { name in
      guard let naming = FrameNaming(fileName: String(decoding: name, as: UTF8.self)),
        known.insert(naming).inserted
      else { return true }
      let isCertain =
        naming == FrameNaming()
        || firstFrame.map { DatasetSplit.exists("\(folder)/\(naming.name(of: $0))") } ?? false
      if isCertain || found.map({ naming.order < $0.order }) ?? true { found = naming }
      return !isCertain
    }
    guard let found else {
      throw DatasetError(folder, "holds no frame file such as \(name(of: firstFrame ?? 0))")
    }
    self = found
  }

  private var order: (String, Int) { (prefix, digits) }

  private init?(fileName: String) {
    guard fileName.hasSuffix(".npz") else { return nil }
    let stem = fileName.dropLast(4)
    let number = stem.reversed().prefix { $0.isASCII && $0.isNumber }.count
    guard number > 0 else { return nil }
    self.init(prefix: String(stem.dropLast(number)), digits: number)
  }

  /// The file name of a frame.
  public func name(of frame: Int) -> String {
    let number = String(frame)
    return prefix + String(repeating: "0", count: max(0, digits - number.count)) + number + ".npz"
  }

  /// The frame of a file name, nil for names of another form.
  public func frame(of name: String) -> Int? {
    var name = name
    return name.withUTF8 { frame(ofFile: $0) }
  }

  /// The same for a name's bytes: folders hold millions of them.
  func frame(ofFile name: UnsafeBufferPointer<UInt8>) -> Int? {
    let (prefix, suffix) = (prefix.utf8, ".npz".utf8)
    let end = name.count - suffix.count
    guard end - prefix.count >= max(1, digits), end - prefix.count <= 18,
      name.starts(with: prefix), name[end...].elementsEqual(suffix)
    else { return nil }
    var number = 0
    for byte in name[prefix.count..<end] {
      guard (48...57).contains(byte) else { return nil }
      number = number * 10 + Int(byte - 48)
    }
    return number
  }
}

/// Calls `body` with the bytes of the names in a folder, in the system's order, until it returns
/// false.
func forEachName(in folder: String, _ body: (UnsafeBufferPointer<UInt8>) -> Bool) {
  guard let directory = opendir(folder) else { return }
  defer { closedir(directory) }
  while let entry = readdir(directory) {
    let goOn = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: UInt8.self, capacity: 256) { name in
        body(UnsafeBufferPointer(start: name, count: strnlen(name, 256)))
      }
    }
    if !goOn { return }
  }
}
