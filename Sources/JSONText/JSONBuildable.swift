/// A value that a JSON text is read into. Its own type decides what it keeps: the order of members,
/// how a number was written, which of repeated keys counts.
public protocol JSONBuildable {
  /// `null`.
  static var null: Self { get }
  /// `true` or `false`.
  static func bool(_ value: Bool) -> Self
  /// A number; `whole` when it was written without fraction and exponent and fits 64 bits.
  static func number(reading value: Double, whole: Int?) -> Self
  /// A text.
  static func string(_ text: String) -> Self
  /// A list.
  static func array(_ elements: [Self]) -> Self
  /// An object's members in the order of the text; none twice unless repeated keys were allowed.
  static func object(members: [(key: String, value: Self)]) -> Self
}
