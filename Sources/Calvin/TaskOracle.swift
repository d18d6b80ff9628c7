/// The benchmark's judge: a list of named predicates, compiled once from a tasks file.
public struct TaskOracle: Sendable, Equatable {
  /// A task by name with what achieves it.
  public struct Task: Sendable, Equatable {
    /// Official name, e.g. `open_drawer`.
    public var name: String
    /// What must have changed.
    public var predicate: TaskPredicate

    /// A task of these parts.
    public init(name: String, predicate: TaskPredicate) {
      self.name = name
      self.predicate = predicate
    }
  }

  /// Tasks in the file's order.
  public let tasks: [Task]
  private let indices: [String: Int]

  /// An oracle for these tasks; names must differ.
  public init(tasks: [Task]) {
    self.tasks = tasks
    indices = Dictionary(
      uniqueKeysWithValues: tasks.enumerated().map { ($0.element.name, $0.offset) })
  }

  /// The predicate of the named task, nil when the tasks file has none of this name.
  public func predicate(of task: String) -> TaskPredicate? {
    indices[task].map { tasks[$0].predicate }
  }

  /// Names of all tasks achieved between two infos, in the file's order (`get_task_info`).
  public func achieved(from start: SceneInfo, to end: SceneInfo) -> [String] {
    tasks.filter { $0.predicate.holds(from: start, to: end) }.map(\.name)
  }

  /// Names among `names` achieved between two infos, in the file's order
  /// (`get_task_info_for_set`); unknown names are achieved by nothing.
  public func achieved(
    from start: SceneInfo, to end: SceneInfo, among names: Set<String>
  ) -> [String] {
    tasks.filter { names.contains($0.name) && $0.predicate.holds(from: start, to: end) }
      .map(\.name)
  }

  /// True when the named task is achieved; an unknown name never is. Allocates nothing.
  public func achieves(_ task: String, from start: SceneInfo, to end: SceneInfo) -> Bool {
    guard let index = indices[task] else { return false }
    return tasks[index].predicate.holds(from: start, to: end)
  }

  /// Says why the task is not achieved: which threshold was missed and by how much. Nil when it is
  /// achieved.
  public func miss(_ task: String, from start: SceneInfo, to end: SceneInfo) -> String? {
    guard let predicate = predicate(of: task) else { return "no task is called '\(task)'" }
    return predicate.miss(from: start, to: end)
  }

  /// Throws when a task names a block, joint, light or surface that the scene does not have, with
  /// the scene's own names.
  public func check(against info: SceneInfo, source: String) throws(CalvinError) {
    for task in tasks {
      for (kind, name, known) in task.predicate.names(in: info) where !known.contains(name) {
        throw CalvinError(
          source,
          "task \(task.name): the scene has no \(kind) '\(name)' "
            + "(\(known.sorted().joined(separator: ", ")))")
      }
    }
  }
}

extension TaskPredicate {
  /// What the predicate names, each with the scene's names of that kind.
  fileprivate func names(
    in info: SceneInfo
  ) -> [(kind: String, name: String, known: [String])] {
    func blocks(_ names: [String]) -> [(String, String, [String])] {
      names.map { ("block", $0, info.blocks.map(\.name)) }
    }
    func surfaces(_ surfaces: [Surface?]) -> [(String, String, [String])] {
      surfaces.compactMap { $0 }.flatMap { surface in
        let links = info.names.links[surface.body] ?? [:]
        return [("body", surface.body, Array(info.names.fixedBodies.keys))]
          + (surface.link.map { [("link", $0, Array(links.keys))] } ?? [])
      }
    }
    switch self {
    case .rotate(let block, _, _, _, _), .push(let block, _, _): return blocks([block])
    case .lift(let block, _, let surface): return blocks([block]) + surfaces([surface])
    case .place(let surface): return surfaces([surface])
    case .pushInto(let names, let source, let destination):
      return blocks(names) + surfaces([source, destination])
    case .moveDoorAbsolutely(let joint, _, _), .moveDoor(let joint, _):
      return [("door", joint, info.doors.map(\.joint))]
    case .toggleLight(let name, _, _): return [("light", name, info.lights.map(\.name))]
    case .stack, .unstack: return []
    }
  }
}
