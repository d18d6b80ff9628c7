extension NormalizationStatistics {
  /// The statistics in the form of upstream's `statistics.yaml`, with six decimals as there.
  public var yaml: String {
    func list(_ numbers: [Double]) -> String {
      "[" + numbers.map(Self.decimal).joined(separator: ", ") + "]"
    }
    func vector(_ moments: Moments) -> String {
      """
        - _target_: calvin_agent.utils.transforms.NormalizeVector
          mean: \(list(moments.mean))
          std: \(list(moments.deviation))
      """
    }
    return """
      robot_obs:
      \(vector(robot))
      scene_obs:
      \(vector(scene))
      act_min_bound: \(list(actionMinimum))
      act_max_bound: \(list(actionMaximum))

      """
  }

  private static func decimal(_ value: Double) -> String {
    "\((value * 1e6).rounded() / 1e6 + 0)"
  }
}
