import Calvin

/// What a session may put into a message; frames are rendered when the session asks.
struct RemoteObservation {
  let instruction: String
  /// `robot_obs`, 15 numbers.
  let robotObservation: [Double]
  /// `scene_obs`, 24 numbers.
  let sceneObservation: [Double]
  let frame: (_ camera: String, _ depth: Bool) throws -> Frame
}

/// A server as the policy sees it: told when an episode begins, asked for rows of numbers.
protocol RemoteSession: AnyObject {
  /// The meaning of rows the server declared or the protocol implies.
  var defaultMode: ActionMode { get }
  /// Rows executed per answer unless the user says otherwise.
  var defaultHorizon: Int { get }
  /// Declared conventions that differ from ours, one line each.
  var mismatches: [String] { get }
  /// What the server asked to be sent beyond the protocol's own keys, by name.
  var extras: [String] { get }
  /// Connections the server takes at once, nil when it does not say.
  var maxConnections: Int? { get }
  /// False while an answer is due: after an error then, a late one would be taken for the next.
  var isInStep: Bool { get }
  /// A new subtask; `isNewChain` is true for the first of a chain.
  func begin(task: String, chain: Int, isNewChain: Bool)
  /// The server's answer.
  func rows(for observation: RemoteObservation) throws -> ActionRows
  /// Says good-bye.
  func close()
}

extension RemoteSession {
  var declaration: ServerDeclaration { ServerDeclaration(mode: defaultMode, extras: extras) }
}

/// A server's answer: one or more rows of at least 7 numbers.
struct ActionRows: Equatable {
  var rows: [[Double]]
  /// The array's own: float16, float32, else float64.
  var precision: Action.Precision
}

/// Checks an answer: finite numbers, one row `[7...]` or rows `[T, 7...]`.
func actionRows(_ array: WireArray) throws(PolicyClientError) -> ActionRows {
  let values = array.doubles
  if let bad = values.firstIndex(where: { !$0.isFinite }) {
    throw .badAction("number \(bad) of the answer is \(values[bad])")
  }
  guard let width = array.shape.last, array.shape.count <= 2, width >= 7, !values.isEmpty else {
    throw .badAction("actions have shape \(array.shape), expected [7] or [T, 7]")
  }
  return ActionRows(
    rows: stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) },
    precision: array.dtype == "<f4" ? .single : array.dtype == "<f2" ? .half : .double)
}
