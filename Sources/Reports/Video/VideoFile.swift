import Assets
import Foundation
import Results

/// A video being written: MP4 through ffmpeg where there is one, else an animated PNG of our own.
public final class VideoFile {
  /// The file; its extension says the kind.
  public let path: String
  private let width: Int
  private let height: Int
  private var kind: Kind
  private var count = 0

  private enum Kind {
    case encoder(Process, FileHandle, log: URL)
    case animation(AnimatedPNG)
    case finished
  }

  /// Pictures per second of the simulation.
  static let framesPerSecond = 30
  /// An animated PNG shows every third picture only: it has no motion compensation.
  static let animationStride = 3

  /// Starts a video of a chain at `path` without extension.
  public convenience init(
    path: String, layout: VideoLayout, ffmpeg: String?
  ) throws(VideoError) {
    try self.init(path: path, width: layout.width, height: layout.height, ffmpeg: ffmpeg)
  }

  /// Starts a video of pictures of this size, even numbers, at `path` without extension. `ffmpeg` is
  /// the program's path, nil where there is none. The caller ignores SIGPIPE, so that an encoder that
  /// dies is an error.
  public init(path: String, width: Int, height: Int, ffmpeg: String?) throws(VideoError) {
    precondition(width % 2 == 0 && height % 2 == 0, "H.264 wants even sizes")
    self.width = width
    self.height = height
    guard let ffmpeg else {
      self.path = path + ".png"
      kind = .animation(
        AnimatedPNG(
          width: width, height: height,
          framesPerSecond: Self.framesPerSecond / Self.animationStride))
      return
    }
    self.path = path + ".mp4"
    let process = Process()
    process.executableURL = URL(filePath: ffmpeg)
    process.arguments = [
      "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s",
      "\(width)x\(height)", "-r", "\(Self.framesPerSecond)", "-i", "-", "-an",
      "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-threads", "1", "-pix_fmt",
      "yuv420p", "-fflags", "+bitexact", "-flags", "+bitexact", "-movflags", "+faststart",
      self.path,
    ]
    let input = Pipe()
    let log = URL(filePath: path + ".ffmpeg.log")
    process.standardInput = input
    do {
      try Data().write(to: log)
      process.standardError = try FileHandle(forWritingTo: log)
      try process.run()
    } catch {
      throw VideoError(path: self.path, message: "cannot start \(ffmpeg): \(error)")
    }
    kind = .encoder(process, input.fileHandleForWriting, log: log)
  }

  /// Appends a picture of the video's size.
  public func append(_ picture: Bitmap) throws(VideoError) {
    precondition(picture.width == width && picture.height == height)
    switch kind {
    case .encoder(let process, let input, let log):
      do {
        try input.write(contentsOf: picture.pixels)
      } catch {
        process.waitUntilExit()
        throw VideoError(path: path, message: "ffmpeg stopped: \(Self.lastWords(log))")
      }
    case .animation(var animation):
      if count % Self.animationStride == 0 {
        // Moved out and back, so that its pictures are not copied.
        kind = .finished
        animation.append(picture)
        kind = .animation(animation)
      }
    case .finished:
      preconditionFailure("the video is finished")
    }
    count += 1
  }

  /// Completes the file; it needs at least one picture.
  public func finish() throws(VideoError) {
    defer { kind = .finished }
    switch kind {
    case .encoder(let process, let input, let log):
      try? input.close()
      process.waitUntilExit()
      let words = Self.lastWords(log)
      guard process.terminationStatus == 0 else {
        throw VideoError(
          path: path, message: "ffmpeg ended with status \(process.terminationStatus): \(words)")
      }
    case .animation(let animation):
      do {
        try DurableFile.write(animation.data(), to: path)
      } catch {
        throw VideoError(path: path, message: "\(error)")
      }
    case .finished:
      return
    }
  }

  /// What ffmpeg said; its log is not kept.
  private static func lastWords(_ log: URL) -> String {
    let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
    try? FileManager.default.removeItem(at: log)
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}

/// A video that could not be written.
public struct VideoError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file.
  public var path: String
  /// What went wrong.
  public var message: String
  /// `PATH: MESSAGE`.
  public var description: String { "\(path): \(message)" }
}

/// Which chains of a run get a video.
public enum VideoSelection: Sendable, Equatable {
  /// Chains that did not solve all five.
  case failed
  /// Every chain.
  case all
  /// The first so many.
  case first(Int)

  /// What `init(_:)` reads.
  public var text: String {
    switch self {
    case .failed: "failed"
    case .all: "all"
    case .first(let count): "first:\(count)"
    }
  }

  /// `failed`, `all` or `first:N`; nil for anything else.
  public init?(_ text: String) {
    switch text {
    case "failed": self = .failed
    case "all": self = .all
    default:
      guard text.hasPrefix("first:"), let count = Int(text.dropFirst(6)), count > 0 else {
        return nil
      }
      self = .first(count)
    }
  }
}
