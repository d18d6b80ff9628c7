/// A mutable view of activations: `rows` rows of `columns` floats, `stride` floats apart.
/// It owns nothing; the workspace or buffer it points into must outlive it.
public struct Matrix {
  /// First number of the first row.
  public let start: UnsafeMutablePointer<Float>
  /// Number of rows.
  public let rows: Int
  /// Numbers per row.
  public let columns: Int
  /// Floats from one row's start to the next's.
  public let stride: Int

  /// A view of `rows` rows from `start`; rows follow each other unless `stride` is given.
  public init(
    _ start: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int? = nil
  ) {
    self.start = start
    self.rows = rows
    self.columns = columns
    self.stride = stride ?? columns
  }

  /// Pointer to the first number of a row.
  @inlinable public func row(_ index: Int) -> UnsafeMutablePointer<Float> {
    start + index * stride
  }

  /// The number at a row and column.
  @inlinable public subscript(row: Int, column: Int) -> Float {
    get { start[row * stride + column] }
    nonmutating set { start[row * stride + column] = newValue }
  }

  /// A view of some rows.
  public func rows(_ range: Range<Int>) -> Matrix {
    Matrix(row(range.lowerBound), rows: range.count, columns: columns, stride: stride)
  }

  /// A view of some columns.
  public func columns(_ range: Range<Int>) -> Matrix {
    Matrix(start + range.lowerBound, rows: rows, columns: range.count, stride: stride)
  }

  /// Copies another matrix of the same size.
  public func copy(from other: Matrix) {
    precondition(other.rows == rows && other.columns == columns)
    for index in 0..<rows { row(index).update(from: other.row(index), count: columns) }
  }

  /// Copies one row from a buffer of `columns` numbers.
  public func setRow(_ index: Int, _ numbers: UnsafeBufferPointer<Float>) {
    precondition(numbers.count == columns)
    guard let base = numbers.baseAddress else { return }
    row(index).update(from: base, count: columns)
  }

  /// Sets every number.
  public func fill(_ value: Float) {
    for index in 0..<rows { row(index).update(repeating: value, count: columns) }
  }

  /// The numbers in row-major order, without gaps.
  public var array: [Float] {
    var numbers: [Float] = []
    numbers.reserveCapacity(rows * columns)
    for index in 0..<rows {
      numbers.append(contentsOf: UnsafeBufferPointer(start: row(index), count: columns))
    }
    return numbers
  }
}

/// A matrix with memory of its own, zeroed at first; for state that outlives a pass.
public final class OwnedMatrix {
  private let block: HeapBlock
  /// The view, valid while this object lives.
  public let matrix: Matrix

  /// A zeroed matrix.
  public init(rows: Int, columns: Int) {
    block = HeapBlock(count: rows * columns)
    matrix = Matrix(block.start, rows: rows, columns: columns)
  }
}
