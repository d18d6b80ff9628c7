import Foundation

/// A published result on CALVIN, with where it was published.
public struct ReferenceRow: Sendable, Equatable, Codable {
  /// Name of the method.
  public var method: String
  /// Training data and test scene, e.g. `ABC->D`.
  public var split: String
  /// Success rates of 1...5 in a row, 0-100 %, nil where the source does not give them.
  public var rates: [Double?]
  /// Average length, 0-5.
  public var averageLength: Double
  /// Env steps allowed per subtask.
  public var stepBudget: Int
  /// True when the source states another budget than upstream's 360.
  public var isStandardBudget: Bool { stepBudget == 360 }
  /// Where the numbers were read.
  public var source: String
  /// Address of the source.
  public var url: String?
  /// Who ran it, or what is special, if anything.
  public var note: String?

  /// The rates as fractions when all five are known.
  public var fractions: [Double]? {
    let known = rates.compactMap { $0 }
    return known.count == 5 ? known.map { $0 / 100 } : nil
  }

  enum CodingKeys: String, CodingKey {
    case method, split, rates, source, url, note
    case averageLength = "average_length"
    case stepBudget = "step_budget"
  }

  /// The rows in a `reference_rows.json`.
  public static func read(_ json: Data) throws -> [ReferenceRow] {
    struct File: Decodable {
      var rows: [ReferenceRow]
    }
    return try JSONDecoder().decode(File.self, from: json).rows
  }
}
