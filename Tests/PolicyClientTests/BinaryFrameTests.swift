import NIOCore
import Testing

@testable import PolicyClient

struct BinaryFrameTests {
  @Test(arguments: [0, 1, 7, 8, 125, 126, 127, 1000, 65535, 65536, 200_003, 1_500_000])
  func headerAndMaskAreRFC6455s(count: Int) throws {
    let message = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 5) }
    let mask: UInt32 = 0x1234_5678
    var buffer = BinaryFrame(message, allocator: ByteBufferAllocator(), mask: mask).buffer
    let opcode = buffer.readInteger(as: UInt8.self)
    #expect(opcode == 0x82)
    let first = buffer.readInteger(as: UInt8.self)
    let short = try #require(first)
    #expect(short & 0x80 != 0)
    let length =
      switch short & 0x7f {
      case 126: buffer.readInteger(as: UInt16.self).map(Int.init)
      case 127: buffer.readInteger(as: UInt64.self).map(Int.init)
      default: Int(short & 0x7f)
      }
    #expect(length == count)
    #expect((short & 0x7f == 126) == (126...0xffff).contains(count))
    let maskBytes = buffer.readBytes(length: 4)
    let key = try #require(maskBytes)
    #expect(key == [0x12, 0x34, 0x56, 0x78])
    let rest = buffer.readBytes(length: count)
    let payload = try #require(rest)
    #expect(payload.enumerated().map { $0.element ^ key[$0.offset % 4] } == message)
    #expect(buffer.readableBytes == 0)
  }
}
