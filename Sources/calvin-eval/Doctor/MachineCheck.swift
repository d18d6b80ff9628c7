import Foundation
import Rendering

/// Processor, memory and the shared libraries this process runs with.
enum MachineCheck {
  static func findings() -> [Finding] { [processor, memory] + libraries() }

  private static var processor: Finding {
    let info = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let model = value(of: "model name", in: info) ?? "unknown"
    let flags = Set((value(of: "flags", in: info) ?? "").split(separator: " ").map(String.init))
    let known = ["sse4_1", "avx2", "fma", "avx512f", "avx512_bf16"].filter(flags.contains)
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let detail =
      "\(model), \(cores) cores, \(known.joined(separator: " ")); the rasteriser uses "
      + "\(InstructionSet.best)"
    guard known.contains("avx2") else {
      return Finding(
        "machine", "processor", .warning, detail,
        hint: "without AVX2 rendering and in-process policies are slower; results are the same")
    }
    return Finding("machine", "processor", detail)
  }

  private static var memory: Finding {
    let gibibytes = Double(ProcessInfo.processInfo.physicalMemory) / 1_073_741_824
    let detail = "\((gibibytes * 10).rounded() / 10) GiB"
    guard gibibytes >= 2 else {
      return Finding(
        "machine", "memory", .warning, detail, hint: "use --workers 1; a world needs some 100 MB")
    }
    return Finding("machine", "memory", detail)
  }

  private static func value(of key: String, in info: String) -> String? {
    for line in info.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) == key else {
        continue
      }
      return parts[1].trimmingCharacters(in: .whitespaces)
    }
    return nil
  }

  /// The files behind the libraries that decide results, as loaded into this process.
  private static func libraries() -> [Finding] {
    let files = loadedFiles()
    let wanted = [
      ("Bullet dynamics", "libBulletDynamics-float64", "libbullet-dev"),
      ("Bullet collision", "libBulletCollision-float64", "libbullet-dev"),
      ("OpenBLAS", "libopenblas", "libopenblas-dev"),
      ("libpng", "libpng16", "libpng-dev"),
    ]
    return wanted.map { name, prefix, package in
      let file = files.first { URL(filePath: $0).lastPathComponent.hasPrefix(prefix) }
      guard let file else {
        return Finding(
          "libraries", name, .problem, "\(prefix) is not loaded",
          hint: "install \(package) and build again")
      }
      var detail = file
      if prefix == "libopenblas", let core = openBLASCore() { detail += ", kernels for \(core)" }
      return Finding("libraries", name, detail)
    }
  }

  /// Every file mapped into this process.
  private static func loadedFiles() -> Set<String> {
    // Read to its end: such files claim to be empty, and the shortcuts believe them.
    let bytes = (try? FileHandle(forReadingAtPath: "/proc/self/maps")?.readToEnd()) ?? Data()
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    return Set(lines.compactMap { line in line.firstIndex(of: "/").map { String(line[$0...]) } })
  }

  /// The processor OpenBLAS chose its kernels for.
  private static func openBLASCore() -> String? {
    guard let symbol = dlsym(nil, "openblas_get_corename") else { return nil }
    typealias CoreName = @convention(c) () -> UnsafePointer<CChar>?
    return unsafeBitCast(symbol, to: CoreName.self)().map { String(cString: $0) }
  }
}
