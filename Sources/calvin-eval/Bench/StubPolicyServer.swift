import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import PolicyClient
import Synchronization

/// A vla-eval server in this process that answers every observation with the same action, after a
/// while without using a processor: what is left of a round trip is the harness's.
final class StubPolicyServer: Sendable {
  /// Where it listens.
  let address: ServerAddress
  private let channel: any Channel
  private let work: Work

  /// Nanoseconds and number of answers, counted by the server itself.
  final class Work: Sendable {
    private let total = Mutex((nanoseconds: Int64(0), answers: 0))

    func add(_ nanoseconds: Int64) {
      total.withLock {
        $0.nanoseconds += nanoseconds
        $0.answers += 1
      }
    }

    /// Milliseconds per answer since the last call.
    func takeMean() -> Double {
      total.withLock { total in
        defer { total = (0, 0) }
        return total.answers == 0 ? 0 : Double(total.nanoseconds) / Double(total.answers) / 1e6
      }
    }
  }

  /// Listens on a free port of the loopback; `thinking` is the time an answer takes.
  init(group: any EventLoopGroup, thinking: TimeAmount) throws {
    let work = Work()
    self.work = work
    channel = try ServerBootstrap(group: group)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        let upgrader = NIOWebSocketServerUpgrader(
          maxFrameSize: 1 << 24,
          shouldUpgrade: { channel, _ in
            channel.eventLoop.makeSucceededFuture([:])
          },
          upgradePipelineHandler: { channel, _ in
            channel.eventLoop.makeCompletedFuture {
              try channel.pipeline.syncOperations.addHandler(
                Answers(thinking: thinking, work: work))
            }
          })
        return channel.pipeline.configureHTTPServerPipeline(
          withServerUpgrade: (upgraders: [upgrader], completionHandler: { _ in }))
      }
      .bind(host: "127.0.0.1", port: 0).wait()
    address = try ServerAddress("ws://127.0.0.1:\(channel.localAddress?.port ?? 0)")
  }

  /// Milliseconds the server itself worked per answer since the last call, thinking not counted.
  func takeMeanWork() -> Double { work.takeMean() }

  /// Stops listening.
  func close() throws { try channel.close().wait() }

  private final class Answers: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let thinking: TimeAmount
    private let work: Work
    private let action: MessagePack

    init(thinking: TimeAmount, work: Work) {
      self.thinking = thinking
      self.work = work
      action = WireArray(floats: [0, 0, 0, 0, 0, 0, 1]).packed(keys: .text)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let start = DispatchTime.now().uptimeNanoseconds
      let frame = unwrapInboundIn(data)
      switch frame.opcode {
      case .binary:
        var payload = frame.unmaskedData
        let bytes = payload.readBytes(length: payload.readableBytes) ?? []
        guard let message = try? VLAEvalMessage(decoding: bytes) else {
          context.close(promise: nil)
          return
        }
        answer(message, context, since: start)
      case .connectionClose: context.close(promise: nil)
      default: break
      }
    }

    private func answer(
      _ question: VLAEvalMessage, _ context: ChannelHandlerContext, since start: UInt64
    ) {
      let payload: MessagePack
      let type: String
      switch question.type {
      case "hello": (type, payload) = ("hello", .object([("model_server", .string("stub"))]))
      case "observation": (type, payload) = ("action", .object([("actions", action)]))
      default: return
      }
      let reply = VLAEvalMessage(
        type: type, payload: payload, sequence: question.sequence,
        timestamp: Date().timeIntervalSince1970)
      let frame = WebSocketFrame(
        fin: true, opcode: .binary, data: context.channel.allocator.buffer(bytes: reply.encoded()))
      if type == "action" {
        work.add(Int64(DispatchTime.now().uptimeNanoseconds - start))
      }
      guard type == "action", thinking > .zero else {
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
        return
      }
      let channel = context.channel
      context.eventLoop.scheduleTask(in: thinking) {
        channel.writeAndFlush(frame, promise: nil)
      }
    }
  }
}
