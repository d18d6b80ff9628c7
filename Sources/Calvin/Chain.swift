/// One long-horizon evaluation chain: an initial condition and five subtasks.
public struct Chain: Sendable, Equatable {
  /// Position in the official list, from 0.
  public var index: Int
  /// The symbolic initial condition.
  public var initialState: InitialState
  /// Five task names.
  public var subtasks: [String]

  /// A chain of these parts.
  public init(index: Int, initialState: InitialState, subtasks: [String]) {
    self.index = index
    self.initialState = initialState
    self.subtasks = subtasks
  }
}

/// The symbolic state a chain starts from. Key order matters: the official seed hashes the values
/// in order.
public struct InitialState: Sendable, Hashable {
  /// A value of the state: a number (led, lightbulb, grasped) or a word (`left`, `closed`, `table`).
  public enum Value: Sendable, Hashable {
    /// 0 or 1.
    case number(Int)
    /// A place or position.
    case word(String)
  }

  /// Keys in order: led, lightbulb, slider, drawer, red_block, blue_block, pink_block, grasped.
  public var entries: [Entry]

  /// A key with its value.
  public struct Entry: Sendable, Hashable {
    /// Key as upstream spells it.
    public var key: String
    /// Value.
    public var value: Value
    /// An entry of these parts.
    public init(key: String, value: Value) {
      self.key = key
      self.value = value
    }
  }

  /// A state with these entries in this order.
  public init(entries: [Entry]) {
    self.entries = entries
  }

  /// The value of `key`, nil when absent.
  public subscript(key: String) -> Value? {
    entries.first { $0.key == key }?.value
  }
}
