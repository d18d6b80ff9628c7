import CCodecs
import Calvin
import NeuralNetworks
import VLA

extension VLAConformance {
  /// Resizing, normalising and the shift augmentation.
  func comparePreprocessing(_ folder: String, _ config: ExactJSON) throws {
    let file = try comparison.open("\(folder)/preprocess.safetensors")
    comparison.inputs(file) { $0.hasSuffix(".raw_u8") }
    for camera in ["static", "gripper"] {
      guard let raw = file.tensors["\(camera).raw_u8"] else { continue }
      let pictures = (0..<raw.shape[0]).map { EpisodeFrames.frame($0, of: raw) }
      let sizes = Set(file.tensors.keys.flatMap { $0.split(separator: "_").compactMap { Int($0) } })
      for size in sizes.filter({ $0 > 8 }).sorted() {
        try compareResize(file, config, camera, pictures, size)
      }
      let sums = config["crc32_of_HWC_u8_bytes_per_image"]?["\(camera).raw_u8"]?.integers
      if let sums {
        comparison.checkExact(
          "\(folder) \(camera).raw_u8 crc32", pictures.map { crc32($0.rgb) }, sums)
      }
      try compareShift(file, config, camera)
    }
    comparison.inputs(file) { $0.contains(".shift_aug_xy") }
  }

  private func compareResize(
    _ file: TensorComparison.File, _ config: ExactJSON, _ camera: String, _ pictures: [Frame],
    _ size: Int
  ) throws {
    let resized = try pictures.map { try ImagePreprocessor.resized($0, to: size) }
    let key = "\(camera).pil_bicubic_\(size)_u8"
    comparison.check(file, key, resized.joined().map { Double($0) }, .exact)
    if let sums = config["crc32_of_HWC_u8_bytes_per_image"]?[key]?.integers {
      comparison.checkExact("\(file.path) \(key) crc32", resized.map(crc32), sums)
    }
    let clip = ImagePreprocessor(size: size, normalization: .clip)
    let siglip = ImagePreprocessor(size: size, normalization: .siglip)
    let values = try pictures.map { try clip.numbers($0) }
    let siglipValues = try pictures.map { try siglip.numbers($0) }
    for key in file.tensors.keys {
      // "..._images_0_1" names the pictures a tensor holds.
      let chosen =
        key.range(of: "_images_").map {
          key[$0.upperBound...].split(separator: "_").compactMap { Int($0) }
        } ?? Array(pictures.indices)
      let isOurs = key.hasPrefix("\(camera).") && key.contains("_\(size)_")
      if isOurs, key.contains("pil_bicubic"), key.contains("_images_") {
        let range = chosen.first.map { first in
          key.hasSuffix("_\(first)_\(chosen.last ?? first)") ? chosen : []
        }
        comparison.check(
          file, key, (range ?? []).flatMap { resized[$0] }.map { Double($0) }, .exact)
      } else if isOurs, key.contains("rows0to1") {
        let source = key.contains("siglip") ? siglipValues : values
        comparison.check(
          file, key, source.flatMap { rows(0..<2, of: $0, size: size) }, .absolute(1e-6))
      } else if isOurs, key.contains("clip_pixel_values_\(size)_images_") {
        comparison.check(
          file, key, chosen.flatMap { values[$0].map { Double($0) } }, .absolute(1e-6))
      } else if isOurs, key.hasSuffix("channel_mean") {
        comparison.check(
          file, key, values.flatMap { channelMeans($0, pixels: size * size) }, .absolute(1e-6))
      } else if isOurs, key.hasSuffix("checksum_sum_abs") {
        comparison.check(
          file, key, values.map { $0.reduce(0) { $0 + abs(Double($1)) } }, .absolute(1e-2))
      }
    }
  }

  private func channelMeans(_ value: [Float], pixels: Int) -> [Double] {
    (0..<3).map { channel in
      let plane = value[(channel * pixels)..<((channel + 1) * pixels)]
      return plane.reduce(0.0) { $0 + Double($1) } / Double(pixels)
    }
  }

  private func rows(_ range: Range<Int>, of value: [Float], size: Int) -> [Double] {
    var result: [Double] = []
    for channel in 0..<3 {
      for row in range {
        let first = (channel * size + row) * size
        result += value[first..<(first + size)].map { Double($0) }
      }
    }
    return result
  }

  private func crc32(_ bytes: [UInt8]) -> Int { Int(ccodecs_crc32(bytes, bytes.count)) }
}
