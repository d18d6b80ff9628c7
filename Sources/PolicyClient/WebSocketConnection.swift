import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// One WebSocket to a policy server, used by one worker thread with blocking calls.
///
/// An event-loop thread answers pings and collects messages while the worker steps physics; the
/// client sends no pings of its own, because servers that compile do not answer them.
final class WebSocketConnection: Sendable {
  enum Message: Sendable, Equatable {
    case text(String)
    case binary([UInt8])
  }

  /// Received messages and the reason the connection ended, handed from the event loop to a worker.
  final class Inbox: @unchecked Sendable {
    private let condition = NSCondition()
    private var messages: [Message] = []
    private var end: String?

    func put(_ message: Message) {
      condition.lock()
      messages.append(message)
      condition.signal()
      condition.unlock()
    }

    var isEmpty: Bool {
      condition.lock()
      defer { condition.unlock() }
      return messages.isEmpty
    }

    func close(_ reason: String) {
      condition.lock()
      if end == nil { end = reason }
      condition.broadcast()
      condition.unlock()
    }

    /// Messages that arrived before the connection ended are still delivered.
    func take(timeout: Double, waitingFor what: String) throws(PolicyClientError) -> Message {
      condition.lock()
      defer { condition.unlock() }
      // Endless is long enough at three years; a condition cannot wait for an infinite date.
      let deadline = Date(timeIntervalSinceNow: min(timeout, 1e8))
      while messages.isEmpty {
        if let end { throw .connectionLost(end) }
        if !condition.wait(until: deadline) && messages.isEmpty && end == nil {
          throw .timeout(seconds: timeout, waitingFor: what)
        }
      }
      return messages.removeFirst()
    }
  }

  private let channel: any Channel
  private let inbox: Inbox

  private init(channel: any Channel, inbox: Inbox) {
    self.channel = channel
    self.inbox = inbox
  }

  /// Opens the connection; throws `unreachable` when TCP or the upgrade fails.
  static func open(
    _ address: ServerAddress, headers: [(String, String)], timeout: Double,
    group: any EventLoopGroup
  ) throws(PolicyClientError) -> WebSocketConnection {
    let inbox = Inbox()
    let upgraded = group.next().makePromise(of: Void.self)
    let bootstrap = ClientBootstrap(group: group)
      .connectTimeout(.milliseconds(Int64(timeout * 1000)))
      .channelOption(.socketOption(.tcp_nodelay), value: 1)
      .channelInitializer { channel in
        let upgrader = NIOWebSocketClientUpgrader(
          maxFrameSize: maximumMessage, automaticErrorHandling: true
        ) { channel, _ in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandlers([
              NIOWebSocketFrameAggregator(
                minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 1 << 16,
                maxAccumulatedFrameSize: maximumMessage),
              WebSocketMessageHandler(inbox: inbox),
            ])
            try channel.pipeline.syncOperations.addHandler(BinaryFrameWriter(), position: .first)
            upgraded.succeed(())
          }
        }
        return channel.eventLoop.makeCompletedFuture {
          let request = UpgradeRequestHandler(
            address: address, headers: headers, upgraded: upgraded)
          let bound = NIOLoopBound(request, eventLoop: channel.eventLoop)
          // openpi's first message may arrive in the same packet as the upgrade's answer.
          try channel.pipeline.syncOperations.addHTTPClientHandlers(
            leftOverBytesStrategy: .forwardBytes,
            withClientUpgrade: (
              upgraders: [upgrader],
              completionHandler: {
                $0.pipeline.syncOperations.removeHandler(bound.value, promise: nil)
              }
            ))
          try channel.pipeline.syncOperations.addHandler(request)
        }
      }
    do {
      let channel = try bootstrap.connect(host: address.host, port: address.port).wait()
      let limit = channel.eventLoop.scheduleTask(in: .milliseconds(Int64(timeout * 1000))) {
        upgraded.fail(UpgradeFailure(reason: "no answer to the upgrade within \(timeout) s"))
      }
      do {
        try upgraded.futureResult.wait()
        limit.cancel()
      } catch {
        limit.cancel()
        channel.close(promise: nil)
        throw error
      }
      return WebSocketConnection(channel: channel, inbox: inbox)
    } catch {
      upgraded.fail(error)
      throw .unreachable(address: address.description, reason: Self.reason(error))
    }
  }

  /// Why no connection came about, without the layers it was found in.
  private static func reason(_ error: any Error) -> String {
    guard let error = error as? NIOConnectionError else { return "\(error)" }
    if let attempt = error.connectionErrors.last {
      guard let system = attempt.error as? IOError else { return "\(attempt.error)" }
      return String(cString: strerror(system.errnoCode))
    }
    return error.dnsAError == nil ? "\(error)" : "the host's name is not known"
  }

  /// A message of this many bytes is refused.
  private static let maximumMessage = 1 << 28

  /// Sends one binary message.
  func send(_ bytes: [UInt8]) throws(PolicyClientError) {
    let frame = BinaryFrame(bytes, allocator: channel.allocator)
    do {
      try channel.triggerUserOutboundEvent(frame).wait()
    } catch {
      throw .connectionLost("\(error)")
    }
  }

  /// The next message; `what` names it in the timeout error.
  func receive(timeout: Double, waitingFor what: String) throws(PolicyClientError) -> Message {
    try inbox.take(timeout: timeout, waitingFor: what)
  }

  /// True when a message has arrived that nobody has taken.
  var hasMessage: Bool { !inbox.isEmpty }

  /// Closes with code 1000.
  func close() {
    var data = channel.allocator.buffer(capacity: 2)
    data.write(webSocketErrorCode: .normalClosure)
    let channel = channel
    channel.writeAndFlush(
      WebSocketFrame(fin: true, opcode: .connectionClose, maskKey: .random(), data: data)
    ).whenComplete { _ in channel.close(promise: nil) }
  }
}

struct UpgradeFailure: Error, CustomStringConvertible {
  var reason: String
  var description: String { reason }
}

/// Sends the GET that starts the upgrade and reports a server that answers something else.
private final class UpgradeRequestHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundOut = HTTPClientRequestPart

  private let address: ServerAddress
  private let headers: [(String, String)]
  private let upgraded: EventLoopPromise<Void>

  init(
    address: ServerAddress, headers: [(String, String)], upgraded: EventLoopPromise<Void>
  ) {
    self.address = address
    self.headers = headers
    self.upgraded = upgraded
  }

  func channelActive(context: ChannelHandlerContext) {
    var fields = HTTPHeaders([("Host", "\(address.host):\(address.port)")])
    for (name, value) in headers { fields.add(name: name, value: value) }
    let head = HTTPRequestHead(
      version: .http1_1, method: .GET, uri: address.path, headers: fields)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .head(let head) = unwrapInboundIn(data) {
      upgraded.fail(UpgradeFailure(reason: "HTTP \(head.status) instead of a WebSocket upgrade"))
      context.close(promise: nil)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    upgraded.fail(UpgradeFailure(reason: "the connection was closed during the upgrade"))
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    upgraded.fail(error)
    context.close(promise: nil)
  }
}

/// Turns frames into messages, answers pings, and notes why the connection ended.
private final class WebSocketMessageHandler: ChannelInboundHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundOut = WebSocketFrame

  private let inbox: WebSocketConnection.Inbox

  init(inbox: WebSocketConnection.Inbox) {
    self.inbox = inbox
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let frame = unwrapInboundIn(data)
    var payload = frame.unmaskedData
    switch frame.opcode {
    case .binary:
      inbox.put(.binary(payload.readBytes(length: payload.readableBytes) ?? []))
    case .text:
      inbox.put(.text(payload.readString(length: payload.readableBytes) ?? ""))
    case .ping:
      let pong = WebSocketFrame(fin: true, opcode: .pong, maskKey: .random(), data: payload)
      context.writeAndFlush(wrapOutboundOut(pong), promise: nil)
    case .connectionClose:
      let code = payload.readWebSocketErrorCode().map { "code \(UInt16(webSocketErrorCode: $0))" }
      let reason = payload.readString(length: payload.readableBytes) ?? ""
      inbox.close([code ?? "no code", reason].filter { !$0.isEmpty }.joined(separator: ", "))
      context.close(promise: nil)
    default:
      break
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    inbox.close("the connection ended without a close message")
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    inbox.close("\(error)")
    context.close(promise: nil)
  }
}
