import Calvin
import Geometry
import NumPy

/// Compares the oracle's verdicts with recorded ones.
public struct OracleConformance: Sendable {
  private let oracle: TaskOracle

  /// A comparison with this oracle's verdicts.
  public init(oracle: TaskOracle) {
    self.oracle = oracle
  }

  /// Compares the set of achieved tasks of every case in `reference/cases.jsonl.gz`.
  public func run(reference: String, dump: String? = nil) throws -> ConformanceReport {
    let folder = try ReferenceFolder(path: reference)
    let output = try DumpFolder(dump)
    let name = try folder.files("cases.jsonl.gz") { $0 == "cases.jsonl.gz" }[0]
    let source = "\(reference)/\(name)"
    let text = try gunzip(try folder.bytes(name), source: source)
    var report = ConformanceReport(agrees: true)
    var cases = 0
    var equal = 0
    var dumped: [UInt8] = []
    var achievedCount: [String: Int] = [:]
    for (index, line) in text.split(separator: UInt8(ascii: "\n")).enumerated() {
      let place = "\(source): line \(index + 1)"
      let record = try OrderedJSON(parsing: Array(line), source: place)
      guard let start = record["start"], let end = record["end"],
        let expected = record["achieved"]?.elements?.compactMap(\.string)
      else { throw ConformanceError("\(place): expected start, end and achieved") }
      let computed = oracle.achieved(
        from: try sceneInfo(start, place: place), to: try sceneInfo(end, place: place))
      cases += 1
      for task in expected { achievedCount[task, default: 0] += 1 }
      if Set(expected) == Set(computed) {
        equal += 1
      } else {
        report.agrees = false
        report.lines.append("line \(index + 1): recorded \(expected), computed \(computed)")
      }
      if output.isWanted {
        let verdict = OrderedJSON.array(computed.sorted().map(OrderedJSON.string))
        dumped += record.replacing("achieved", with: verdict).pythonText.utf8 + [0x0a]
      }
    }
    guard cases > 0 else { throw ConformanceError("\(source): holds no case") }
    try output.write(try gzip(dumped), as: name)
    report.lines.append("\(achievedCount.count) of \(oracle.tasks.count) tasks occur as achieved")
    report.totals = [("cases", Double(cases)), ("sets_equal", Double(equal))]
    return report
  }

  private func sceneInfo(_ json: OrderedJSON, place: String) throws -> SceneInfo {
    func missing(_ what: String) -> ConformanceError {
      ConformanceError("\(place): a state lacks \(what)")
    }
    guard case .object(let members)? = json["blocks"] else { throw missing("blocks") }
    let blocks = try members.enumerated().map { index, member in
      guard let position = member.value["pos"]?.doubles, position.count == 3,
        let quaternion = member.value["quat"]?.doubles, quaternion.count == 4,
        let linear = member.value["lin_vel"]?.doubles, linear.count == 3,
        let angular = member.value["ang_vel"]?.doubles, angular.count == 3,
        let contacts = member.value["contacts"]?.elements
      else { throw missing("numbers of \(member.key)") }
      return SceneInfo.Block(
        name: member.key, body: Int32(2 + index),
        pose: Pose(
          position: Vector3(position[0], position[1], position[2]),
          orientation: Quaternion(
            x: quaternion[0], y: quaternion[1], z: quaternion[2], w: quaternion[3])),
        linearVelocity: Vector3(linear[0], linear[1], linear[2]),
        angularVelocity: Vector3(angular[0], angular[1], angular[2]),
        contacts: try contacts.map { contact in
          guard let pair = contact.elements?.compactMap(\.integer), pair.count == 2,
            let body = Int32(exactly: pair[0]), let link = Int32(exactly: pair[1])
          else { throw missing("contacts of \(member.key)") }
          return SceneInfo.Contact(body: body, link: link)
        })
    }
    guard let slide = json["slide"]?.double, let drawer = json["drawer"]?.double,
      let bulb = json["lightbulb"]?.integer, let led = json["led"]?.integer,
      let robot = json["robot_contacts"]?.elements?.compactMap(\.integer)
    else { throw missing("doors, lights or robot contacts") }
    return SceneInfo(
      blocks: blocks,
      doors: [
        .init(joint: "base__slide", position: slide),
        .init(joint: "base__drawer", position: drawer),
      ],
      lights: [.init(name: "lightbulb", state: bulb), .init(name: "led", state: led)],
      robotContacts: robot.map { .init(body: Int32(truncatingIfNeeded: $0), link: -1) },
      names: Self.names)
  }

  /// Body and link numbers of the recordings.
  private static let names = SceneInfo.BodyNames(
    fixedBodies: ["table": 5],
    links: [
      "table": [
        "base_link": -1, "button_link": 0, "switch_link": 1, "slide_link": 2, "drawer_link": 3,
        "led_link": 4, "light_link": 5, "plank_link": 6,
      ]
    ])
}

extension OrderedJSON {
  fileprivate func replacing(_ key: String, with value: OrderedJSON) -> OrderedJSON {
    guard case .object(let members) = self else { return self }
    return .object(members.map { $0.key == key ? Member(key: key, value: value) : $0 })
  }
}
