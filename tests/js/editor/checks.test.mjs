// What is wrong with cues: the editor and the server's report say the same. The cases are run against
// subtitles/report.py too, by tests/subtitles/test_report.py.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { judge, letters, measure, numbers } from "../../../amara_api/static/amara_api/editor/checks.js";
import { cue } from "../../../amara_api/static/amara_api/editor/cues.js";

const { measures, cases } = JSON.parse(readFileSync(new URL("../../subtitles/report_cases.json", import.meta.url)));

for (const { name, limits, cues, found } of cases) {
  test(`the same as the report: ${name}`, () => {
    const list = cues.map(([start, end, text, region = null]) => cue({ start, end, text, region }));
    const said = judge(list, { ...measures, limits: { ...measures.limits, ...limits } });
    const flat = said.flatMap((problems, index) => problems.map(({ kind, message }) => [index + 1, kind, message]));
    assert.deepEqual(flat, found.filter(([, kind]) => kind in measures.sentences));
  });
}

test("numbers are of letters, not of markup", () => {
  const one = cue({ start: 0, end: 2000, text: "<b>1234</b><br>&amp;6" });
  const { cps, cpl, lines, duration } = measure(one);
  assert.deepEqual({ cps, cpl, lines, duration }, { cps: 3, cpl: 4, lines: 2, duration: 2000 });
  assert.equal(numbers(one), "3 a second · 4 a line");
  assert.equal(numbers(cue({ text: "é" })), "1 a line");
  assert.equal(measure(cue({ start: 5, end: 5 })).cps, null);
  assert.equal(letters("a\u0301"), 1);
});
