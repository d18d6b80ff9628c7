import Foundation
import VLA

/// Compares computed tensors with those of reference files, one line per tensor, and keeps what was
/// computed for a dump.
final class TensorComparison {
  /// How far a number may be from the reference.
  enum Tolerance {
    case exact
    case absolute(Double)
    /// `[..., 7]` actions: the arm within a tolerance, the gripper exactly.
    case action(arm: Double)
  }

  /// A reference file: its tensors, and which of them were looked at.
  final class File {
    let path: String
    let tensors: [String: StoredTensor]
    fileprivate var seen: Set<String> = []
    fileprivate var computed: [SafeTensors.Entry] = []

    fileprivate init(path: String, tensors: [String: StoredTensor]) {
      self.path = path
      self.tensors = tensors
    }

    /// The tensor as numbers; its absence is an error.
    func numbers(_ key: String) throws -> [Double] {
      guard let tensor = tensors[key] else {
        throw ConformanceError("\(path): \(key): is missing from the reference")
      }
      return tensor.doubles
    }

    /// The tensor as integers.
    func integers(_ key: String) throws -> [Int] { try numbers(key).map { Int($0) } }

    /// The tensor's shape, empty when it is absent.
    func shape(_ key: String) -> [Int] { tensors[key]?.shape ?? [] }
  }

  let root: String
  private(set) var report = ConformanceReport(agrees: true)
  private var files: [File] = []
  private(set) var compared = 0
  private(set) var failed = 0

  init(root: String) { self.root = root }

  /// Opens a reference file below the root.
  func open(_ path: String) throws -> File {
    if let file = files.first(where: { $0.path == path }) { return file }
    let file = File(path: path, tensors: try SafeTensors(path: "\(root)/\(path)").tensors)
    files.append(file)
    return file
  }

  /// Compares numbers in row-major order with the reference's; keys the reference lacks are passed
  /// over, so that a fixture may hold fewer stages than we compute.
  func check(
    _ file: File, _ key: String, _ ours: [Double], _ tolerance: Tolerance,
    note: String? = nil
  ) {
    guard let reference = file.tensors[key] else { return }
    file.seen.insert(key)
    compared += 1
    let theirs = reference.doubles
    guard ours.count == theirs.count else {
      return fail("\(file.path) \(key): computed \(ours.count) numbers, expected \(theirs.count)")
    }
    // A quantity compared a second way, with a note, is dumped as first compared.
    if note == nil { file.computed.append(reference.entry(with: ours)) }
    let label = note.map { "\(key) (\($0))" } ?? key
    switch tolerance {
    case .exact:
      let wrong = zip(ours, theirs).count { $0 != $1 }
      finish(file, label, wrong == 0, "\(wrong) of \(ours.count) differ (exact)")
    case .absolute(let limit):
      let worst = Self.worst(ours, theirs)
      finish(file, label, worst <= limit, Self.residual(worst, limit))
    case .action(let limit):
      let isGripper = { (index: Int) in index % 7 == 6 }
      let arm = ours.indices.filter { !isGripper($0) }
      let worst = Self.worst(arm.map { ours[$0] }, arm.map { theirs[$0] })
      let wrong = ours.indices.count { isGripper($0) && ours[$0] != theirs[$0] }
      finish(
        file, label, worst <= limit && wrong == 0,
        "arm \(Self.residual(worst, limit)), gripper \(wrong) differ (exact)")
    }
  }

  /// Compares numbers that lie in a JSON file rather than a tensor.
  func checkExact(_ label: String, _ ours: [Int], _ theirs: [Int]) {
    compared += 1
    let agrees = ours == theirs
    line(label, agrees, agrees ? "\(ours.count) equal (exact)" : "\(ours), expected \(theirs)")
  }

  private static func worst(_ ours: [Double], _ theirs: [Double]) -> Double {
    // A NaN on either side must not compare as small.
    zip(ours, theirs).reduce(0) { worst, pair in
      let difference = abs(pair.0 - pair.1)
      return difference.isNaN ? .infinity : max(worst, difference)
    }
  }

  private static func residual(_ worst: Double, _ limit: Double) -> String {
    String(format: "%.2e (limit %.0e)", worst, limit)
  }

  private func finish(_ file: File, _ label: String, _ agrees: Bool, _ text: String) {
    line("\(file.path) \(label)", agrees, text)
  }

  private func fail(_ text: String) {
    failed += 1
    report.agrees = false
    report.lines.append("FAIL \(text)")
  }

  private func line(_ label: String, _ agrees: Bool, _ text: String) {
    if agrees { report.lines.append("ok   \(label): \(text)") } else { fail("\(label): \(text)") }
  }

  /// Notes tensors that are inputs: neither compared nor missing.
  func inputs(_ file: File, _ isInput: (String) -> Bool) {
    for key in file.tensors.keys where isInput(key) { file.seen.insert(key) }
  }

  /// Notes a whole file or quantity that is out of scope.
  func skip(_ what: String, _ reason: String) {
    report.notCovered.append("\(what): \(reason)")
  }

  /// The finished report; every tensor nobody looked at is listed as not covered.
  func finish(dump: String?) throws -> ConformanceReport {
    for file in files {
      let rest = file.tensors.keys.filter { !file.seen.contains($0) }.sorted()
      for key in rest { skip("\(file.path) \(key)", "no comparison for this tensor") }
      guard let dump, !file.computed.isEmpty else { continue }
      let target = URL(fileURLWithPath: "\(dump)/\(file.path)")
      try FileManager.default.createDirectory(
        at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(SafeTensors.encode(file.computed)).write(to: target)
    }
    report.totals = [
      ("tensors compared", Double(compared)), ("tensors that differ", Double(failed)),
      ("not covered", Double(report.notCovered.count)),
    ]
    guard compared > 0 else {
      throw ConformanceError("\(root): nothing to compare: no VLA fixture was found")
    }
    return report
  }
}

extension StoredTensor {
  /// The same key, shape and number format with other numbers.
  fileprivate func entry(with numbers: [Double]) -> SafeTensors.Entry {
    let bytes: [UInt8] =
      switch type {
      case .f64: numbers.withUnsafeBytes { Array($0) }
      case .i64: numbers.map { Int64($0) }.withUnsafeBytes { Array($0) }
      case .u8, .bool: numbers.map { UInt8($0) }
      default: numbers.map { Float($0) }.withUnsafeBytes { Array($0) }
      }
    let kept: ElementType = [.f64, .i64, .u8, .bool].contains(type) ? type : .f32
    return SafeTensors.Entry(name: name, type: kept, shape: shape, bytes: bytes)
  }
}
