// The small parts: which rows are held, where times are on the strip, keys.
import assert from "node:assert/strict";
import test from "node:test";

import { cue } from "../../../amara_api/static/amara_api/editor/cues.js";
import { KEYS, actionFor } from "../../../amara_api/static/amara_api/editor/keys.js";
import { inSight } from "../../../amara_api/static/amara_api/editor/list.js";
import { around, placeOf, timeAt, within } from "../../../amara_api/static/amara_api/editor/timeline.js";

test("of thousands of rows few are held, and all that are in sight", () => {
  for (let top = 0; top < 4000 * 50; top += 1234) {
    const [first, behind] = inSight(top, 500, 50, 4000);
    assert.ok(behind - first <= 24 && first * 50 <= top && behind * 50 >= Math.min(top + 500, 4000 * 50));
  }
  assert.deepEqual(inSight(0, 500, 50, 0), [0, 0]);
  assert.deepEqual(inSight(9000, 500, 50, 3), [3, 3]);
});

test("a place on the strip is a time and back", () => {
  const view = around(30_000);
  for (let ms = view.from; ms <= view.to; ms += 777) assert.ok(Math.abs(timeAt(placeOf(ms, view), view) - ms) <= 1);
  assert.deepEqual(around(1000), { from: 0, to: 20_000 });
  const cues = [cue({ start: 0, end: 10 }), cue({ start: 21_000, end: 22_000 }), cue({ text: "untimed" })];
  assert.deepEqual(within(cues, view).map(([index]) => index), [1]);
});

test("each key means one thing, and plain letters are for the text", () => {
  const press = ({ code, alt = false, ctrl = false, shift = false }) => ({
    code, key: code.replace("Key", "").toLowerCase(), altKey: alt, ctrlKey: ctrl, metaKey: false, shiftKey: shift,
  });
  for (const each of KEYS) {
    assert.equal(actionFor(press(each)), each.does);
    assert.equal(actionFor(press({ code: each.code })), null);
  }
  assert.equal(actionFor({ ...press({ code: "KeyS" }), metaKey: true }), "save");
});
