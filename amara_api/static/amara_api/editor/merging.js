// Two people changed the same cues. What each did alone is taken; where both did something else,
// both stay to be chosen from. Nothing is dropped here.

import { same } from "./cues.js";

const FIELDS = ["start", "end", "text", "paragraph", "region"];
const key = (cue) => `${cue.start}|${cue.end}|${cue.text}`;

/** For each cue of `a` the index of the cue in `b` that it became, -1 where none is known. Indexes
 * only grow. Cues that are alike come first; as many that lie between those were changed. */
export function matched(a, b) {
  const found = new Array(a.length).fill(-1);
  match(a, b, 0, a.length, 0, b.length, found);
  return found;
}

function match(a, b, aFrom, aTo, bFrom, bTo, found) {
  let [aLow, aHigh, bLow, bHigh] = [aFrom, aTo, bFrom, bTo];
  while (aLow < aHigh && bLow < bHigh && same(a[aLow], b[bLow])) found[aLow++] = bLow++;
  while (aLow < aHigh && bLow < bHigh && same(a[aHigh - 1], b[bHigh - 1])) found[--aHigh] = --bHigh;
  if (aLow === aHigh || bLow === bHigh) return;
  const anchors = uniquePairs(a, b, aLow, aHigh, bLow, bHigh);
  if (!anchors.length) {
    // As many on both sides: the same cues, changed.
    if (aHigh - aLow === bHigh - bLow) for (let n = aLow; n < aHigh; n++) found[n] = bLow + n - aLow;
    return;
  }
  let [fromA, fromB] = [aLow, bLow];
  for (const [inA, inB] of [...anchors, [aHigh, bHigh]]) {
    match(a, b, fromA, inA, fromB, inB, found);
    if (inA < aHigh) found[inA] = inB;
    [fromA, fromB] = [inA + 1, inB + 1];
  }
}

/** Cues that are there once on each side, as the longest chain of them that grows on both. */
function uniquePairs(a, b, aLow, aHigh, bLow, bHigh) {
  const places = (list, low, high) => {
    const at = new Map();
    for (let n = low; n < high; n++) at.set(key(list[n]), at.has(key(list[n])) ? -1 : n);
    return at;
  };
  const inB = places(b, bLow, bHigh);
  const pairs = [];
  for (const [name, n] of places(a, aLow, aHigh)) {
    const other = inB.get(name) ?? -1;
    if (n >= 0 && other >= 0 && same(a[n], b[other])) pairs.push([n, other]);
  }
  pairs.sort((one, two) => one[0] - two[0]);
  return longestGrowing(pairs);
}

function longestGrowing(pairs) {
  const ends = []; // for each length the pair with which the best chain of it ends
  const before = new Array(pairs.length).fill(-1);
  pairs.forEach(([, value], n) => {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pairs[ends[middle]][1] < value) low = middle + 1;
      else high = middle;
    }
    before[n] = low ? ends[low - 1] : -1;
    ends[low] = n;
  });
  const chain = [];
  for (let n = ends.at(-1) ?? -1; n >= 0; n = before[n]) chain.push(pairs[n]);
  return chain.reverse();
}

/**
 * Three lists as a row of pieces `{base, mine, theirs, chosen}`, lists of cues. `chosen` is what is
 * taken, null where both changed the same and a person has to say.
 */
export function merged(base, mine, theirs) {
  const [toMine, toTheirs] = [matched(base, mine), matched(base, theirs)];
  const pieces = [];
  let [b, m, t] = [0, 0, 0];
  const until = (baseEnd, mineEnd, theirsEnd) => {
    const piece = [base.slice(b, baseEnd), mine.slice(m, mineEnd), theirs.slice(t, theirsEnd)];
    [b, m, t] = [baseEnd, mineEnd, theirsEnd];
    if (piece.some((part) => part.length)) pieces.push(settled(...piece));
  };
  for (let n = 0; n < base.length; n++) {
    if (toMine[n] < 0 || toTheirs[n] < 0) continue;
    until(n, toMine[n], toTheirs[n]);
    until(n + 1, toMine[n] + 1, toTheirs[n] + 1);
  }
  until(base.length, mine.length, theirs.length);
  return pieces;
}

function settled(base, mine, theirs) {
  const piece = (chosen) => ({ base, mine, theirs, chosen });
  if (alike(mine, theirs)) return piece(mine);
  if (alike(base, mine)) return piece(theirs);
  if (alike(base, theirs)) return piece(mine);
  if (base.length === 1 && mine.length === 1 && theirs.length === 1) {
    const one = ofBoth(base[0], mine[0], theirs[0]);
    if (one) return piece([one]);
  }
  return piece(null);
}

const alike = (a, b) => a.length === b.length && a.every((one, n) => same(one, b[n]));

/** One cue of which one person changed the words and the other the times; null if they met. The
 * two times go together: of two halves neither would be what somebody meant. */
function ofBoth(base, mine, theirs) {
  const did = (side) => FIELDS.filter((field) => side[field] !== base[field]);
  const group = (field) => (field === "start" || field === "end" ? "times" : field);
  const [byMe, byThem] = [did(mine), did(theirs)];
  const groups = new Set(byThem.map(group));
  if (byMe.some((field) => groups.has(group(field)))) return null;
  return Object.freeze({ ...mine, ...Object.fromEntries(byThem.map((field) => [field, theirs[field]])) });
}

/** The list that the pieces make; where nobody has chosen, one's own words. */
export const joined = (pieces) => Object.freeze(pieces.flatMap((piece) => piece.chosen ?? piece.mine));

export const open = (pieces) => pieces.filter((piece) => piece.chosen === null);
