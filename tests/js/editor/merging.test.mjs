import assert from "node:assert/strict";
import test from "node:test";

import { apply, cue, insert, remove, sameList, setEnd, setStart, setText } from "../../../amara_api/static/amara_api/editor/cues.js";
import { joined, matched, merged, open } from "../../../amara_api/static/amara_api/editor/merging.js";
import { taken } from "../../../amara_api/static/amara_api/editor/conflict.js";
import { anyList, anyPatch, random } from "./make.mjs";

const five = Object.freeze([1, 2, 3, 4, 5].map((n) => cue({ start: n * 1000, end: n * 1000 + 900, text: `cue ${n}` })));
const changed = (cues, ...steps) => steps.reduce((list, step) => apply(list, step(list)), cues);
const texts = (cues) => cues.map(({ text }) => text);

test("what two people did in different places is all there, without a question", () => {
  const mine = changed(five, (c) => setText(c, 1, "mine"), (c) => insert(c, 5, { text: "my end" }), (c) => setText(c, 3, "four"));
  const theirs = changed(five, (c) => setText(c, 2, "theirs"), (c) => remove(c, 0), (c) => setEnd(c, 2, 4800));
  const pieces = merged(five, mine, theirs);
  assert.deepEqual(open(pieces), []);
  assert.deepEqual(texts(joined(pieces)), ["mine", "theirs", "four", "cue 5", "my end"]);
  assert.equal(joined(pieces)[2].end, 4800, "the words of one and the times of the other");
});

test("where both changed the same, both are there to choose from", () => {
  const mine = changed(five, (c) => setText(c, 2, "mine"));
  const theirs = changed(five, (c) => setText(c, 2, "theirs"));
  const [piece, ...others] = open(merged(five, mine, theirs));
  assert.deepEqual(others, []);
  assert.deepEqual([texts(piece.mine), texts(piece.theirs)], [["mine"], ["theirs"]]);
  assert.deepEqual(["mine", "theirs", "both"].map((choice) => texts(taken(piece, choice))), [["mine"], ["theirs"], ["mine", "theirs"]]);
});

test("two halves of a time never become a time that nobody meant", () => {
  const mine = changed(five, (c) => setStart(c, 2, 100));
  const theirs = changed(five, (c) => setEnd(c, 2, 200_000));
  assert.equal(open(merged(five, mine, theirs)).length, 1);
});

test("a merge begins with nothing lost, whatever was done", () => {
  const r = random(11);
  for (let n = 0; n < 1500; n++) {
    const base = anyList(r);
    const [mine, theirs] = [0, 1].map(() => {
      let list = base;
      for (let step = r.below(5); step > 0; step--) {
        const patch = anyPatch(r, list);
        if (patch) list = apply(list, patch);
      }
      return list;
    });
    const pieces = merged(base, mine, theirs);
    for (const [side, list] of [["base", base], ["mine", mine], ["theirs", theirs]]) {
      assert.ok(sameList(pieces.flatMap((piece) => piece[side]), list), `${side} is all in the pieces, in order`);
    }
    assert.ok(sameList(joined(merged(base, mine, base)), mine));
    assert.ok(sameList(joined(merged(base, base, theirs)), theirs));
    const places = matched(base, mine).filter((place) => place >= 0);
    assert.ok(places.every((place, index) => index === 0 || place > places[index - 1]));
  }
});

test("ten thousand cues that are all alike, or all other ones, end soon", () => {
  const many = (make) => Object.freeze(Array.from({ length: 10_000 }, (_, n) => cue(make(n))));
  const base = many(() => ({ text: "alike" }));
  const mine = many((n) => ({ text: `mine ${n % 7}` }));
  const theirs = many((n) => ({ start: n, end: n + 1, text: "alike" })).slice(1);
  assert.ok(sameList(merged(base, mine, theirs).flatMap((piece) => piece.mine), mine));
});
