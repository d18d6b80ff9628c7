import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Synchronization

@testable import PolicyClient

/// A WebSocket server in this process that says what a test wants it to say.
final class ScriptedServer: Sendable {
  /// What the server does.
  enum Reply: Sendable {
    case binary([UInt8])
    case text(String)
    /// Bytes past the WebSocket encoder.
    case raw([UInt8])
    /// Leaves what arrives from now on in the socket.
    case stopReading
    case close
  }

  /// What a client sent.
  struct Seen: Sendable {
    var connections = 0
    var headers: [(String, String)] = []
    var messages: [[UInt8]] = []
  }

  let address: ServerAddress
  private let channel: any Channel
  private let shared: Record

  /// The record, handed to the handlers of all connections.
  private final class Record: Sendable {
    let seen = Mutex(Seen())
  }

  /// Says `opening` to every client, then `answer` to each of its messages, counted from 0 over
  /// all connections.
  init(
    opening: [Reply] = [], answer: @escaping @Sendable (Int, [UInt8]) -> [Reply]
  ) throws {
    let shared = Record()
    self.shared = shared
    channel = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        let upgrader = NIOWebSocketServerUpgrader(
          maxFrameSize: 1 << 24,
          shouldUpgrade: { channel, head in
            shared.seen.withLock {
              $0.connections += 1
              $0.headers = head.headers.map { ($0.name, $0.value) }
            }
            return channel.eventLoop.makeSucceededFuture([:])
          },
          upgradePipelineHandler: { channel, _ in
            channel.eventLoop.makeCompletedFuture {
              try channel.pipeline.syncOperations.addHandler(RawWriter(), position: .first)
              try channel.pipeline.syncOperations.addHandler(
                Handler(opening: opening, record: shared, answer: answer))
            }
          })
        return channel.pipeline.configureHTTPServerPipeline(
          withServerUpgrade: (upgraders: [upgrader], completionHandler: { _ in }))
      }
      .bind(host: "127.0.0.1", port: 0).wait()
    address = try ServerAddress("ws://127.0.0.1:\(channel.localAddress?.port ?? 0)")
  }

  deinit { channel.close(promise: nil) }

  /// What clients have sent so far.
  var seen: Seen { shared.seen.withLock { $0 } }

  private struct Bytes: Sendable { let bytes: [UInt8] }

  /// Sends `Bytes` as they are.
  private final class RawWriter: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func triggerUserOutboundEvent(
      context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
    ) {
      guard let raw = event as? Bytes else {
        context.triggerUserOutboundEvent(event, promise: promise)
        return
      }
      context.writeAndFlush(
        wrapOutboundOut(context.channel.allocator.buffer(bytes: raw.bytes)), promise: promise)
    }
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let opening: [Reply]
    private let record: Record
    private let answer: @Sendable (Int, [UInt8]) -> [Reply]

    init(
      opening: [Reply], record: Record, answer: @escaping @Sendable (Int, [UInt8]) -> [Reply]
    ) {
      self.opening = opening
      self.record = record
      self.answer = answer
    }

    func handlerAdded(context: ChannelHandlerContext) {
      for reply in opening { send(reply, context) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let frame = unwrapInboundIn(data)
      guard frame.opcode == .binary else {
        if frame.opcode == .connectionClose { context.close(promise: nil) }
        return
      }
      var payload = frame.unmaskedData
      let bytes = payload.readBytes(length: payload.readableBytes) ?? []
      let number = record.seen.withLock { seen in
        seen.messages.append(bytes)
        return seen.messages.count - 1
      }
      for reply in answer(number, bytes) { send(reply, context) }
    }

    private func send(_ reply: Reply, _ context: ChannelHandlerContext) {
      func frame(_ opcode: WebSocketOpcode, _ bytes: [UInt8]) {
        let data = context.channel.allocator.buffer(bytes: bytes)
        context.writeAndFlush(
          wrapOutboundOut(WebSocketFrame(fin: true, opcode: opcode, data: data)), promise: nil)
      }
      switch reply {
      case .binary(let bytes): frame(.binary, bytes)
      case .text(let text): frame(.text, Array(text.utf8))
      case .raw(let bytes): context.triggerUserOutboundEvent(Bytes(bytes: bytes), promise: nil)
      case .stopReading:
        context.channel.setOption(.autoRead, value: false).whenComplete { _ in }
      case .close: context.close(promise: nil)
      }
    }
  }
}
