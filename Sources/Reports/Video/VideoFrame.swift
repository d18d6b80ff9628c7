import Assets
import Calvin

/// What is written over one picture of a video.
public struct VideoCaption: Sendable, Equatable {
  /// State of one of the five subtasks.
  public enum Mark: Sendable, Equatable {
    /// Not begun.
    case ahead
    /// Being attempted.
    case current
    /// Solved.
    case solved
    /// Failed.
    case failed
  }

  /// Chain index.
  public var chain: Int
  /// Sentence the policy was given.
  public var instruction: String
  /// Task name.
  public var task: String
  /// Position in the chain, 0-4.
  public var position: Int
  /// Env steps since the subtask began.
  public var step: Int
  /// The chain's subtasks in order.
  public var marks: [Mark]
  /// How it ended, on the last pictures.
  public var verdict: String?

  /// A caption of these parts.
  public init(
    chain: Int, instruction: String, task: String, position: Int, step: Int, marks: [Mark],
    verdict: String? = nil
  ) {
    self.chain = chain
    self.instruction = instruction
    self.task = task
    self.position = position
    self.step = step
    self.marks = marks
    self.verdict = verdict
  }
}

/// Where things go on a video's picture: both cameras side by side, a line of text above with the
/// instruction, below with subtask, step and verdict.
public struct VideoLayout: Sendable, Equatable {
  /// Side of each camera's square in pixels.
  public let size: Int
  private let band: Int
  private let scale: Int

  /// A layout with squares of `size` pixels, at least 64; odd sizes are rounded up, since H.264
  /// wants even ones.
  public init(size: Int = 300) {
    precondition(size >= 64)
    self.size = size + size % 2
    scale = max(1, size / 300)
    band = (BitmapFont.lineHeight + 6) * scale + (BitmapFont.lineHeight * scale) % 2
  }

  /// Pixels per row of every picture.
  public var width: Int { 2 * size }
  /// Rows of every picture.
  public var height: Int { size + 2 * band }

  /// One picture.
  public func picture(static fixed: Frame, gripper: Frame, caption: VideoCaption) -> Bitmap {
    var picture = Bitmap(
      width: width, height: height, channels: 3,
      pixels: [UInt8](repeating: 24, count: width * height * 3))
    paste(fixed, into: &picture, x: 0)
    paste(gripper, into: &picture, x: size)
    let margin = 4 * scale
    let ink: [UInt8] = [240, 240, 236]
    picture.draw(fitting(caption.instruction), x: margin, y: margin, scale: scale, color: ink)
    let below = band + size
    var x = margin
    for mark in caption.marks {
      picture.fill(
        x: x, y: below + margin, width: 8 * scale, height: 8 * scale, color: mark.color)
      x += 11 * scale
    }
    let status =
      "chain \(caption.chain)  \(caption.position + 1)/\(caption.marks.count) \(caption.task)  "
      + "step \(caption.step)"
    picture.draw(status, x: x + margin, y: below + margin, scale: scale, color: ink)
    if let verdict = caption.verdict {
      let text = fitting(verdict)
      let box = BitmapFont.size(of: text, scale: scale)
      picture.fill(
        x: 0, y: below - box.height - 2 * margin, width: width, height: box.height + 2 * margin,
        color: caption.marks.contains(.failed) ? [120, 32, 20] : [16, 96, 64])
      picture.draw(
        text, x: margin, y: below - box.height - margin, scale: scale, color: [255, 255, 255])
    }
    return picture
  }

  /// `text` in the font's characters, cut to one line's width.
  private func fitting(_ text: String) -> String {
    let text = text.replacing("°", with: " deg")
    let room = (width / scale - 8) / BitmapFont.advance
    return text.count <= room ? text : text.prefix(max(0, room - 3)) + "..."
  }

  private func paste(_ frame: Frame, into picture: inout Bitmap, x: Int) {
    let image = Bitmap(width: frame.width, height: frame.height, channels: 3, pixels: frame.rgb)
      .resized(width: size, height: size, filter: .bilinear)
    for row in 0..<size {
      let target = ((band + row) * width + x) * 3
      picture.pixels.replaceSubrange(
        target..<target + size * 3, with: image.pixels[row * size * 3..<(row + 1) * size * 3])
    }
  }
}

extension VideoCaption.Mark {
  var color: [UInt8] {
    switch self {
    case .ahead: [80, 84, 88]
    case .current: [240, 190, 70]
    case .solved: [60, 180, 120]
    case .failed: [214, 72, 50]
    }
  }
}
