import NIOCore

/// One whole binary message as a client sends it: RFC 6455's header, then the masked bytes.
///
/// NIO's own encoder masks byte by byte, which for two images costs more than everything else a
/// step sends.
struct BinaryFrame: Sendable {
  /// What goes to the socket.
  let buffer: ByteBuffer

  /// Frames `message` under a mask drawn for it.
  init(
    _ message: [UInt8], allocator: ByteBufferAllocator,
    mask: UInt32 = .random(in: .min ... .max)
  ) {
    var buffer = allocator.buffer(capacity: message.count + 14)
    buffer.writeInteger(0x82 as UInt8)
    switch message.count {
    case ..<126: buffer.writeInteger(0x80 | UInt8(message.count))
    case ...0xffff:
      buffer.writeInteger(0x80 | 126 as UInt8)
      buffer.writeInteger(UInt16(message.count))
    default:
      buffer.writeInteger(0x80 | 127 as UInt8)
      buffer.writeInteger(UInt64(message.count))
    }
    buffer.writeInteger(mask)
    buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: message.count) { target in
      message.withUnsafeBytes { source in Self.write(source, under: mask.bigEndian, to: target) }
      return message.count
    }
    self.buffer = buffer
  }

  /// Eight bytes at a time; `mask` is as it lies in memory.
  private static func write(
    _ source: UnsafeRawBufferPointer, under mask: UInt32, to target: UnsafeMutableRawBufferPointer
  ) {
    let wide = UInt64(mask) << 32 | UInt64(mask)
    let whole = source.count & ~7
    for index in stride(from: 0, to: whole, by: 8) {
      let word = source.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      target.storeBytes(of: word ^ wide, toByteOffset: index, as: UInt64.self)
    }
    withUnsafeBytes(of: mask) { mask in
      for index in whole..<source.count { target[index] = source[index] ^ mask[index & 3] }
    }
  }
}

/// Sends binary frames past NIO's encoder; it is the pipeline's first handler.
final class BinaryFrameWriter: ChannelOutboundHandler {
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  func triggerUserOutboundEvent(
    context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
  ) {
    guard let frame = event as? BinaryFrame else {
      context.triggerUserOutboundEvent(event, promise: promise)
      return
    }
    context.writeAndFlush(wrapOutboundOut(frame.buffer), promise: promise)
  }
}
