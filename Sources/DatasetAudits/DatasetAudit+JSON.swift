import Calvin
import Datasets

extension DatasetAudit {
  /// The audit as one JSON object; equal audits give equal bytes.
  public var json: OrderedJSON {
    .object([
      .init(key: "path", value: .string(split.path)),
      .init(key: "clean", value: .bool(isClean)),
      .init(key: "frames", value: .integer(frameCount)),
      .init(key: "rel_actions_agreement", value: .number(actions.agreement)),
      .init(key: "gripper_agreement", value: .number(actions.gripperAgreement)),
      .init(key: "lag", value: actions.lag.map(OrderedJSON.integer) ?? .null),
      .init(key: "lag_against_simulation", value: replay.lag.map(OrderedJSON.integer) ?? .null),
      .init(
        key: "distance_by_lag",
        value: .array(
          actions.distances.map { .array([.integer($0.lag), Self.number($0.metres)]) })),
      .init(key: "tcp_from_joints", value: Self.number(tcpDistance)),
      .init(key: "pictures", value: Self.pictures(fits)),
      .init(
        key: "episodes",
        value: .array(
          episodes.map { episode in
            .object([
              .init(key: "first", value: .integer(episode.episode.first)),
              .init(key: "last", value: .integer(episode.episode.last)),
              .init(key: "scene", value: .string(episode.scene)),
              .init(key: "frames", value: .integer(episode.frames)),
              .init(key: "pictures", value: Self.pictures(episode.fits)),
              .init(
                key: "findings",
                value: .array(
                  findings.filter { $0.place.contains(episode.episode.place) }
                    .map { .string($0.code.rawValue) })),
            ])
          })),
      .init(key: "spans", value: spans.map { .array($0.verdicts.map(Self.verdict)) } ?? .null),
      .init(key: "spans_offset", value: spans?.offset.map { .integer($0.frames) } ?? .null),
      .init(key: "replay", value: drift),
      .init(key: "left_out", value: .array(omissions.map(OrderedJSON.string))),
      .init(key: "worst_frames", value: .array(worst.map(OrderedJSON.integer))),
      .init(key: "findings", value: .array(findings.map(Self.finding))),
    ])
  }

  /// JSON knows no infinity.
  private static func number(_ value: Double?) -> OrderedJSON {
    value.flatMap { $0.isFinite ? .number($0) : nil } ?? .null
  }

  private static func pictures(_ fits: [Channel: PictureAudit.Fit]) -> OrderedJSON {
    .object(
      Channel.allCases.compactMap { channel in
        guard let fit = fits[channel] else { return nil }
        let unit = channel.isDepth ? "metres" : "psnr"
        return .init(
          key: channel.rawValue,
          value: .object([
            .init(key: "frames", value: .integer(fit.byFrame.count)),
            .init(key: "best_lag", value: fit.bestLag.map(OrderedJSON.integer) ?? .null),
            .init(
              key: "mean_square_by_lag",
              value: .array(PictureAudit.lags.map { number(fit.meanSquare(at: $0)) })),
            .init(
              key: "\(unit)_quantiles",
              value: .object(
                [0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1].map {
                  .init(key: "\($0)", value: number(fit.quantile($0)))
                })),
          ]))
      })
  }

  private static func verdict(_ verdict: SpanAudit.Verdict) -> OrderedJSON {
    .object([
      .init(key: "index", value: .integer(verdict.index)),
      .init(key: "first", value: .integer(verdict.span.first)),
      .init(key: "last", value: .integer(verdict.span.last)),
      .init(key: "task", value: .string(verdict.span.task)),
      .init(key: "instruction", value: .string(verdict.span.instruction)),
      .init(key: "scene", value: .string(verdict.scene)),
      .init(key: "shown", value: .bool(verdict.isShown)),
      .init(key: "reported", value: .array(verdict.recorded.map(OrderedJSON.string))),
      .init(key: "missed", value: verdict.miss.map(OrderedJSON.string) ?? .null),
      .init(
        key: "reached_after_end",
        value: verdict.reachedBeyond.map(OrderedJSON.integer) ?? .null),
      .init(key: "simulated", value: .bool(verdict.isReplayed)),
      .init(
        key: "simulated_steps", value: verdict.simulatedAfter.map(OrderedJSON.integer) ?? .null),
      .init(
        key: "simulated_reported",
        value: verdict.simulated.map { .array($0.map(OrderedJSON.string)) } ?? .null),
      .init(key: "fault", value: verdict.fault.map(OrderedJSON.string) ?? .null),
    ])
  }

  private var drift: OrderedJSON {
    let quantities: [(String, KeyPath<Replay.Drift, Double>)] = [
      ("tcp_metres", \.tcp), ("joints_radians", \.joints), ("blocks_metres", \.blocks),
    ]
    let steps = [0, 4, 9, 14, 19, 29, 39, 49, 59]
    return .object(
      [("actions", false), ("rel_actions", true)].map { name, relative in
        .init(
          key: name,
          value: .array(
            steps.compactMap { step in
              guard
                replay.quantiles([0.5], of: \.tcp, after: step, relative: relative) != nil
              else { return nil }
              return .object(
                [.init(key: "actions", value: .integer(step + 1))]
                  + quantities.map { name, path in
                    .init(
                      key: name,
                      value: .array(
                        (replay.quantiles(
                          [0.1, 0.5, 0.9, 0.99], of: path, after: step, relative: relative) ?? [])
                          .map(Self.number)))
                  })
            }))
      })
  }

  private static func finding(_ finding: AuditFinding) -> OrderedJSON {
    .object([
      .init(key: "code", value: .string(finding.code.rawValue)),
      .init(key: "note", value: .bool(finding.code.isNote)),
      .init(key: "subject", value: finding.subject.map(OrderedJSON.string) ?? .null),
      .init(key: "place", value: .string(finding.place)),
      .init(key: "message", value: .string(finding.message)),
      .init(key: "amount", value: number(finding.amount)),
      .init(key: "advice", value: .string(finding.code.advice)),
    ])
  }
}
