import Geometry
import VLA

extension VLAConformance {
  /// The action conventions; schedules, losses and chunk windows belong to training.
  func compareActions(_ folder: String, _ config: ExactJSON) throws {
    let file = try comparison.open("\(folder)/actions.safetensors")
    comparison.inputs(file) { key in
      [".in", ".decode_in"].contains { key.hasSuffix($0) }
        || ["tcp.action", "tcp.robot_obs", "tcp.chunk_action", "tcp.chunk_robot_obs"].contains(key)
    }
    try compareScaling(file)
    try compareTCP(file)
    try compareEuler(file)
    try compareActionTokens(file, config)
    for key in file.tensors.keys.sorted()
    where ["chunk.", "lr.", "loss."].contains(where: { key.hasPrefix($0) }) {
      comparison.skip("\(file.path) \(key)", "training")
    }
    comparison.inputs(file) { key in ["chunk.", "lr.", "loss."].contains { key.hasPrefix($0) } }
  }

  private func compareScaling(_ file: TensorComparison.File) throws {
    let (low, high, mu) = (-0.65, 0.65, 255.0)
    func check(_ input: String, _ key: String, _ body: ([Double]) -> [Double]) throws {
      guard file.tensors[key] != nil else { return }
      let rows = chunks(of: 7, try file.numbers(input))
      comparison.check(file, key, rows.flatMap(body), .absolute(1e-9))
    }
    try check("norm.in", "norm.maintain_last") {
      ActionScaling.normalize($0, low: low, high: high)
    }
    try check("norm.in", "norm.no_maintain") {
      ActionScaling.normalize($0, low: low, high: high, keepsGripper: false)
    }
    try check("unnorm.in", "unnorm.out_default") {
      ActionScaling.unnormalize($0, low: low, high: high, keepsGripper: false)
    }
    try check("unnorm.in", "unnorm.out_maintain_last") {
      ActionScaling.unnormalize($0, low: low, high: high, keepsGripper: true)
    }
    try check("mulaw.in", "mulaw.fwd_rowwise") { ActionScaling.muLaw($0, mu: mu) }
    try check("mulaw.in", "mulaw.fwd_nomaintain") {
      ActionScaling.muLaw($0, mu: mu, keepsGripper: false)
    }
    try check("mulaw.in", "mulaw.inv_rowwise") { ActionScaling.inverseMuLaw($0, mu: mu) }
    try check("mulaw.in", "mulaw.inv_rowwise_mu100") { ActionScaling.inverseMuLaw($0, mu: 100) }
    try check("mulaw.in", "regularize.out") {
      ActionScaling.regularize($0, mean: 0.1, deviation: 0.4)
    }
    try check("mulaw.in", "unregularize.out") {
      ActionScaling.unregularize($0, mean: 0.1, deviation: 0.4)
    }
    if file.tensors["mulaw.fwd_2d_call"] != nil {
      let rows = chunks(of: 7, try file.numbers("mulaw.in"))
      comparison.check(
        file, "mulaw.fwd_2d_call",
        ActionScaling.muLaw(sequence: rows, mu: mu, compatibility: .robovlms).flatMap { $0 },
        .absolute(1e-9))
    }
  }

  private func compareTCP(_ file: TensorComparison.File) throws {
    guard file.tensors["tcp.action"] != nil else { return }
    let actions = chunks(of: 7, try file.numbers("tcp.action"))
    let robots = chunks(of: 15, try file.numbers("tcp.robot_obs"))
    let inTCP = zip(actions, robots).map { RelativeAction.tcpFromWorld($0, robot: $1) }
    comparison.check(file, "tcp.world_to_tcp", inTCP.flatMap { $0 }, .absolute(1e-4))
    comparison.check(
      file, "tcp.tcp_to_world_patched",
      zip(actions, robots).flatMap { RelativeAction.worldFromTCP($0, robot: $1) },
      .absolute(1e-4))
    comparison.check(
      file, "tcp.roundtrip_patched",
      zip(inTCP, robots).flatMap { RelativeAction.worldFromTCP($0, robot: $1) }, .absolute(1e-4))
    if file.tensors["tcp.chunk_action"] != nil {
      let robot = try file.numbers("tcp.chunk_robot_obs")
      comparison.check(
        file, "tcp.chunk_tcp_to_world_patched",
        chunks(of: 7, try file.numbers("tcp.chunk_action")).flatMap {
          RelativeAction.worldFromTCP($0, robot: robot)
        }, .absolute(1e-4))
    }
  }

  private func compareEuler(_ file: TensorComparison.File) throws {
    guard file.tensors["euler.in"] != nil else { return }
    let matrices = chunks(of: 3, try file.numbers("euler.in")).map {
      Matrix3(intrinsicXYZ: Vector3($0[0], $0[1], $0[2]))
    }
    comparison.check(
      file, "euler.matrix_XYZ", matrices.flatMap(numbers), .absolute(1e-5))
    comparison.check(
      file, "euler.back", matrices.flatMap { numbers($0.intrinsicXYZ) }, .absolute(1e-5))
    guard file.tensors["eval_euler.back"] != nil else { return }
    // The recording keeps angles and matrices: each is computed from the other.
    let angles = chunks(of: 3, try file.numbers("eval_euler.back"))
    let recorded = chunks(of: 9, try file.numbers("eval_euler.matrix"))
    comparison.check(
      file, "eval_euler.matrix",
      angles.flatMap { numbers(Matrix3(extrinsicXYZ: Vector3($0[0], $0[1], $0[2]))) },
      .absolute(1e-9))
    comparison.check(
      file, "eval_euler.back",
      recorded.flatMap { m in
        numbers(
          Matrix3(
            Vector3(m[0], m[1], m[2]), Vector3(m[3], m[4], m[5]), Vector3(m[6], m[7], m[8])
          ).extrinsicXYZ)
      }, .absolute(1e-9))
  }

  private func compareActionTokens(_ file: TensorComparison.File, _ config: ExactJSON) throws {
    for (index, item) in (config["cases"]?.array ?? []).enumerated() {
      guard let vocabulary = item["vocab_size"]?.int, let special = item["n_special"]?.int,
        let bins = item["bins"]?.int, let low = item["min"]?.double,
        let high = item["max"]?.double, file.tensors["tok\(index).in"] != nil
      else { continue }
      let tokenizer = ActionTokenizer(
        vocabulary: vocabulary, specialTokens: special, bins: bins, low: low, high: high)
      comparison.check(file, "tok\(index).bins", tokenizer.edges, .absolute(1e-9))
      comparison.check(
        file, "tok\(index).ids",
        try file.numbers("tok\(index).in").map { Double(tokenizer.encode($0)) }, .exact)
      comparison.check(
        file, "tok\(index).decode_out",
        try file.integers("tok\(index).decode_in").map(tokenizer.decode), .absolute(1e-9))
      comparison.checkExact(
        "\(file.path) tok\(index) begin and end index",
        [tokenizer.beginIndex, tokenizer.endIndex],
        [item["begin_idx"]?.int ?? -1, item["end_idx"]?.int ?? -1])
    }
  }

  private func chunks(of size: Int, _ numbers: [Double]) -> [[Double]] {
    stride(from: 0, to: numbers.count, by: size).map { Array(numbers[$0..<($0 + size)]) }
  }

  private func numbers(_ v: Vector3) -> [Double] { [v.x, v.y, v.z] }
  private func numbers(_ m: Matrix3) -> [Double] {
    numbers(m.row0) + numbers(m.row1) + numbers(m.row2)
  }
}
