import Calvin
import Foundation
import NumPy
import Testing

@Suite struct TaskLibraryTests {
  let library: TaskLibrary

  init() throws { library = try TaskLibrary(folder: Places.tasks) }

  @Test func everyTaskHasInstructionsAndASkill() throws {
    #expect(library.taskNames.count == 34)
    for task in library.taskNames {
      #expect(library.validation.sentences(of: task).count == 1)
      #expect(try library.validation.instruction(for: task).count > 10)
      #expect(library.training.sentences(of: task).count >= 5)
      #expect(library.skills[task]?.transitions.isEmpty == false)
    }
    #expect(Set(library.skills.skills.map(\.category)).count == 11)
  }

  @Test func trainingNeverRepeatsItselfOrTheValidation() {
    let training = library.taskNames.flatMap(library.training.sentences(of:))
    let validation = library.taskNames.flatMap(library.validation.sentences(of:))
    #expect(Set(training).count == training.count)
    #expect(Set(training.map { $0.lowercased() }).isDisjoint(with: validation))
  }

  @Test func unknownTasksHaveNoInstruction() {
    let error = #expect(throws: CalvinError.self) {
      try library.validation.instruction(for: "dance")
    }
    #expect(error?.message == "has no sentence for the task dance")
  }

  @Test func filesThatNameDifferentTasksAreRefused() throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "tasks-\(UUID().uuidString)")
    try FileManager.default.copyItem(at: URL(filePath: Places.tasks), to: folder)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "training.yaml")
    let text = try String(contentsOf: file, encoding: .utf8)
    try text.replacing("stack_block:", with: "stuck_block:").write(
      to: file, atomically: true, encoding: .utf8)
    let error = #expect(throws: CalvinError.self) { try TaskLibrary(folder: folder.path) }
    #expect(error?.message.contains("stuck_block") == true)
  }

  @Test(.enabled(if: Places.hasReference, "no official files beside the package"))
  func tasksAndSentencesAreTheOfficialOnes() throws {
    let official = try TaskOracle(
      tasksFile: "\(Places.shared)/calvin_env/conf/tasks/new_playtable_tasks.yaml")
    #expect(official == library.oracle)
    let sentences = try Annotations(
      file: "\(Places.shared)/calvin_models/conf/annotations/new_playtable_validation.yaml")
    for task in official.tasks.map(\.name) {
      #expect(sentences.sentences(of: task) == library.validation.sentences(of: task))
    }
  }
}
