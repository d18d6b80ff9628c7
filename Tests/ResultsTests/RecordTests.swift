import Results
import Testing

@Suite struct RecordTests {
  @Test func protocolIDIsTheDigestOfTheCanonicalRecord() throws {
    let record = sampleRecord().protocol
    #expect(
      try JSONValue(encoding: record).canonical
        == #"{"action_mode":"cartesian_rel","annotations":"c2","assets":"a0","cameras":[{"#
        + #""field_of_view_degrees":10,"height":200,"name":"static","width":200}],"chains":4,"#
        + #""depth_bits":24,"harness_protocol":1,"renderer":"egl","scene":"D","sequences":"d3","#
        + #""shadows":true,"steps_per_subtask":360,"substeps":8,"tasks":"b1"}"#)
    // printf '%s' '<the text above>' | sha256sum | cut -c1-12
    #expect(try record.id() == "c90cd5f8a8c7")
  }

  @Test func everyProtocolFieldChangesTheID() throws {
    let original = sampleRecord().protocol
    let id = try original.id()
    let changes: [(inout ProtocolRecord) -> Void] = [
      { $0.harness += 1 }, { $0.scene = "A" }, { $0.assets += "x" }, { $0.tasks += "x" },
      { $0.annotations += "x" }, { $0.sequences += "x" }, { $0.chains += 1 },
      { $0.stepsPerSubtask += 1 }, { $0.actionMode += "x" }, { $0.substeps += 1 },
      { $0.cameras[0].width += 1 }, { $0.renderer = "cpu" }, { $0.depthBits = 16 },
      { $0.shadows = false },
    ]
    var ids: Set<String> = [id]
    for change in changes {
      var record = original
      change(&record)
      ids.insert(try record.id())
    }
    #expect(ids.count == changes.count + 1)
  }

  @Test func differencesNameTheFields() throws {
    let first = sampleRecord()
    var second = first
    #expect(try second.differences(from: first).isEmpty)
    second.settings.options["workers"] = .init(value: "2", passed: true)
    second.environment = ["machine": "other"]
    #expect(try second.differences(from: first).isEmpty)
    second.protocol.cameras[0].width = 84
    second.policy.seed = 8
    second.policy.weights = "abc"
    #expect(
      try second.differences(from: first) == [
        "protocol.cameras is "
          + #"[{"field_of_view_degrees":10,"height":200,"name":"static","width":84}], was "#
          + #"[{"field_of_view_degrees":10,"height":200,"name":"static","width":200}]"#,
        "policy.seed is 8, was 7", #"policy.weights is "abc", was null"#,
      ])
  }

  @Test func runRecordRoundTripsThroughItsFile() throws {
    try withTemporaryFolder { folder in
      var record = sampleRecord()
      record.settings = RunSettings(
        options: ["workers": .init(value: "4", passed: false)], shard: Shard(index: 1, count: 3),
        invocations: [
          .init(started: "2026-01-01T00:00:00Z", arguments: ["--x"], chainsBefore: 0, workers: 4)
        ],
        nonStandard: ["4 chains instead of 1000"])
      let run = RunDirectory(path: folder)
      #expect(!run.exists)
      try run.write(record)
      #expect(run.exists)
      #expect(try run.record() == record)
      let id = try JSONValue(parsing: DurableFile.read(run.recordFile))["protocol_id"]
      #expect(try id == .string(record.protocol.id()))
    }
  }

  @Test func resultsJSONCountsAsUpstream() throws {
    let results = [sampleResult(0, successes: 5), sampleResult(1, successes: 0)]
    let json = try #require(CALVINResults.json(results))
    #expect(
      json.canonical
        == #"{"null":{"avg_seq_len":2.5,"chain_sr":{"1":0.5,"2":0.5,"3":0.5,"4":0.5,"5":0.5},"#
        + #""task_info":{"close_drawer":{"success":1,"total":1},"#
        + #""lift_red_block_table":{"success":1,"total":1},"open_drawer":{"success":1,"total":2},"#
        + #""place_in_drawer":{"success":1,"total":1},"turn_on_led":{"success":1,"total":1}}}}"#)
    #expect(CALVINResults.json([]) == nil)
  }
}
