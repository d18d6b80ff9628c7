import Assets
import Calvin
import Testing

@testable import Reports

private func clip(_ count: Int, instruction: String = "open the drawer") -> Clip {
  func picture(_ side: Int, _ index: Int) -> Frame {
    Frame(
      width: side, height: side,
      rgb: (0..<side * side * 3).map { UInt8(truncatingIfNeeded: $0 * (index + 1)) })
  }
  let steps = (0..<count).map { index -> Clip.Step in
    let x = Double(index) / 10
    return Clip.Step(
      number: 100 + index, fixed: picture(20, index), gripper: picture(8, index),
      action: [x, 0, 0.5, 3.1, 0, 1, index < 3 ? 1 : -1],
      relativeAction: [0.5, 0, -0.5, 0, 0, 0.1, index < 3 ? 1 : -1],
      state: EnvironmentState(
        robotObservation: [x, 0, 0.5, index % 2 == 0 ? 3.14 : -3.14, 0, 1, 0.08]
          + [Double](repeating: 0, count: 8),
        sceneObservation: [x, 0, 0, 0, 1, 0] + [Double](repeating: x, count: 18)))
  }
  return Clip(
    dataset: "demos/training", span: 3, task: "open_drawer", instruction: instruction,
    scene: "calvin_scene_D", annotated: 101...(100 + max(1, count - 2)), steps: steps)
}

@Suite struct ClipTests {
  @Test func tracesFollowTheSteps() throws {
    let traces = clip(6).traces
    #expect(traces.flatMap(\.lines).allSatisfy { $0.values.count == 6 })
    let angles = try #require(traces.first { $0.title.contains("orientation") })
    // Half a turn is the same from both sides.
    #expect(angles.lines[0].values.allSatisfy { abs($0) < 1 })
    let gripper = try #require(traces.first { $0.title.contains("Gripper") })
    #expect(gripper.bands[0].isOn == [false, false, false, true, true, true])
    #expect(gripper.lines[0].values.allSatisfy { abs($0 - 80) < 1e-9 })
    let blocks = try #require(traces.first { $0.title.contains("Blocks") })
    #expect(abs(blocks.lines[0].values[5] - 50 * 3.0.squareRoot()) < 1e-9)
  }

  @Test func thePageHoldsEveryPictureAndCannotBeBrokenBySentences() throws {
    let evil = "</script><b>\"pull\" & \\ \u{2028}"
    let page = try clip(5, instruction: evil).page()
    #expect(page.components(separatedBy: "data:image/png;base64,").count - 1 == 2 * 5 + 2)
    #expect(page.components(separatedBy: "</script>").count == 2)
    #expect(!page.contains("<b>") && !page.contains("http"))
    #expect(page.components(separatedBy: "class=\"cursor\"").count - 1 == clip(5).traces.count)
  }

  @Test(.enabled(if: Browser.installed != nil, "no Chromium on this machine"))
  func pagesFitPhonesAndScreens() throws {
    let browser = try #require(Browser.installed)
    let (layouts, console) = try browser.layouts(of: clip(5).page(), widths: [320, 400, 1400])
    #expect(layouts.count == 3 && console.isEmpty, "\(console)")
    for layout in layouts {
      #expect(layout.scrollWidth <= layout.width && layout.brokenImages == 0)
    }
  }

  @Test(arguments: [1, 2, 7]) func videosHaveEvenPicturesWithACursorThatMoves(count: Int) {
    let clip = clip(count)
    for size in [64, 101, 400] {
      let layout = ClipLayout(of: clip, size: size)
      #expect(layout.width % 2 == 0 && layout.height % 2 == 0)
      let first = layout.picture(at: 0)
      #expect(first.width == layout.width && first.height == layout.height)
      if count > 1 { #expect(first != layout.picture(at: count - 1)) }
    }
  }
}
