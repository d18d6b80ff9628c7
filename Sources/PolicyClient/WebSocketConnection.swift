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
    /// Both protocols have one answer at a time; who sends many more would fill the memory.
    private static let mostWaiting = 16
    private let condition = NSCondition()
    private var messages: [Message] = []
    private var end: PolicyClientError?

    /// Returns false when too many messages wait already.
    func put(_ message: Message) -> Bool {
      condition.lock()
      defer { condition.unlock() }
      guard messages.count < Self.mostWaiting else { return false }
      messages.append(message)
      condition.signal()
      return true
    }

    var isEmpty: Bool {
      condition.lock()
      defer { condition.unlock() }
      return messages.isEmpty
    }

    func close(_ reason: PolicyClientError) {
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
        if let end { throw end }
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
          maxFrameSize: maximumMessage, automaticErrorHandling: false
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
  fileprivate static func reason(_ error: any Error) -> String {
    switch error {
    case let error as NIOConnectionError:
      if let attempt = error.connectionErrors.last { return reason(attempt.error) }
      return error.dnsAError == nil ? "\(error)" : "the host's name is not known"
    case let error as IOError: return String(cString: strerror(error.errnoCode))
    case is HTTPParserError: return "the answer is no HTTP (\(error))"
    case is NIOHTTPClientUpgradeError:
      return "the answer is no WebSocket handshake (\(error))"
    default: return "\(error)"
    }
  }

  /// A message of this many bytes is refused.
  private static let maximumMessage = 1 << 28

  /// Sends one binary message without waiting for it to leave: a server that does not read is found
  /// out by the time limit of its answer, a lost connection when that is received.
  func send(_ bytes: [UInt8]) {
    let frame = BinaryFrame(bytes, allocator: channel.allocator)
    channel.triggerUserOutboundEvent(frame, promise: nil)
  }

  /// The next message; `what` names it in the timeout error.
  func receive(timeout: Double, waitingFor what: String) throws(PolicyClientError) -> Message {
    try inbox.take(timeout: timeout, waitingFor: what)
  }

  /// True when a message has arrived that nobody has taken.
  var hasMessage: Bool { !inbox.isEmpty }

  /// Closes with code 1000 when all that was sent has left, or after a second.
  func close() {
    var data = channel.allocator.buffer(capacity: 2)
    data.write(webSocketErrorCode: .normalClosure)
    let channel = channel
    let limit = channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
    channel.writeAndFlush(
      WebSocketFrame(fin: true, opcode: .connectionClose, maskKey: .random(), data: data)
    ).whenComplete { _ in channel.close(promise: nil) }
    channel.closeFuture.whenComplete { _ in limit.cancel() }
    // The process may end next, and would cut the good-bye off.
    if !channel.eventLoop.inEventLoop { try? channel.closeFuture.wait() }
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
    guard !frame.rsv1 && !frame.rsv2 && !frame.rsv3 else {
      return end(
        context, .protocolViolation("a frame of an extension (compression?) not agreed on"))
    }
    switch frame.opcode {
    case .binary:
      take(.binary(payload.readBytes(length: payload.readableBytes) ?? []), context)
    case .text:
      take(.text(payload.readString(length: payload.readableBytes) ?? ""), context)
    case .ping:
      let pong = WebSocketFrame(fin: true, opcode: .pong, maskKey: .random(), data: payload)
      context.writeAndFlush(wrapOutboundOut(pong), promise: nil)
    case .pong: break
    case .connectionClose:
      let code = payload.readWebSocketErrorCode().map { "code \(UInt16(webSocketErrorCode: $0))" }
      let reason = payload.readString(length: payload.readableBytes) ?? ""
      let parts = [code ?? "no code", reason].filter { !$0.isEmpty }
      end(context, .connectionLost(parts.joined(separator: ", ")))
    default:
      end(context, .protocolViolation("a frame of unknown kind \(frame.opcode)"))
    }
  }

  private func take(_ message: WebSocketConnection.Message, _ context: ChannelHandlerContext) {
    if !inbox.put(message) {
      end(context, .protocolViolation("messages that answer nothing"))
    }
  }

  private func end(_ context: ChannelHandlerContext, _ reason: PolicyClientError) {
    inbox.close(reason)
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    inbox.close(.connectionLost("the connection ended without a close message"))
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    let isProtocol = error is NIOWebSocketError || error is NIOWebSocketFrameAggregator.Error
    end(
      context,
      isProtocol
        ? .protocolViolation("WebSocket: \(error)")
        : .connectionLost(WebSocketConnection.reason(error)))
  }
}
