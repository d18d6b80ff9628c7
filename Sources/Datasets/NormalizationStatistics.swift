import Calvin
import NumPy
import Yams

/// Mean and standard deviation of the state and bounds of actions, as `statistics.yaml` holds them.
public struct NormalizationStatistics: Sendable, Equatable {
  /// Means and standard deviations of a vector's numbers.
  public struct Moments: Sendable, Equatable {
    /// Means.
    public var mean: [Double]
    /// Standard deviations (of the population).
    public var deviation: [Double]

    /// Moments of these parts.
    public init(mean: [Double], deviation: [Double]) {
      self.mean = mean
      self.deviation = deviation
    }
  }

  /// Of `robot_obs` (15).
  public var robot: Moments
  /// Of `scene_obs` (24).
  public var scene: Moments
  /// Smallest of each number of `actions` (7).
  public var actionMinimum: [Double]
  /// Largest of each number of `actions` (7).
  public var actionMaximum: [Double]

  /// Statistics of these parts.
  public init(
    robot: Moments, scene: Moments, actionMinimum: [Double], actionMaximum: [Double]
  ) {
    self.robot = robot
    self.scene = scene
    self.actionMinimum = actionMinimum
    self.actionMaximum = actionMaximum
  }

  /// Reads upstream's file: `robot_obs` and `scene_obs` as lists with one `NormalizeVector`,
  /// `act_min_bound` and `act_max_bound`.
  public init(file: String) throws(DatasetError) {
    let root: Node
    do {
      let text = String(decoding: try readFile(file), as: UTF8.self)
      guard let node = try Yams.compose(yaml: text) else {
        throw DatasetError(file, "is empty")
      }
      root = node
    } catch let error as DatasetError {
      throw error
    } catch {
      throw DatasetError(file, "cannot be read: \(error)")
    }
    func numbers(_ node: Node?, _ name: String, _ count: Int) throws(DatasetError) -> [Double] {
      let values = node?.sequence?.compactMap { $0.scalar.flatMap { Double($0.string) } } ?? []
      guard values.count == count else {
        throw DatasetError(file, "expected \(count) numbers as \(name)")
      }
      return values
    }
    func moments(_ key: String, _ count: Int) throws(DatasetError) -> Moments {
      guard let transforms = root[key]?.sequence,
        let vector = transforms.first(where: { $0["mean"] != nil })
      else { throw DatasetError(file, "expected \(key) with a mean and std") }
      return Moments(
        mean: try numbers(vector["mean"], "the mean of \(key)", count),
        deviation: try numbers(vector["std"], "the std of \(key)", count))
    }
    robot = try moments("robot_obs", 15)
    scene = try moments("scene_obs", 24)
    actionMinimum = try numbers(root["act_min_bound"], "act_min_bound", 7)
    actionMaximum = try numbers(root["act_max_bound"], "act_max_bound", 7)
  }
}
