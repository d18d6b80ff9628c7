/// The envelope of the vla-eval protocol: `type`, `payload`, `seq`, `timestamp`, in this order.
public struct VLAEvalMessage: Sendable, Equatable {
  /// `hello`, `episode_start`, `observation`, `action`, `episode_end` or `error`.
  public var type: String
  /// A map.
  public var payload: MessagePack
  /// Sequence number; an answer repeats its question's.
  public var sequence: Int
  /// Unix time in seconds.
  public var timestamp: Double

  /// A message of these parts.
  public init(type: String, payload: MessagePack, sequence: Int, timestamp: Double) {
    self.type = type
    self.payload = payload
    self.sequence = sequence
    self.timestamp = timestamp
  }

  /// The message's bytes.
  public func encoded() -> [UInt8] {
    MessagePack.object([
      ("type", .string(type)), ("payload", payload), ("seq", .integer(Int64(sequence))),
      ("timestamp", .double(timestamp)),
    ]).encoded()
  }

  /// Reads a message; all four fields are required.
  public init(decoding bytes: [UInt8]) throws(PolicyClientError) {
    let value: MessagePack
    do {
      value = try MessagePack(decoding: bytes)
    } catch {
      throw .protocolViolation("\(error)")
    }
    guard let type = value["type"]?.stringValue, let payload = value["payload"],
      let sequence = value["seq"]?.integerValue, let timestamp = value["timestamp"]?.doubleValue
    else {
      throw .protocolViolation("a message needs type, payload, seq and timestamp")
    }
    self.init(type: type, payload: payload, sequence: sequence, timestamp: timestamp)
  }
}
