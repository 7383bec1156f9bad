import assert from "node:assert/strict";
import test from "node:test";

import { beside } from "../../../amara_api/static/amara_api/editor/beside.js";
import { cue } from "../../../amara_api/static/amara_api/editor/cues.js";
import { anyList, random } from "./make.mjs";

const at = (start, end, text) => cue({ start, end, text });
const texts = (rows) => rows.map(({ said, lone }) => [said.map(({ text }) => text), lone.map(({ text }) => text)]);

test("what has no cue here stands where it would come", () => {
  const sources = [at(0, 1000, "a"), at(2000, 3000, "b"), at(4000, 5000, "c"), at(null, null, "d"), at(9000, 9900, "e")];
  const cues = [at(2100, 2900, "B"), at(8000, 8500, "?"), at(9000, 9900, "E")];
  assert.deepEqual(texts(beside(cues, sources)), [[["b"], ["a", "c", "d"]], [[], []], [["e"], []]]);
});

test("without times, what is in the same place stands beside", () => {
  const sources = ["a", "b", "c"].map((text) => cue({ text }));
  assert.deepEqual(texts(beside(["A", "B"].map((text) => cue({ text })), sources)), [[["a"], []], [["b"], ["c"]]]);
});

test("long ones are found behind short ones", () => {
  const sources = [at(0, 60_000, "long"), at(1000, 2000, "short")];
  assert.deepEqual(texts(beside([at(30_000, 31_000, "late")], sources)), [[["long"], ["short"]]]);
});

test("where there are cues, each source stands somewhere, and none twice as missing", () => {
  const r = random(9);
  for (let n = 0; n < 2000; n++) {
    const [cues, sources] = [anyList(r), anyList(r)];
    const rows = beside(cues, sources);
    assert.equal(rows.length, cues.length);
    if (!cues.length) continue;
    const said = new Set(rows.flatMap((row) => row.said));
    const lone = rows.flatMap((row) => row.lone);
    assert.equal(new Set(lone).size, lone.length);
    assert.ok(lone.every((each) => !said.has(each)));
    assert.equal(said.size + lone.length, sources.length);
  }
});
