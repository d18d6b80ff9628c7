import Assets
import Foundation
import Testing

@testable import Reports

private let caption = VideoCaption(
  chain: 17, instruction: "go push the red block left", task: "push_red_block_left", position: 1,
  step: 42, marks: [.solved, .current, .ahead, .ahead, .ahead])

private func frames(_ count: Int, _ layout: VideoLayout) -> [Bitmap] {
  (0..<count).map { number in
    var caption = caption
    caption.step = number
    if number == count - 1 { caption.verdict = "FAILED: moved 0.04 m, needs 0.1 m" }
    return layout.picture(
      static: madeUpFrame(200, 3), gripper: madeUpFrame(84, number), caption: caption)
  }
}

@Test func layoutIsEvenAndShowsBothCameras() {
  for size in [64, 151, 300, 601] {
    let layout = VideoLayout(size: size)
    #expect(layout.width % 2 == 0 && layout.height % 2 == 0)
  }
  let layout = VideoLayout(size: 100)
  let one = layout.picture(
    static: madeUpFrame(200, 0), gripper: madeUpFrame(84, 0), caption: caption)
  let other = layout.picture(
    static: madeUpFrame(200, 5), gripper: madeUpFrame(84, 0), caption: caption)
  let columns = Set(
    one.pixels.indices.filter { one.pixels[$0] != other.pixels[$0] }.map { $0 / 3 % 200 })
  #expect(columns.max().map { $0 < 100 } == true, "the static camera has the left half")
}

@Test func animatedPNGHasItsChunksInOrder() throws {
  let layout = VideoLayout(size: 64)
  var animation = AnimatedPNG(width: layout.width, height: layout.height, framesPerSecond: 10)
  for frame in frames(4, layout) { animation.append(frame) }
  let bytes = animation.data()
  #expect(bytes == animation.data())
  let chunks = chunkNames(bytes)
  #expect(
    chunks == [
      "IHDR", "PLTE", "tRNS", "acTL", "fcTL", "IDAT", "fcTL", "fdAT", "fcTL", "fdAT", "fcTL",
      "fdAT", "IEND",
    ])
  let first = try Bitmap(png: bytes)
  #expect(first.width == layout.width && first.height == layout.height)
}

/// ffmpeg reads back every picture, and the last one is the last one put in, up to the palette.
@Test(.enabled(if: ffmpeg != nil, "no ffmpeg here"))
func animatedPNGPlaysBack() throws {
  let layout = VideoLayout(size: 64)
  let pictures = frames(5, layout)
  var animation = AnimatedPNG(width: layout.width, height: layout.height, framesPerSecond: 10)
  for picture in pictures { animation.append(picture) }
  let folder = try temporaryFolder()
  defer { try? FileManager.default.removeItem(at: folder) }
  try Data(animation.data()).write(to: folder.appending(path: "a.png"))
  let raw = try decoded(folder.appending(path: "a.png"), format: "apng")
  let size = layout.width * layout.height * 3
  #expect(raw.count == 5 * size)
  for (number, picture) in pictures.enumerated() {
    let shown = raw[number * size..<(number + 1) * size]
    let error = zip(shown, picture.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
    #expect(Double(error) / Double(size) < 6, "picture \(number)")
  }
}

@Test(.enabled(if: ffmpeg != nil, "no ffmpeg here"))
func mp4HoldsEveryPicture() throws {
  let folder = try temporaryFolder()
  defer { try? FileManager.default.removeItem(at: folder) }
  let layout = VideoLayout(size: 64)
  let video = try VideoFile(
    path: folder.appending(path: "v").path, layout: layout, ffmpeg: ffmpeg)
  for picture in frames(7, layout) { try video.append(picture) }
  try video.finish()
  #expect(video.path.hasSuffix(".mp4"))
  let raw = try decoded(URL(filePath: video.path), format: "mp4")
  #expect(raw.count == 7 * layout.width * layout.height * 3)
}

@Test func encodersThatFailAreErrors() throws {
  signal(SIGPIPE, SIG_IGN)
  let folder = try temporaryFolder()
  defer { try? FileManager.default.removeItem(at: folder) }
  let layout = VideoLayout(size: 64)
  #expect(throws: VideoError.self) {
    try VideoFile(path: folder.path + "/v", layout: layout, ffmpeg: "/no/such/program")
  }
  let video = try VideoFile(path: folder.path + "/w", layout: layout, ffmpeg: "/bin/false")
  #expect(throws: VideoError.self) {
    for picture in frames(20, layout) { try video.append(picture) }
    try video.finish()
  }
}

@Test func selectionsParse() {
  #expect(VideoSelection("failed") == .failed && VideoSelection("all") == .all)
  #expect(VideoSelection("first:3") == .first(3))
  for bad in ["first:0", "first:", "last", ""] { #expect(VideoSelection(bad) == nil) }
}

private let ffmpeg: String? = ["/usr/bin/ffmpeg", "/usr/local/bin/ffmpeg"]
  .first { FileManager.default.isExecutableFile(atPath: $0) }

private func temporaryFolder() throws -> URL {
  let folder = FileManager.default.temporaryDirectory
    .appending(path: "calvin-eval-video-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  return folder
}

private func decoded(_ file: URL, format: String) throws -> Data {
  let process = Process()
  process.executableURL = URL(filePath: try #require(ffmpeg))
  process.arguments = [
    "-loglevel", "error", "-f", format, "-i", file.path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-",
  ]
  let output = Pipe()
  process.standardOutput = output
  try process.run()
  let data = output.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return data
}

private func chunkNames(_ bytes: [UInt8]) -> [String] {
  var names: [String] = []
  var position = 8
  while position + 8 <= bytes.count {
    let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
    names.append(String(decoding: bytes[position + 4..<position + 8], as: UTF8.self))
    position += 12 + length
  }
  return names
}
