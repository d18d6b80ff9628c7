import Foundation
import Rendering
import Results

/// Where the program runs.
enum Machine {
  /// The `environment` part of a run's header.
  static func record(
    renderer: RendererSelection, kernels: [String: String]
  ) -> JSONValue {
    var graphics: [String: JSONValue] = [
      "kind": .string(renderer.kind), "requested": .string(renderer.requested.rawValue),
      "reason": .string(renderer.reason),
    ]
    if let strings = renderer.strings {
      graphics["gl_vendor"] = .string(strings.vendor)
      graphics["gl_renderer"] = .string(strings.renderer)
      graphics["gl_version"] = .string(strings.version)
    }
    if let device = renderer.device { graphics["egl_device"] = .int(device.index) }
    var record: [String: JSONValue] = [
      "versions": [
        "calvin_eval": .string(CalvinEval.configuration.version), "swift": .string(swiftVersion),
        "build": .string(buildKind),
      ],
      "machine": [
        "host": .string(ProcessInfo.processInfo.hostName),
        "system": .string(ProcessInfo.processInfo.operatingSystemVersionString),
        "processor": .string(processor),
        "cores": .int(ProcessInfo.processInfo.activeProcessorCount),
        "memory_bytes": .int(Int(ProcessInfo.processInfo.physicalMemory)),
      ],
      "renderer": .object(graphics),
    ]
    if !kernels.isEmpty {
      record[RunRecord.kernelsKey] = .object(kernels.mapValues { .string($0) })
    }
    return .object(record)
  }

  /// The date and time as run folders are named: `2026-01-31-142359`.
  static func dateForNames() -> String {
    formatted("%Y-%m-%d-%H%M%S")
  }

  /// The date and time in ISO 8601 with offset.
  static func timestamp() -> String {
    formatted("%Y-%m-%dT%H:%M:%S%z")
  }

  private static func formatted(_ format: String) -> String {
    var now = time(nil)
    var parts = tm()
    localtime_r(&now, &parts)
    var text = [CChar](repeating: 0, count: 64)
    let count = strftime(&text, text.count, format, &parts)
    return String(decoding: text.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  private static var processor: String {
    let info = (try? DurableFile.read("/proc/cpuinfo")) ?? []
    let line = String(decoding: info, as: UTF8.self).split(separator: "\n")
      .first { $0.hasPrefix("model name") }
    return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
      ?? "unknown"
  }

  private static var swiftVersion: String {
    #if swift(>=6.4)
      "6.4 or later"
    #elseif swift(>=6.3)
      "6.3"
    #else
      "6.2"
    #endif
  }

  private static var buildKind: String {
    #if DEBUG
      "debug"
    #else
      "release"
    #endif
  }
}
