/// OpenGL's enumerants, with the values of the Khronos registry.
enum GL {
  static let vendor: UInt32 = 0x1F00
  static let renderer: UInt32 = 0x1F01
  static let version: UInt32 = 0x1F02
  static let extensions: UInt32 = 0x1F03
  static let numExtensions: UInt32 = 0x821D

  static let depthTest: UInt32 = 0x0B71
  static let cullFace: UInt32 = 0x0B44
  static let blend: UInt32 = 0x0BE2
  static let less: UInt32 = 0x0201
  static let lessOrEqual: UInt32 = 0x0203
  static let front: UInt32 = 0x0404
  static let back: UInt32 = 0x0405
  static let lowerLeft: UInt32 = 0x8CA1
  static let upperLeft: UInt32 = 0x8CA2
  static let negativeOneToOne: UInt32 = 0x935E
  static let sourceAlpha: UInt32 = 0x0302
  static let oneMinusSourceAlpha: UInt32 = 0x0303
  static let colorBufferBit: UInt32 = 0x4000
  static let depthBufferBit: UInt32 = 0x0100
  static let none: UInt32 = 0

  static let arrayBuffer: UInt32 = 0x8892
  static let elementArrayBuffer: UInt32 = 0x8893
  static let staticDraw: UInt32 = 0x88E4

  static let float: UInt32 = 0x1406
  static let unsignedByte: UInt32 = 0x1401
  static let unsignedInt: UInt32 = 0x1405
  static let triangles: UInt32 = 0x0004

  static let texture0: UInt32 = 0x84C0
  static let texture1: UInt32 = 0x84C1
  static let texture2D: UInt32 = 0x0DE1
  static let textureRectangle: UInt32 = 0x84F5
  static let textureMagFilter: UInt32 = 0x2800
  static let textureMinFilter: UInt32 = 0x2801
  static let textureWrapS: UInt32 = 0x2802
  static let textureWrapT: UInt32 = 0x2803
  static let textureBorderColor: UInt32 = 0x1004
  static let textureCompareMode: UInt32 = 0x884C
  static let textureCompareFunc: UInt32 = 0x884D
  static let compareRefToTexture: Int32 = 0x884E
  static let linear: Int32 = 0x2601
  static let linearMipmapLinear: Int32 = 0x2703
  static let clampToBorder: Int32 = 0x812D
  static let rgb: UInt32 = 0x1907
  static let rgba: UInt32 = 0x1908
  static let rgb10A2: UInt32 = 0x8059
  static let unpackAlignment: UInt32 = 0x0CF5

  static let depthComponent: UInt32 = 0x1902
  static let depthComponent16: UInt32 = 0x81A5
  static let depthComponent24: UInt32 = 0x81A6

  static let framebuffer: UInt32 = 0x8D40
  static let renderbuffer: UInt32 = 0x8D41
  static let colorAttachment0: UInt32 = 0x8CE0
  static let depthAttachment: UInt32 = 0x8D00
  static let framebufferComplete: UInt32 = 0x8CD5

  static let vertexShader: UInt32 = 0x8B31
  static let fragmentShader: UInt32 = 0x8B30
  static let compileStatus: UInt32 = 0x8B81
  static let linkStatus: UInt32 = 0x8B82
}
