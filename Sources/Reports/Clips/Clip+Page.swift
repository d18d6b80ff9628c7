import Assets
import Calvin
import Foundation

extension Clip {
  /// The clip as a self-contained HTML page: both cameras side by side, and every plot's cursor at
  /// the picture's frame. It plays, steps with the arrow keys, and jumps where a plot is clicked.
  public func page() throws -> String {
    let first = steps[0]
    let scene = scene.map { "<span class=\"chip\">\(escaped($0))</span>" } ?? ""
    let plots = traces.map { trace in
      "<figure class=\"plot\"><h3>\(escaped(trace.title))</h3>"
        + "<p class=\"small\">\(trace.legend)</p>"
        + trace.svg(frames: steps.map(\.number), annotated: annotated) + "</figure>"
    }
    let body = """
      <p class="eyebrow">\(escaped(dataset)), span \(span)</p>
      <h1>\(escaped(instruction))</h1>
      <div class="chips"><span class="chip">\(breakable(task))</span>\(scene)
      <span class="chip">frames \(annotated.lowerBound) to \(annotated.upperBound)</span>
      <span class="chip">\(steps.count) shown</span></div>
      <section class="player">
      <div class="cameras">
      <figure><img id="static" alt="static camera" src="\(try uri(first.fixed))">
      <figcaption>static, \(first.fixed.width) x \(first.fixed.height)</figcaption></figure>
      <figure><img id="gripper" alt="wrist camera" src="\(try uri(first.gripper))">
      <figcaption>gripper, \(first.gripper.width) x \(first.gripper.height)</figcaption></figure>
      </div>
      <div class="controls"><button id="play" type="button">Play</button>
      <select id="speed" aria-label="Speed"><option value="1">30 frames/s</option>
      <option value="2">15 frames/s</option><option value="6">5 frames/s</option></select>
      <input id="seek" type="range" min="0" max="\(steps.count - 1)" value="0" aria-label="Frame">
      </div>
      <p class="mono small now" id="now">\(escaped(line(of: first)))</p>
      </section>
      <section><div class="plots">
      \(plots.joined(separator: "\n"))
      </div></section>
      <noscript><p class="notice">Playing needs scripts; the first frame and all plots are shown.</p>
      </noscript>
      """
    return Reports.page(
      title: "\(task): \(instruction)", body: body, style: Self.style, script: try script())
  }

  /// What is said of a step below the pictures.
  private func line(of step: Step) -> String {
    let mark = annotated.contains(step.number) ? "" : ", outside the span"
    let numbers = step.relativeAction.map { decimals($0, 2) }.joined(separator: " ")
    return "frame \(step.number)\(mark); rel_actions \(numbers)"
  }

  private func uri(_ frame: Frame) throws -> String {
    let picture = Bitmap(
      width: frame.width, height: frame.height, channels: 3, pixels: frame.rgb)
    return "data:image/png;base64,"
      + Data(try picture.pngData(level: 9)).base64EncodedString()
  }

  private func script() throws -> String {
    let pictures = try steps.map { step in
      "[\"\(try uri(step.fixed))\",\"\(try uri(step.gripper))\",\(quoted(line(of: step)))]"
    }
    return """
      "use strict";
      const steps = [\(pictures.joined(separator: ",\n"))];
      const at = id => document.getElementById(id);
      const cursors = [...document.querySelectorAll(".cursor")];
      const [left, right] = [\(number(Trace.left)), \(number(Trace.right))];
      let current = 0, timer = 0, ticks = 0;
      function show(index) {
        current = Math.max(0, Math.min(steps.length - 1, index));
        [at("static").src, at("gripper").src, at("now").textContent] = steps[current];
        at("seek").value = current;
        const x = left + (right - left) * current / Math.max(1, steps.length - 1);
        for (const line of cursors) { line.setAttribute("x1", x); line.setAttribute("x2", x); }
      }
      function stop() { clearInterval(timer); timer = 0; at("play").textContent = "Play"; }
      function play() {
        if (timer) return stop();
        if (current == steps.length - 1) show(0);
        at("play").textContent = "Pause";
        timer = setInterval(() => {
          if (++ticks % at("speed").value) return;
          if (current == steps.length - 1) stop(); else show(current + 1);
        }, 1000 / 30);
      }
      at("play").onclick = play;
      at("seek").oninput = event => { stop(); show(+event.target.value); };
      for (const plot of document.querySelectorAll(".plot svg"))
        plot.onclick = event => {
          const box = plot.getBoundingClientRect();
          const x = (event.clientX - box.left) / box.width * \(number(Trace.width));
          stop(); show(Math.round((x - left) / (right - left) * (steps.length - 1)));
        };
      document.onkeydown = event => {
        if (["INPUT", "SELECT", "BUTTON"].includes(event.target.tagName)) return;
        if (event.key == "ArrowRight") { stop(); show(current + 1); }
        else if (event.key == "ArrowLeft") { stop(); show(current - 1); }
        else if (event.key == " ") { event.preventDefault(); play(); }
      };
      show(0);
      """
  }

  private static let style = """
    .cameras{display:grid;grid-template-columns:1fr 1fr;gap:12px}
    .cameras figure,.plot{margin:0}
    .cameras img{display:block;width:100%;aspect-ratio:1;border-radius:6px;
    image-rendering:pixelated;background:var(--line)}
    .player{max-width:820px;margin-left:auto;margin-right:auto}
    .controls{display:flex;gap:10px;align-items:center;margin-top:12px}
    .controls input{flex:1;min-width:60px;accent-color:var(--accent)}
    .controls button,.controls select{font:inherit;color:var(--ink);background:var(--paper);
    border:1px solid var(--line);border-radius:6px;padding:3px 10px}
    .controls button{min-width:74px}
    .now{margin:8px 0 0;min-height:3em;overflow-wrap:anywhere}
    .plots{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:18px 22px}
    .plot p{margin:0 0 2px}
    .plot svg{cursor:crosshair}
    .trace{fill:none;stroke-width:1.8;stroke-linejoin:round}
    .trace.dashed{stroke-dasharray:3 3;opacity:.8}
    .span{fill:var(--soft)}
    .on{fill:var(--warn);--own:var(--warn)}
    .on.b1{fill:var(--good);--own:var(--good)}
    .cursor{stroke:var(--ink);stroke-width:1.2}
    .s0{stroke:var(--bad);--own:var(--bad)}
    .s1{stroke:var(--good);--own:var(--good)}
    .s2{stroke:var(--accent);--own:var(--accent)}
    .key{margin-right:10px;white-space:nowrap;color:var(--quiet)}
    .key::before{content:"";display:inline-block;width:14px;height:3px;margin-right:5px;
    vertical-align:middle;background:var(--own,var(--warn))}
    @media(max-width:720px){.plots{grid-template-columns:minmax(0,1fr)}}
    @media print{.controls{display:none}}
    """
}

/// `text` as a string literal of a script inside a page.
private func quoted(_ text: String) -> String {
  var literal = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": literal += "\\\(scalar)"
    case "<", "\u{0}"..."\u{1F}", "\u{2028}", "\u{2029}":
      let digits = String(scalar.value, radix: 16)
      literal += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: literal.unicodeScalars.append(scalar)
    }
  }
  return literal + "\""
}
