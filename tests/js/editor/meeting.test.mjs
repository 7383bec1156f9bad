// Two people, one server: what one of them saved never goes away before the other has seen it.
import assert from "node:assert/strict";
import test from "node:test";

import { apply, cue, replaceAll, setText } from "../../../amara_api/static/amara_api/editor/cues.js";
import { taken } from "../../../amara_api/static/amara_api/editor/conflict.js";
import { History } from "../../../amara_api/static/amara_api/editor/history.js";
import { joined, merged } from "../../../amara_api/static/amara_api/editor/merging.js";
import { random } from "./make.mjs";

/** Takes a list upon the version of a tag, as the API does: false where there is a newer one. */
class Server {
  constructor(cues) { Object.assign(this, { cues, tag: 1 }); }

  post(cues, tag) {
    if (tag !== this.tag) return false;
    Object.assign(this, { cues, tag: tag + 1 });
    return true;
  }

  get base() { return { cues: this.cues, tag: this.tag }; }
}

/** Save, as the page does. Answers whether the person was shown the other's words instead. */
function save(history, server) {
  const sent = history.cues;
  if (server.post(sent, history.base.tag)) {
    history.base = server.base;
    return false;
  }
  const { base } = server;
  const pieces = merged(history.base.cues, sent, base.cues);
  const both = pieces.map((piece) => (piece.chosen ? piece : { ...piece, chosen: taken(piece, "both") }));
  history.meet(replaceAll(sent, joined(both)), base);
  return true;
}

const has = (cues, words) => cues.some(({ text }) => text.includes(words));

test("after a meeting no run of undo, redo and save takes the other's words away unseen", () => {
  const r = random(5);
  let undone = 0;
  for (let n = 0; n < 2000; n++) {
    const start = Object.freeze(Array.from({ length: 1 + r.below(5) }, (_, at) => cue({ start: at * 1000, end: at * 1000 + 900, text: `cue ${at}` })));
    const server = new Server(start);
    const history = new History(start, server.base);
    let words = "";
    for (let step = 0; step < 12; step++) {
      const at = r.below(history.cues.length);
      r.pick([
        () => history.act(setText(history.cues, at, `${history.cues[at].text} mine ${n}.${step}`)),
        () => {
          words = `theirs ${n}.${step}`;
          const place = r.below(server.cues.length);
          server.post(apply(server.cues, setText(server.cues, place, `${server.cues[place].text} ${words}`)), server.tag);
        },
        () => { for (let times = r.below(4); times > 0; times--) undone += Boolean(history.undo()); },
        () => { for (let times = r.below(4); times > 0; times--) history.redo(); },
        () => {
          const shown = save(history, server);
          assert.ok(has(server.cues, words), "the other's words are in the newest version");
          if (shown) assert.ok(has(history.cues, words), "and among one's own, to be seen");
        },
      ])();
    }
  }
  assert.ok(undone > 1000);
});

test("a meeting is undone to one's own words, and done again", () => {
  const start = Object.freeze([cue({ text: "a" }), cue({ text: "b" })]);
  const server = new Server(start);
  const history = new History(start, server.base);
  history.act(setText(history.cues, 0, "mine"));
  server.post(apply(start, setText(start, 1, "theirs")), 1);
  assert.equal(save(history, server), true);
  assert.equal(save(history, server), false);
  assert.equal(history.base.tag, 3);
  history.undo();
  assert.deepEqual([history.cues.map(({ text }) => text), history.base.tag], [["mine", "b"], 1]);
  history.redo();
  assert.deepEqual([history.cues.map(({ text }) => text), history.base.tag], [["mine", "theirs"], 3]);
});
