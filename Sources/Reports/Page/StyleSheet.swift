/// The style sheet every page carries: light, dark and print, from 320 pixels up.
let styleSheet = """
  :root{color-scheme:light dark;--paper:#fafaf8;--panel:#fff;--ink:#1d2227;--quiet:#626c76;
  --line:#e2e4e1;--accent:#1d62c4;--soft:#1d62c41f;--good:#13795b;--bad:#b5371f;
  --warn:#8a5300;--warn-soft:#fdf0d5;--bad-soft:#fbe5df}
  @media(prefers-color-scheme:dark){:root{--paper:#121518;--panel:#191d21;--ink:#e6e9ec;
  --quiet:#98a3ad;--line:#2b3238;--accent:#6ea8fe;--soft:#6ea8fe26;--good:#52c79c;--bad:#f08a70;
  --warn:#f0c069;--warn-soft:#3a2d12;--bad-soft:#40201a}}
  *{box-sizing:border-box}
  body{margin:0;background:var(--paper);color:var(--ink);
  font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
  main{max-width:1080px;margin:0 auto;padding:28px 20px 48px}
  h1{font-size:30px;line-height:1.15;margin:2px 0 10px;overflow-wrap:anywhere}
  h2{font-size:19px;margin:0 0 4px}
  h3{font-size:15px;margin:0}
  p{margin:4px 0 10px}
  a{color:var(--accent)}
  code,.mono{font-family:ui-monospace,"SF Mono",Menlo,"DejaVu Sans Mono",monospace;font-size:.92em}
  .eyebrow{color:var(--quiet);font-size:13px;letter-spacing:.04em;margin:0}
  .quiet{color:var(--quiet)}
  .small{font-size:13px}
  .chips{display:flex;flex-wrap:wrap;gap:6px;margin:0 0 14px}
  .chip{border:1px solid var(--line);border-radius:99px;padding:1px 10px;font-size:13px;
  background:var(--panel);overflow-wrap:anywhere}
  .chip.warn{border-color:var(--warn);color:var(--warn);background:var(--warn-soft);font-weight:600}
  .chip.bad{border-color:var(--bad);color:var(--bad);background:var(--bad-soft);font-weight:600}
  .chip.good{border-color:var(--good);color:var(--good)}
  .notice{border-left:4px solid var(--warn);background:var(--warn-soft);padding:8px 14px;
  border-radius:0 6px 6px 0;margin:0 0 14px}
  .notice.bad{border-color:var(--bad);background:var(--bad-soft)}
  .notice ul{margin:2px 0;padding-left:20px}
  section,.panel{background:var(--panel);border:1px solid var(--line);border-radius:10px;
  padding:18px 20px;margin:0 0 16px}
  .columns{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:16px}
  .columns>section{margin:0}
  .columns{margin-bottom:16px}
  .headline{display:grid;grid-template-columns:minmax(220px,1fr) 2fr;gap:20px;align-items:center}
  .headline .value{font-size:60px;line-height:1;font-weight:650;letter-spacing:-.02em}
  .headline .value small{font-size:20px;font-weight:400;color:var(--quiet);letter-spacing:0}
  .tiles{display:grid;grid-template-columns:repeat(5,minmax(0,1fr));gap:8px}
  .tile{border:1px solid var(--line);border-radius:8px;padding:8px 4px;text-align:center}
  .tile b{display:block;font-size:20px;line-height:1.3;font-weight:600;white-space:nowrap}
  .tile span{display:block;font-size:12px;color:var(--quiet)}
  svg{display:block;width:100%;height:auto}
  svg.bar{height:18px}
  .label{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;fill:var(--ink)}
  .label.quiet{fill:var(--quiet)}
  .label.strong{font-weight:600}
  .run-name{fill:var(--accent);font-weight:650}
  .grid{stroke:var(--line);stroke-width:1}
  .band{fill:var(--soft)}
  .run{fill:none;stroke:var(--accent);stroke-width:2.5;stroke-linejoin:round}
  .dot{fill:var(--accent)}
  .dot.hollow{fill:var(--panel);stroke:var(--accent);stroke-width:2}
  .dot.bad{fill:var(--bad)}
  .whisker{stroke:var(--ink);stroke-width:1.5}
  .halo{stroke:var(--panel);stroke-width:4.5}
  .reference{fill:none;stroke:var(--quiet);stroke-width:1.2;opacity:.5}
  .dashed{stroke-dasharray:4 4}
  .leader{stroke:var(--line);stroke-width:1}
  .column{fill:var(--accent)}
  .column.second{fill:var(--warn)}
  .track{fill:var(--line);opacity:.55}
  table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
  th{font-weight:600;text-align:left;color:var(--quiet);font-size:13px}
  th,td{padding:4px 10px 4px 0;border-bottom:1px solid var(--line);vertical-align:middle}
  td:last-child,th:last-child{padding-right:0}
  .n{text-align:right;white-space:nowrap}
  th.n{text-align:right}
  .when{white-space:nowrap}
  .wide{width:36%}
  .spark{width:100px}
  .name{overflow-wrap:anywhere}
  .scroll{overflow-x:auto}
  .scroll table{min-width:620px}
  details{margin-top:10px}
  summary{cursor:pointer;color:var(--accent)}
  pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:12.5px;margin:8px 0 0}
  .strip{border-top:1px solid var(--line);padding:14px 0 4px;break-inside:avoid}
  .strip:first-of-type{border-top:0}
  .moments{display:grid;grid-template-columns:repeat(auto-fill,minmax(112px,1fr));gap:8px;
  margin-top:8px}
  .moments figure{margin:0;position:relative}
  .moments img{display:block;width:100%;border-radius:5px;aspect-ratio:1}
  .moments img.gripper{position:absolute;right:4px;top:4px;width:36%;
  border:2px solid #fff;border-radius:5px}
  figcaption{font-size:12px;color:var(--quiet);margin-top:3px}
  .yes{color:var(--good)}
  .no{color:var(--bad)}
  @media(max-width:720px){main{padding:18px 12px 32px}section,.panel{padding:14px 12px}
  h1{font-size:25px}.columns,.headline{grid-template-columns:minmax(0,1fr)}
  .tiles{gap:5px}.tile{padding:6px 1px}.tile b{font-size:14px;line-height:1.5}.tile span{font-size:11px}
  .extra{display:none}.wide{width:30%}th.n{white-space:normal}
  .moments{grid-template-columns:repeat(auto-fill,minmax(106px,1fr));gap:8px}}
  @media print{:root{color-scheme:light;--paper:#fff;--panel:#fff;--ink:#000;--quiet:#444;
  --line:#ccc;--accent:#1d62c4;--soft:#1d62c41f;--good:#13795b;--bad:#b5371f;--warn:#8a5300;
  --warn-soft:#fff;--bad-soft:#fff}
  body{font-size:11px}main{max-width:none;padding:0}
  section,.panel{border:0;border-top:1px solid #999;border-radius:0;padding:10px 0;break-inside:auto}
  tr,figure,.tile,.strip{break-inside:avoid}.track,.column,.band{print-color-adjust:exact;
  -webkit-print-color-adjust:exact}}
  """
