import Datasets
import Foundation
import NumPy
import Testing

@Suite struct TrainingWindowTests {
  let spans = [(0, 2), (5, 30), (40, 55), (60, 76)].map {
    LanguageAnnotations.Span(first: $0, last: $1, task: "t", instruction: "i")
  }

  @Test func windowsRunFromTheSpansStartToItsEndLessTheWindow() {
    let windows = TrainingWindows(spans: spans, length: 16, chunk: 10)
    let all = (0..<windows.count).map { windows[$0] }
    #expect(all.map(\.first) == Array(5...14) + [60])
    #expect(all.map(\.end) == [Int](repeating: 30, count: 10) + [76])
    #expect(all.map(\.span) == [Int](repeating: 1, count: 10) + [3])
    #expect(TrainingWindows(spans: [], length: 16, chunk: 10).count == 0)
  }

  @Test func theLastFrameRepeatsAndIsMasked() {
    let windows = TrainingWindows(spans: spans, length: 4, chunk: 3)
    let last = windows[windows.count - 1]
    #expect(windows.frames(of: last) == [72, 73, 74, 75, 76, 76, 76])
    let yes = true
    let no = false
    #expect(
      windows.actionMask(of: last)
        == [yes, yes, yes, yes, yes, yes, yes, yes, no, yes, no, no])
    #expect(
      windows.futureMask(of: last)
        == [yes, yes, yes, yes, yes, no, yes, no, no, no, no, no])
  }

  @Test func actionsAreClippedScaledAndTheGripperIsBinary() {
    #expect(
      TrainingWindows.supervised([0.65, -0.65, 0, 2, -2, 0.325, -1]) == [1, -1, 0, 1, -1, 0.5, 0])
    #expect(TrainingWindows.supervised([9, 0, 0, 0, 0, 0, 1], range: nil)[0] == 9)
    #expect(TrainingWindows.supervised([0, 0, 0, 0, 0, 0, 1])[6] == 1)
  }

  @Test func shardsTogetherVisitEachSampleOnce() {
    let order = WindowOrder(count: 101, seed: 7)
    let whole = order.indices(epoch: 3)
    #expect(whole.sorted() == Array(0..<101))
    #expect(order.indices(epoch: 3) == whole)
    #expect(order.indices(epoch: 4) != whole)
    #expect(WindowOrder(count: 101, seed: 8).indices(epoch: 3) != whole)
    for shards in [1, 2, 7] {
      let parts = (0..<shards).map { order.indices(epoch: 3, shard: $0, of: shards) }
      #expect(parts.joined().sorted() == Array(0..<101))
      #expect(parts.allSatisfy { abs($0.count - 101 / shards) <= 1 })
      #expect(parts[0].first == whole[0])
    }
  }

  @Test func anEpochGoesOnWhereItWasLeftHoweverItIsDealtOut() {
    // 3 machines of 2 workers and 6 shards are the same; so is what is left after some samples.
    let order = WindowOrder(count: 100, seed: 1)
    for epoch in 0..<4 {
      let whole = order.indices(epoch: epoch)
      let workers = (0..<3).flatMap { machine in
        (0..<2).map { order.indices(epoch: epoch, shard: machine * 2 + $0, of: 6) }
      }
      #expect(workers.map(\.count) == [17, 17, 17, 17, 16, 16])
      for (place, sample) in whole.enumerated() { #expect(workers[place % 6][place / 6] == sample) }
      let again = WindowOrder(count: 100, seed: 1).indices(epoch: epoch, shard: 4, of: 6)
      #expect(Array(again.dropFirst(7)) == Array(workers[4][7...]))
    }
    #expect(Set((0..<4).map { order.indices(epoch: $0) }).count == 4)
    // More shards than samples: some have none.
    let few = (0..<5).map { WindowOrder(count: 3, seed: 9).indices(epoch: 0, shard: $0, of: 5) }
    #expect(few.map(\.count) == [1, 1, 1, 0, 0] && few.joined().sorted() == [0, 1, 2])
    #expect(WindowOrder(count: 0, seed: 0).indices(epoch: 0).isEmpty)
  }

  @Test(
    .enabled(if: Recordings.exist, "no recordings beside the package"),
    arguments: [("ws4_chunk3", 4, 3), ("ws8_chunk10", 8, 10)])
  func windowsAreRoboVLMs(name: String, length: Int, chunk: Int) throws {
    let reference = try SafeTensorsFile(
      "\(Recordings.reference)/vla/dataset/windows.safetensors")
    let stored = [(100, 118), (120, 140), (130, 159)].map {
      LanguageAnnotations.Span(first: $0, last: $1, task: "t", instruction: "i")
    }
    let windows = TrainingWindows(spans: stored, length: length, chunk: chunk)
    let all = (0..<windows.count).map { windows[$0] }
    #expect(all.map(\.first) == (try reference.integers("\(name).episode_lookup")))
    #expect(all.map(\.span) == (try reference.integers("\(name).lang_lookup")))
    let padding = all.map { min(0, $0.end - $0.first - length - chunk) }
    #expect(padding == (try reference.integers("\(name).right_pad_lookup")))

    let actions = try reference.doubles("rel_actions")
    let chunks = try reference.floats("\(name).action_chunck")
    let mask = try reference.integers("\(name).chunck_mask")
    let future = try reference.integers("\(name).fwd_mask")
    var largest: Float = 0
    for (sample, index) in try reference.integers("\(name).sel").enumerated() {
      let window = windows[index]
      let relative = windows.frames(of: window).map {
        Array(actions[(($0 - 100) * 7)..<(($0 - 99) * 7)])
      }
      let computed = windows.actionChunks(of: window, relativeActions: relative)
      let size = length * chunk * 7
      for (a, b) in zip(computed, chunks[(sample * size)...]) { largest = max(largest, abs(a - b)) }
      let cells = (sample * length * chunk)..<((sample + 1) * length * chunk)
      #expect(windows.actionMask(of: window).map { $0 ? 1 : 0 } == Array(mask[cells]))
      #expect(windows.futureMask(of: window).map { $0 ? 1 : 0 } == Array(future[cells]))
    }
    print("\(name): largest difference of actions \(largest)")
    #expect(largest <= 1e-6)
  }
}

@Suite struct RandomShiftTests {
  @Test func paddingIsTheIdentityAndDrawsNeverReachZero() {
    let shift = RandomShift(padding: 4)
    let picture = (0..<75).map(Float.init)
    #expect(shift(picture, width: 5, height: 5, by: .init(x: 4, y: 4)) == picture)
    var random = RandomState(seed: 1)
    let drawn = (0..<500).map { _ in shift.draw(&random) }
    #expect(Set(drawn.map(\.x)) == Set(1...8) && Set(drawn.map(\.y)) == Set(1...8))
  }

  @Test(
    .enabled(if: Recordings.exist, "no recordings beside the package"),
    arguments: [("static", 10), ("gripper", 4)])
  func shiftsAreRoboVLMs(camera: String, padding: Int) throws {
    let reference = try SafeTensorsFile(
      "\(Recordings.reference)/vla/preprocess/preprocess.safetensors")
    let pictures = try reference.floats("\(camera).clip_pixel_values_56_images_0_1")
    let offsets = try reference.floats("\(camera).shift_aug_xy_images_0_1").map(Int.init)
    let expected = try reference.floats("\(camera).shift_aug_out_56_images_0_1")
    var largest: Float = 0
    for image in 0..<2 {
      let range = (image * 3 * 56 * 56)..<((image + 1) * 3 * 56 * 56)
      let shifted = RandomShift(padding: padding)(
        Array(pictures[range]), width: 56, height: 56,
        by: .init(x: offsets[2 * image], y: offsets[2 * image + 1]))
      for (a, b) in zip(shifted, expected[range]) { largest = max(largest, abs(a - b)) }
    }
    print("\(camera): largest difference of shifted pixels \(largest)")
    // Upstream samples bilinearly at whole offsets, which costs it some last bits.
    #expect(largest <= 2e-5)
  }
}

/// Just enough of the safetensors format to read the recordings.
private struct SafeTensorsFile {
  private let bytes: [UInt8]
  private let tensors: [String: [String: Any]]

  init(_ path: String) throws {
    bytes = try readFile(path)
    let length = bytes.withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self)) }
    let header = try JSONSerialization.jsonObject(with: Data(bytes[8..<(8 + length)]))
    tensors = try #require(header as? [String: [String: Any]])
    base = 8 + length
  }

  private let base: Int

  func integers(_ name: String) throws -> [Int] { try load(name, "I64", as: Int.self) }
  func floats(_ name: String) throws -> [Float] { try load(name, "F32", as: Float.self) }
  func doubles(_ name: String) throws -> [Double] { try load(name, "F64", as: Double.self) }

  private func load<Value: BitwiseCopyable>(
    _ name: String, _ type: String, as _: Value.Type
  ) throws -> [Value] {
    let tensor = try #require(tensors[name])
    #expect(tensor["dtype"] as? String == type)
    let offsets = try #require(tensor["data_offsets"] as? [Int])
    return bytes.withUnsafeBytes { bytes in
      stride(from: base + offsets[0], to: base + offsets[1], by: MemoryLayout<Value>.size)
        .map { bytes.loadUnaligned(fromByteOffset: $0, as: Value.self) }
    }
  }
}
