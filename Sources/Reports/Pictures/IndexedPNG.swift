import Assets

/// The bytes of a PNG of `picture` (RGB) with at most `colors` colours, a third of the size of a
/// true-colour one.
package func indexedPNG(_ picture: Bitmap, colors: Int) -> [UInt8] {
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
