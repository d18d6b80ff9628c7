import CRaster

/// Clusters to draw, in memory that is kept from frame to frame.
final class ItemList {
  private var buffer = RasterBuffer<craster_item>(count: 0, repeating: craster_item())
  private(set) var count = 0

  var base: UnsafeMutablePointer<craster_item> { buffer.base }

  func removeAll() { count = 0 }

  /// Makes room for `capacity` items of an empty list.
  func reserve(_ capacity: Int) {
    if buffer.count < capacity { buffer = RasterBuffer(count: capacity, repeating: craster_item()) }
  }

  /// Appends as many items as `write` says it wrote.
  func append(_ write: (UnsafeMutablePointer<craster_item>) -> Int32) {
    count += Int(write(buffer.base + count))
  }
}
