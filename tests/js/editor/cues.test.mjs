import assert from "node:assert/strict";
import test from "node:test";

import * as ops from "../../../amara_api/static/amara_api/editor/cues.js";
import { History } from "../../../amara_api/static/amara_api/editor/history.js";
import { anyList, anyPatch, anyText, random } from "./make.mjs";

const { apply, inverse, cue } = ops;
const two = () => Object.freeze([
  cue({ start: 1000, end: 3000, text: "The <i>harbour</i>", paragraph: true }),
  cue({ start: 3500, end: 5000, text: "wakes", region: "top" }),
]);
const texts = (cues) => cues.map(({ text }) => text);
const times = (cues) => cues.map(({ start, end }) => [start, end]);

test("what the API gives goes back as it came", () => {
  const sent = [
    { start: 0, end: 900, text: "<b>One</b><br>&lt;2&gt;", position: 1, meta: { new_paragraph: true, region: null } },
    { start: null, end: null, text: "", position: 2, meta: { new_paragraph: false, region: "top" } },
  ];
  assert.deepEqual(ops.write(ops.read([...sent].reverse())), sent);
});

test("any operation undone is the list before, and nothing else is touched", () => {
  const r = random();
  for (let n = 0; n < 3000; n++) {
    const cues = anyList(r);
    const patch = anyPatch(r, cues);
    if (!patch) continue;
    const after = apply(cues, patch);
    assert.deepEqual(apply(after, inverse(patch)), cues);
    assert.deepEqual(after.slice(0, patch.at), cues.slice(0, patch.at));
    assert.deepEqual(after.slice(patch.at + patch.added.length), cues.slice(patch.at + patch.removed.length));
    assert.equal(new Set(after.map(({ id }) => id)).size, after.length, "each cue has an id of its own");
    assert.equal(after.length, cues.length + patch.added.length - patch.removed.length);
  }
});

test("undo of all is the start, redo of all is the end", () => {
  const r = random(7);
  for (let n = 0; n < 200; n++) {
    const start = anyList(r);
    const history = new History(start);
    for (let step = r.below(30); step > 0; step--) history.act(anyPatch(r, history.cues), r.chance(0.3) ? "typing" : null);
    const end = history.cues;
    while (history.canUndo) history.undo();
    assert.deepEqual(history.cues, start);
    while (history.canRedo) history.redo();
    assert.deepEqual(history.cues, end);
  }
});

test("typing in one field is one step until the field is left", () => {
  const history = new History(two());
  for (const text of ["w", "wa", "wak"]) history.act(ops.setText(history.cues, 1, text), "text 2");
  history.pause();
  history.act(ops.setText(history.cues, 1, "woke"), "text 2");
  history.undo();
  assert.equal(history.cues[1].text, "wak");
  history.undo();
  assert.equal(history.cues[1].text, "wakes");
  history.act(ops.setText(history.cues, 0, "x"));
  assert.equal(history.canRedo, false);
});

test("split cuts words, times and open tags, and loses no letter", () => {
  const cues = two();
  const after = apply(cues, ops.split(cues, 0, "The <i>har", "bour</i>"));
  assert.deepEqual(texts(after), ["The <i>har</i>", "<i>bour</i>", "wakes"]);
  assert.deepEqual(times(after), [[1000, 2273], [2273, 3000], [3500, 5000]]);
  assert.deepEqual(times(apply(cues, ops.split(cues, 0, "The", " <i>harbour</i>", 1500))).slice(0, 2), [[1000, 1500], [1500, 3000]]);
  const untimed = Object.freeze([cue({ text: "ab" })]);
  assert.deepEqual(times(apply(untimed, ops.split(untimed, 0, "a", "b"))), [[null, null], [null, null]]);
});

test("merge takes both texts and the whole time", () => {
  const cues = two();
  assert.deepEqual(ops.write(apply(cues, ops.merge(cues, 0))), [
    { start: 1000, end: 5000, text: "The <i>harbour</i><br>wakes", position: 1, meta: { new_paragraph: true, region: "top" } },
  ]);
  assert.equal(ops.merge(cues, 1), null);
});

test("a new cue fills the room that there is", () => {
  const cues = two();
  assert.deepEqual(times(apply(cues, ops.insert(cues, 1)))[1], [3000, 3500]);
  assert.deepEqual(times(apply(cues, ops.insert(cues, 2)))[2], [5000, 7000]);
  const full = Object.freeze([cue({ start: 0, end: 10 }), cue({ start: 10, end: 20 })]);
  assert.deepEqual(times(apply(full, ops.insert(full, 1)))[1], [null, null]);
});

test("shift moves all from here, and none before 0", () => {
  const cues = two();
  assert.deepEqual(times(apply(cues, ops.shiftFrom(cues, 1, 250))), [[1000, 3000], [3750, 5250]]);
  assert.deepEqual(times(apply(cues, ops.shiftFrom(cues, 0, -9000))), [[0, 2000], [2500, 4000]]);
  assert.deepEqual(times(apply(cues, ops.setStart(cues, 0, -5000))), [[0, 3000], [3500, 5000]]);
  assert.equal(ops.shiftFrom(cues, 2, 100), null);
});

test("what stands in a field is what the API's text says", () => {
  assert.equal(ops.shown("a &amp; b<br>1 &lt; 2 <b>!</b>"), "a & b\n1 < 2 <b>!</b>");
  assert.equal(ops.typed("a & b\r\n1 < 2 <b>!</b>"), "a &amp; b<br>1 &lt; 2 <b>!</b>");
  const r = random(3);
  for (let n = 0; n < 5000; n++) {
    const text = anyText(r);
    assert.equal(ops.typed(ops.shown(text)), text);
  }
});

test("times are read as they are written", () => {
  const r = random(4);
  for (let n = 0; n < 1000; n++) {
    const ms = r.below(40_000_000);
    assert.equal(ops.parseClock(ops.clock(ms)), ms);
  }
  assert.equal(ops.clock(3_723_004), "1:02:03.004");
  assert.equal(ops.parseClock(" 1:02,5 "), 62_500);
  assert.equal(ops.parseClock("7"), 7000);
  assert.equal(ops.parseClock(""), null);
  for (const wrong of ["soon", "1:2:3:4", "-1", "1.2345"]) assert.equal(ops.parseClock(wrong), undefined);
});
