import ArgumentParser
import Calvin
import Foundation

/// `calvin-eval tasks`: what the benchmark asks for.
struct TasksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tasks",
    abstract: "List the tasks: instruction, category, pre-conditions and thresholds.",
    discussion: """
      Examples:
        calvin-eval tasks
        calvin-eval tasks open_drawer stack_block
        calvin-eval tasks --json
      """)

  @Argument(help: "Tasks to list (default: all).")
  var names: [String] = []

  @OptionGroup var output: OutputOptions

  func run() throws {
    let library: TaskLibrary
    do {
      library = try taskLibrary()
      if let unknown = names.first(where: { !library.taskNames.contains($0) }) {
        throw CalvinError(
          "tasks",
          "no task is called '\(unknown)' (\(library.taskNames.joined(separator: ", ")))")
      }
    } catch {
      FileHandle.standardError.write(Data("error: \(error)\n".utf8))
      throw ExitCode.badInput
    }
    let chosen = library.taskNames.filter { names.isEmpty || names.contains($0) }
    print(output.json ? Self.json(of: chosen, in: library) : Self.text(of: chosen, in: library))
  }

  private static func text(of tasks: [String], in library: TaskLibrary) -> String {
    let entries = tasks.map { task in
      let skill = library.skills[task]
      let needs = skill?.transitions.map(\.needsSummary) ?? []
      return """
        \(task)  [\(skill?.category ?? "")]
          says:     \(library.validation.sentences(of: task).joined(separator: " | "))
          needs:    \(needs.joined(separator: "\n            or  "))
          achieved: \(library.oracle.predicate(of: task)?.summary ?? "")
        """
    }
    return entries.joined(separator: "\n") + "\n\(tasks.count) tasks"
  }

  private static func json(of tasks: [String], in library: TaskLibrary) -> String {
    let entries = tasks.map { task in
      let skill = library.skills[task]
      return OrderedJSON.object([
        .init(key: "task", value: .string(task)),
        .init(key: "category", value: .string(skill?.category ?? "")),
        .init(
          key: "instruction",
          value: .string(library.validation.sentences(of: task).first ?? "")),
        .init(key: "training", value: texts(library.training.sentences(of: task))),
        .init(key: "preconditions", value: .array(skill?.transitions.map(needs) ?? [])),
        .init(
          key: "achieved", value: .string(library.oracle.predicate(of: task)?.summary ?? "")),
      ])
    }
    return OrderedJSON.object([.init(key: "tasks", value: .array(entries))]).pythonText
  }

  private static func texts(_ texts: some Collection<String>) -> OrderedJSON {
    .array(texts.map(OrderedJSON.string))
  }

  private static func needs(_ transition: SkillTable.Transition) -> OrderedJSON {
    .object(
      transition.needs.map { need in
        .init(
          key: need.key,
          value: .array(
            need.values.map { value in
              switch value {
              case .number(let number): .integer(number)
              case .word(let word): .string(word)
              }
            }))
      })
  }
}
