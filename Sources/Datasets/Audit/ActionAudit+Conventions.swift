import Foundation

extension ActionAudit {
  /// Puts one array, or both poses, into other conventions until `rel_actions` fit.
  static func conventionFinding(
    _ episodes: [Episode], _ conventions: [PoseConvention],
    _ share: KeyPath<Comparison, Double>, _ place: String
  ) -> AuditFinding? {
    let arrays: [(String, [WritableKeyPath<Episode, [[Double]]>])] = [
      ("actions", [\.actions]), ("robot_obs", [\.robot]),
      ("rel_actions", [\.relativeActions]), ("actions, robot_obs", [\.actions, \.robot]),
    ]
    func fits(_ episodes: [Episode], _ convention: PoseConvention, _ index: Int) -> Bool {
      let converted = episodes.map { episode in
        var episode = episode
        for vectors in arrays[index].1 {
          episode[keyPath: vectors] = episode[keyPath: vectors].map(convention.putRight)
        }
        return episode
      }
      return Comparison(converted)[keyPath: share] > 0.95
    }
    let probe = probe(episodes)
    for (index, array) in arrays.enumerated() {
      for convention in conventions
      where (array.0 != "rel_actions" || convention.isOfAxes)
        && fits(probe, convention, index) && fits(episodes, convention, index)
      {
        return convention.finding(of: array.0, at: place)
      }
    }
    return nil
  }

  /// A few frames, which tell what is worth a look at all.
  static func probe(_ episodes: [Episode]) -> [Episode] {
    var probe: [Episode] = []
    var frames = 0
    for episode in episodes where frames < 400 {
      probe.append(episode)
      frames += episode.actions.count
    }
    return probe
  }

  /// Factors that the angles of `actions` or of `robot_obs` may carry, by `rel_actions`.
  static func angleScales(_ episodes: [Episode]) -> [Double] {
    func median(_ ratio: (_ action: Double, _ robot: Double, _ turn: Double) -> Double?) -> Double?
    {
      let ratios = episodes.flatMap { episode in
        episode.actions.indices.flatMap { time in
          (3..<6).compactMap { axis -> Double? in
            let turn = episode.relativeActions[time][axis]
            guard abs(turn) < 0.99 else { return nil }
            return ratio(episode.actions[time][axis], episode.robot[time][axis], turn / 20)
          }
        }
      }.sorted()
      return ratios.count < 20 ? nil : ratios[ratios.count / 2]
    }
    let factors = [
      median { action, robot, turn in
        abs(robot + turn) > 0.3 ? abs(action / (robot + turn)) : nil
      },
      median { action, robot, turn in
        abs(action - turn) > 0.3 ? abs(robot / (action - turn)) : nil
      },
    ]
    return factors.compactMap { $0 }.filter { $0 > 1e-3 && abs($0 - 1) > 1e-3 }
  }

  // MARK: Poses

  /// Compares where actions would have the robot with where it is some frames later: the two are
  /// close together unless they are written in different ways.
  static func poseFindings(_ episodes: [Episode], lag: Int, _ place: String) -> [AuditFinding] {
    let pairs = episodes.flatMap { episode in
      episode.actions.indices.compactMap { time in
        episode.robot.indices.contains(time + lag)
          ? (action: episode.actions[time], robot: episode.robot[time + lag]) : nil
      }
    }
    guard pairs.count >= 10 else { return [] }
    let sample = pairs.enumerated().filter { $0.offset % max(1, pairs.count / 400) == 0 }
      .map(\.element)
    func median(
      _ convention: PoseConvention?, _ distance: ([Double], [Double]) -> Double
    ) -> Double {
      let distances = sample.map { pair in
        distance(convention?.putRight(pair.action) ?? pair.action, pair.robot)
      }.sorted()
      return distances[distances.count / 2]
    }
    func finding(
      beyond limit: Double, within goal: Double, _ conventions: [PoseConvention],
      _ distance: ([Double], [Double]) -> Double
    ) -> AuditFinding? {
      guard median(nil, distance) > limit else { return nil }
      let best = conventions.enumerated().map { ($0.offset, median($0.element, distance)) }
        .min { ($0.1, $0.0) < ($1.1, $1.0) }
      guard let best, best.1 < goal else { return nil }
      return conventions[best.0].finding(of: "actions, rel_actions", at: place)
    }
    let ratios = sample.flatMap { pair in
      (3..<6).compactMap { abs(pair.robot[$0]) > 0.3 ? abs(pair.action[$0] / pair.robot[$0]) : nil }
    }.sorted()
    let factor = ratios.count < 20 ? nil : ratios[ratios.count / 2]
    let scales = factor.map { $0 > 1e-3 ? [PoseConvention.scaledAngles(by: $0)] : [] } ?? []
    return [
      finding(beyond: 0.08, within: 0.04, PoseConvention.ofPositions) { a, b in
        (0..<3).reduce(0) { $0 + (a[$1] - b[$1]) * (a[$1] - b[$1]) }.squareRoot()
      },
      finding(beyond: 0.2, within: 0.12, PoseConvention.ofAngles + scales) {
        EulerOrder.turn(from: Array($0[3..<6]), to: Array($1[3..<6]))
      },
    ].compactMap { $0 }
  }
}
