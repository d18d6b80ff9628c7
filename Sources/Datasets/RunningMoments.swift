/// Mean, standard deviation, smallest and largest of vectors seen one after the other.
public struct RunningMoments: Sendable, Equatable, Codable {
  /// Vectors seen.
  public private(set) var count = 0
  /// Mean of each number.
  public private(set) var mean: [Double]
  /// Smallest of each number.
  public private(set) var minimum: [Double]
  /// Largest of each number.
  public private(set) var maximum: [Double]
  private var squares: [Double]

  /// Nothing seen yet, of vectors of `width` numbers.
  public init(width: Int) {
    mean = Array(repeating: 0, count: width)
    squares = mean
    minimum = Array(repeating: .infinity, count: width)
    maximum = Array(repeating: -.infinity, count: width)
  }

  /// Sees one more vector (Welford's recurrence: no sum grows with the count).
  public mutating func add(_ vector: [Double]) {
    precondition(vector.count == mean.count)
    count += 1
    for index in vector.indices {
      let difference = vector[index] - mean[index]
      mean[index] += difference / Double(count)
      squares[index] += difference * (vector[index] - mean[index])
      minimum[index] = min(minimum[index], vector[index])
      maximum[index] = max(maximum[index], vector[index])
    }
  }

  /// Sees what another has seen (Chan's formula): moments of parts, joined in the same order, give
  /// the same bits wherever the parts were computed.
  public mutating func add(_ other: RunningMoments) {
    precondition(other.mean.count == mean.count)
    guard other.count > 0 else { return }
    let total = Double(count + other.count)
    let (own, others) = (Double(count), Double(other.count))
    for index in mean.indices {
      let difference = other.mean[index] - mean[index]
      squares[index] += other.squares[index] + difference * difference * own * others / total
      mean[index] += difference * others / total
      minimum[index] = min(minimum[index], other.minimum[index])
      maximum[index] = max(maximum[index], other.maximum[index])
    }
    count += other.count
  }

  private enum CodingKeys: CodingKey { case count, mean, minimum, maximum, squares }

  /// Decodes what `encode` wrote.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let mean = try values.decode([Double].self, forKey: .mean)
    self.init(width: mean.count)
    self.mean = mean
    count = try values.decode(Int.self, forKey: .count)
    guard count > 0 else { return }
    minimum = try values.decode([Double].self, forKey: .minimum)
    maximum = try values.decode([Double].self, forKey: .maximum)
    squares = try values.decode([Double].self, forKey: .squares)
  }

  /// Encodes everything; the bounds of nothing are left out, since JSON knows no infinity.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(count, forKey: .count)
    try values.encode(mean, forKey: .mean)
    guard count > 0 else { return }
    try values.encode(minimum, forKey: .minimum)
    try values.encode(maximum, forKey: .maximum)
    try values.encode(squares, forKey: .squares)
  }

  /// Standard deviation of each number over the population, as `numpy.std`.
  public var deviation: [Double] {
    squares.map { count > 0 ? ($0 / Double(count)).squareRoot() : 0 }
  }
}
