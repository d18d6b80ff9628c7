import ArgumentParser
import Assets
import Foundation

/// `calvin-eval doctor`: finds out what does not work before a run does.
struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check graphics, libraries and assets, and draw a test frame with each backend.",
    discussion: """
      EXAMPLES
        calvin-eval doctor
        calvin-eval doctor --calvin-env ~/calvin_env --json
        calvin-eval doctor --renderer egl --render-gpu 1

      Exit code 0: everything that was asked for works; 1: there are problems; 2: bad input.
      """)

  @Option(
    name: .customLong("calvin-env"),
    help: "A calvin_env checkout to check as well.")
  var calvinEnv: String?

  @OptionGroup var rendering: RendererOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    var findings = MachineCheck.findings()
    let graphics = GraphicsCheck(rendering)
    findings += graphics.findings

    var scenes: [(name: String, assets: SceneAssets)] = []
    do throws(AssetError) {
      let root = try AssetRoot.embedded()
      let check = AssetCheck.examine(root, called: "embedded", severity: .problem)
      findings += check.findings
      scenes += check.scenes
    } catch {
      findings.append(Finding("assets", "embedded", .problem, "\(error)"))
    }
    var hasBadInput = false
    if let calvinEnv {
      do throws(AssetError) {
        let root = try AssetRoot(calvinEnv: calvinEnv)
        let check = AssetCheck.examine(root, called: "calvin_env", severity: .problem)
        findings += check.findings
        hasBadInput = check.findings.contains { $0.status == .problem }
        // Given assets are the ones to draw; their scenes replace embedded ones of the same name.
        if !check.scenes.isEmpty { scenes = check.scenes }
      } catch {
        hasBadInput = true
        findings.append(
          Finding(
            "assets", "calvin_env", .problem, "\(error)",
            hint: "name the folder that holds conf/ and data/"))
      }
    }
    if let (name, assets) = scenes.first(where: { $0.name == "D" }) ?? scenes.first {
      findings += FrameCheck(name, assets, rendering).findings
    }
    try report(findings, graphics.devices)
    if hasBadInput { throw ExitCode.badInput }
    if findings.contains(where: { $0.status == .problem }) { throw ExitCode.mismatch }
  }

  private struct Report: Encodable {
    var ok: Bool
    var problems: Int
    var warnings: Int
    var devices: [GraphicsCheck.Device]
    var findings: [Finding]
  }

  private func report(_ findings: [Finding], _ devices: [GraphicsCheck.Device]) throws {
    let problems = findings.count { $0.status == .problem }
    let warnings = findings.count { $0.status == .warning }
    if output.json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      let data = try encoder.encode(
        Report(
          ok: problems == 0, problems: problems, warnings: warnings, devices: devices,
          findings: findings))
      print(String(decoding: data, as: UTF8.self))
      return
    }
    var area = ""
    for finding in findings {
      if finding.area != area { print("\(area.isEmpty ? "" : "\n")\(finding.area)") }
      area = finding.area
      print("  \(finding.text)")
    }
    print("\n\(problems == 0 ? "ok" : "\(problems) problems"), \(warnings) warnings")
  }
}
