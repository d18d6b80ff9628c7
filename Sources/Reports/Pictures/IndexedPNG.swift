import Assets

/// The bytes of a PNG of `picture` (RGB) with at most `colors` colours, a third of the size of a
/// true-colour one.
func indexedPNG(_ picture: Bitmap, colors: Int) -> [UInt8] {
  precondition(picture.channels == 3)
  var histogram = ColorHistogram()
  histogram.add(picture.pixels)
  let palette = histogram.palette(size: colors)
  var stream = PNGStream()
  stream.appendIndexedHeader(width: picture.width, height: picture.height)
  stream.append("PLTE", palette.colors)
  let rows = unfilteredRows(palette.indices(picture.pixels), width: picture.width)
  stream.append("IDAT", zlibStream(rows, level: 9))
  stream.append("IEND", [])
  return stream.bytes
}

/// `picture` (RGB) at another size: each new pixel is the mean of the old ones it covers.
func resampled(_ picture: Bitmap, width: Int, height: Int) -> Bitmap {
  precondition(width > 0 && height > 0)
  guard (width, height) != (picture.width, picture.height) else { return picture }
  let channels = picture.channels
  let columns = coverage(from: picture.width, to: width)
  let rows = coverage(from: picture.height, to: height)
  var pixels: [UInt8] = []
  pixels.reserveCapacity(width * height * channels)
  for row in rows {
    for column in columns {
      for channel in 0..<channels {
        var sum = 0
        for y in row {
          for x in column {
            sum += Int(picture.pixels[(y * picture.width + x) * channels + channel])
          }
        }
        let count = row.count * column.count
        pixels.append(UInt8((sum + count / 2) / count))
      }
    }
  }
  return Bitmap(width: width, height: height, channels: channels, pixels: pixels)
}

/// For each new index, the old ones it covers; at least one.
private func coverage(from old: Int, to new: Int) -> [Range<Int>] {
  (0..<new).map { index in
    let start = index * old / new
    return start..<max(start + 1, (index + 1) * old / new)
  }
}
