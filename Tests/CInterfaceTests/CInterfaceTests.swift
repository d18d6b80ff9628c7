import Assets
import CCalvinEval
import Calvin
import Foundation
import Rendering
import Simulation
import Testing

// Naming the target links the functions that the C header declares.
@testable import CInterface

/// The package's own folder: `Scenes/` and `Tasks/` are in it.
private let home = URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().path

/// A simulator opened through the C functions.
private final class Opened {
  private(set) var number: Int64 = 0

  init(_ options: String = "\"renderer\": \"cpu\"") throws {
    var text = [CChar](repeating: 0, count: 300)
    let status = calvin_open("{\"home\": \"\(home)\", \(options)}", &number, &text, 300)
    try #require(status == CALVIN_OK, "\(message(text))")
  }

  deinit { calvin_close(number, nil, 0) }

  func state() -> EnvironmentState {
    var robot = [Double](repeating: 0, count: 15)
    var scene = [Double](repeating: 0, count: 24)
    #expect(calvin_observe(number, &robot, 15, &scene, 24, nil, 0) == CALVIN_OK)
    return EnvironmentState(robotObservation: robot, sceneObservation: scene)
  }

  func description() throws -> OrderedJSON {
    try read { calvin_describe(self.number, $0, $1, $2, nil, 0) }
  }

  /// Asks for the size of a text, then for the text.
  func read(
    _ call: (UnsafeMutablePointer<CChar>?, Int64, UnsafeMutablePointer<Int64>) -> Int32
  ) throws -> OrderedJSON {
    var length: Int64 = 0
    #expect(call(nil, 0, &length) == CALVIN_TOO_SMALL)
    var text = [CChar](repeating: 0, count: Int(length))
    #expect(call(&text, length, &length) == CALVIN_OK)
    return try OrderedJSON(parsing: Array(message(text).utf8), source: "description")
  }
}

private func message(_ text: [CChar]) -> String {
  String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

struct CInterfaceTests {
  /// Reaches for drawer and blocks so that there are contacts to compare.
  private static let actions = (0..<40).map { step in
    [0.3, -0.5 + 0.02 * Double(step), -0.9, 0.1, 0, -0.2, step % 9 < 5 ? 1.0 : -1.0]
  }

  @Test func statesInfosAndPicturesAreTheEnvironments() throws {
    let opened = try Opened()
    let assets = try SceneAssets.load(
      root: .embedded(executable: home + "/program"), scene: "D", datasetConfig: nil)
    let environment = try Environment(assets: assets)
    let renderer = try RendererFactory(RenderScene(assets), choice: .cpu).makeRenderer()
    let start = environment.state
    #expect(
      calvin_reset(
        opened.number, start.robotObservation, 15, start.sceneObservation, 24, nil, 0) == CALVIN_OK)
    try environment.reset(to: start)
    #expect(opened.state() == environment.state)
    for action in Self.actions {
      #expect(
        calvin_step(opened.number, Int32(CALVIN_CARTESIAN_REL), action, 7, nil, 0) == CALVIN_OK)
      try environment.step(.cartesianRelative(action))
      #expect(opened.state() == environment.state)
    }
    let camera = try #require(assets.cameras.first)
    var rgb = [UInt8](repeating: 0, count: camera.width * camera.height * 3)
    var depth = [Float](repeating: 0, count: camera.width * camera.height)
    let status = rgb.withUnsafeMutableBufferPointer { rgb in
      depth.withUnsafeMutableBufferPointer { depth in
        calvin_render(opened.number, [0], 1, [rgb.baseAddress], [depth.baseAddress], nil, 0)
      }
    }
    #expect(status == CALVIN_OK)
    let view = try environment.view(of: camera)
    let image = try renderer.render(environment.drawing, view: view, depth: true)
    #expect(rgb == image.rgb)
    #expect(depth == image.depthMetres(of: view))
  }

  @Test func infosLeadToTheOraclesVerdicts() throws {
    let opened = try Opened()
    let description = try opened.description()
    let count = Int32(try #require(description["info"]?.integer))
    func info() -> (numbers: [Double], contacts: [Double], found: Int32) {
      var numbers = [Double](repeating: 0, count: Int(count))
      var found: Int32 = 0
      var status = calvin_info(opened.number, &numbers, count, nil, 0, &found, nil, 0)
      var contacts = [Double](repeating: 0, count: Int(found * CALVIN_CONTACT_NUMBERS))
      if status == CALVIN_TOO_SMALL {
        status = calvin_info(opened.number, &numbers, count, &contacts, found, &found, nil, 0)
      }
      #expect(status == CALVIN_OK)
      return (numbers, contacts, found)
    }
    let start = info()
    #expect(start.found > 0, "blocks lie on the table")
    var state = opened.state()
    // The LED on and the drawer open.
    state.sceneObservation[1] = 0.2
    state.sceneObservation[5] = 1
    #expect(
      calvin_reset(
        opened.number, state.robotObservation, 15, state.sceneObservation, 24, nil, 0)
        == CALVIN_OK)
    let end = info()
    let tasks = try #require(description["tasks"])
    guard case .object(let members) = tasks else {
      Issue.record("tasks are no object")
      return
    }
    var achieved = [UInt8](repeating: 2, count: members.count)
    #expect(
      calvin_achieved(
        opened.number, start.numbers, start.contacts, start.found, end.numbers, end.contacts,
        end.found, count, &achieved, Int32(members.count), nil, 0) == CALVIN_OK)
    let names = zip(members, achieved).filter { $0.1 == 1 }.map(\.0.key)
    #expect(Set(names).isSuperset(of: ["open_drawer", "turn_on_led"]))
    #expect(!names.contains("close_drawer"))
  }

  @Test func chainsAndStartStatesAreTheProgramsOwn() throws {
    let opened = try Opened()
    let chains = try opened.read { calvin_chains(opened.number, 20, 0, $0, $1, $2, nil, 0) }
    let tasks = try TaskLibrary(folder: home + "/Tasks")
    let expected = tasks.chains.evaluationChains(20)
    #expect(
      chains
        == .array(expected.map { .array([$0.initialState.json, $0.subtaskList]) }))
    var robot = [Double](repeating: 0, count: 15)
    var scene = [Double](repeating: 0, count: 24)
    let state = expected[7].initialState
    #expect(
      calvin_start_state(
        opened.number, state.json.pythonText, &robot, 15, &scene, 24, nil, 0) == CALVIN_OK)
    #expect(
      try EnvironmentState(robotObservation: robot, sceneObservation: scene)
        == state.startState(in: .official))
  }

  @Test func aSecondSimulatorIsIndependent() throws {
    let opened = try Opened()
    var other: Int64 = 0
    #expect(calvin_open_another(opened.number, 0, &other, nil, 0) == CALVIN_OK)
    let before = opened.state()
    #expect(calvin_step(other, 0, Self.actions[0], 7, nil, 0) == CALVIN_OK)
    #expect(opened.state() == before)
    #expect(calvin_close(other, nil, 0) == CALVIN_OK)
    #expect(calvin_close(other, nil, 0) == CALVIN_BAD_CALL)
  }

  @Test func everyMistakeIsAStatusWithASentence() throws {
    let opened = try Opened()
    var text = [CChar](repeating: 0, count: 300)
    func expect(_ status: Int, _ part: String, _ found: Int32, line: Int = #line) {
      #expect(found == Int32(status), "line \(line): \(message(text))")
      #expect(message(text).contains(part), "line \(line): \(message(text))")
    }
    var number: Int64 = 0
    expect(CALVIN_BAD_CALL, "options is null", calvin_open(nil, &number, &text, 300))
    expect(CALVIN_BAD_CALL, "simulator is null", calvin_open("{}", nil, &text, 300))
    expect(
      CALVIN_BAD_INPUT, "no option 'colour'", calvin_open("{\"colour\": 1}", &number, &text, 300))
    expect(
      CALVIN_BAD_INPUT, "renderer: expected one of auto, egl, cpu",
      calvin_open("{\"renderer\": \"x\"}", &number, &text, 300))
    expect(CALVIN_BAD_INPUT, "options", calvin_open("{", &number, &text, 300))
    expect(CALVIN_BAD_CALL, "no simulator 99 is open", calvin_close(99, &text, 300))
    let action = Self.actions[0]
    expect(CALVIN_BAD_CALL, "kind 7", calvin_step(opened.number, 7, action, 7, &text, 300))
    expect(CALVIN_BAD_CALL, "action is null", calvin_step(opened.number, 0, nil, 7, &text, 300))
    expect(CALVIN_BAD_CALL, "-1 entries", calvin_step(opened.number, 0, action, -1, &text, 300))
    expect(
      CALVIN_BAD_ACTION, "expected 7 numbers, found 6",
      calvin_step(opened.number, 0, action, 6, &text, 300))
    expect(
      CALVIN_BAD_ACTION, "position x is nan",
      calvin_step(opened.number, 0, [.nan] + action.dropFirst(), 7, &text, 300))
    expect(
      CALVIN_BAD_INPUT, "robot_obs has 3 numbers, expected 15",
      calvin_reset(opened.number, action, 3, nil, 0, &text, 300))
    var robot = [Double](repeating: 0, count: 3)
    expect(
      CALVIN_BAD_CALL, "expected 15",
      calvin_observe(opened.number, &robot, 3, nil, 24, &text, 300))
    expect(
      CALVIN_BAD_CALL, "there is no camera 9",
      calvin_camera(opened.number, 9, nil, nil, &text, 300))
    expect(
      CALVIN_BAD_CALL, "rgb is null", calvin_render(opened.number, [0], 1, nil, nil, &text, 300))
    // A message longer than its buffer is cut, and nothing is written past the end.
    text = [CChar](repeating: 7, count: 300)
    #expect(calvin_close(99, &text, 4) == CALVIN_BAD_CALL)
    #expect(message(text) == "no " && text[4] == 7)
    #expect(calvin_close(99, nil, 0) == CALVIN_BAD_CALL)
    #expect(calvin_step(opened.number, 0, action, 7, nil, 0) == CALVIN_OK)
  }

  @Test func callsFromManyThreadsTakeTurns() async throws {
    let opened = try Opened()
    let number = opened.number
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for action in Self.actions.prefix(5) {
            #expect(calvin_step(number, 0, action, 7, nil, 0) == CALVIN_OK)
          }
        }
      }
    }
    _ = opened.state()
  }
}
