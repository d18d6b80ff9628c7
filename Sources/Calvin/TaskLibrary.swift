/// The contents of a `Tasks/` folder: predicates, instructions and the symbolic side of all tasks.
public struct TaskLibrary: Sendable {
  /// The folder.
  public let folder: String
  /// What achieves each task (`tasks.yaml`).
  public let oracle: TaskOracle
  /// The evaluation's instructions (`validation.yaml`).
  public let validation: Annotations
  /// Instructions for training data, several per task (`training.yaml`).
  public let training: Annotations
  /// What each task needs and changes (`skills.yaml`).
  public let skills: SkillTable

  /// Reads the folder; the four files must name the same tasks.
  public init(folder: String) throws(CalvinError) {
    self.folder = folder
    oracle = try TaskOracle(tasksFile: Self.tasksFile(in: folder))
    validation = try Annotations(file: Self.validationFile(in: folder))
    training = try Annotations(file: "\(folder)/training.yaml")
    skills = try SkillTable(file: "\(folder)/skills.yaml")
    let names = Set(oracle.tasks.map(\.name))
    for (file, others) in [
      ("validation.yaml", Set(validation.tasks)), ("training.yaml", Set(training.tasks)),
      ("skills.yaml", Set(skills.skills.map(\.task))),
    ] where others != names {
      let difference = names.symmetricDifference(others).sorted().joined(separator: ", ")
      throw CalvinError("\(folder)/\(file)", "tasks differ from tasks.yaml: \(difference)")
    }
  }

  /// Path of the tasks file, whose digest names the protocol.
  public static func tasksFile(in folder: String) -> String { "\(folder)/tasks.yaml" }

  /// Path of the evaluation's annotations, whose digest names the protocol.
  public static func validationFile(in folder: String) -> String { "\(folder)/validation.yaml" }

  /// Names of all tasks in the oracle's order.
  public var taskNames: [String] { oracle.tasks.map(\.name) }

  /// The generator of chains over these skills.
  public var chains: ChainGenerator { ChainGenerator(skills: skills) }
}
