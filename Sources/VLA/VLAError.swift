/// What is wrong with a checkpoint, tokenizer, configuration or input of a VLA model.
public struct VLAError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file or folder, when there is one.
  public var file: String?
  /// The tensor, key or token concerned, when there is one.
  public var item: String?
  /// What was found, what was expected, and the valid choices.
  public var message: String

  /// An error about `item` in `file`.
  public init(_ file: String?, _ item: String? = nil, _ message: String) {
    self.file = file
    self.item = item
    self.message = message
  }

  /// `FILE: ITEM: MESSAGE`.
  public var description: String {
    [file, item, message].compactMap { $0 }.joined(separator: ": ")
  }
}
