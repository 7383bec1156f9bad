// Random lists and operations for properties: the same ones on each run, others with SEED=n.
import * as ops from "../../../amara_api/static/amara_api/editor/cues.js";

const SEED = Number(process.env.SEED ?? 20);

export function random(seed = SEED) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n) => Math.floor(next() * n);
  return { below, pick: (list) => list[below(list.length)], chance: (share) => next() < share };
}

const WORDS = ["boat", "&lt;b&gt;", "&amp;amp;", "&amp;lt;", "<b>", "</b>", "<br>", "&gt;", "&lt;", "&amp;", "größe", "🚢", " "];

export const anyText = (r) => Array.from({ length: r.below(5) }, () => r.pick(WORDS)).join("");

export function anyCue(r) {
  const start = r.chance(0.15) ? null : r.below(100_000);
  const end = r.chance(0.15) ? null : (start ?? r.below(100_000)) + r.below(4000);
  return ops.cue({ start, end, text: anyText(r), paragraph: r.chance(0.2), region: r.chance(0.2) ? "top" : null });
}

export const anyList = (r, most = 12) => Object.freeze(Array.from({ length: r.below(most) }, () => anyCue(r)));

export function anyPatch(r, cues) {
  const at = r.below(cues.length + 1);
  const ms = () => (r.chance(0.1) ? null : r.below(100_000));
  return r.pick([
    () => ops.insert(cues, at),
    () => ops.remove(cues, at),
    () => (cues[at] ? ops.split(cues, at, cues[at].text, anyText(r)) : null),
    () => ops.merge(cues, at),
    () => ops.setText(cues, at, anyText(r)),
    () => ops.setStart(cues, at, ms()),
    () => ops.setEnd(cues, at, ms()),
    () => ops.shiftFrom(cues, at, r.below(20_000) - 10_000),
    () => ops.replaceAll(cues, anyList(r)),
  ])();
}
