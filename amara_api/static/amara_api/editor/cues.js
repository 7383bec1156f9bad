// The cues of one language as an immutable list, and what an editor does to them. Each operation
// answers a patch, or null where there is nothing to do: `{at, removed, added}`, the cues that come
// out of the list at an index, and those that go in. So every operation has an inverse.
//
// A cue: `{id, start, end, text, paragraph, region}`. Times are whole milliseconds or null, `text`
// has the API's markup (b, i, u and br as tags, `&lt;` for a literal `<`), `id` is of this page only.

export const MAX_TIME = 10 ** 16;
const SHORTEST = 1; // milliseconds that a cue has at least when something is cut from it
const USUAL = 2000; // what a new cue lasts where there is room

let lastId = 0;

/** A cue with an id of its own; `fields` are those of a cue. */
export function cue(fields = {}) {
  const { start = null, end = null, text = "", paragraph = false, region = null } = fields;
  lastId += 1;
  return Object.freeze({ id: lastId, start, end, text, paragraph, region });
}

const changed = (old, fields) => Object.freeze({ ...old, ...fields });

/** The API's list of cues, in the order of their positions. */
export function read(list) {
  const ordered = [...list].sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
  return Object.freeze(ordered.map(({ start, end, text, meta }) => cue({
    start, end, text, paragraph: Boolean(meta?.new_paragraph), region: meta?.region ?? null,
  })));
}

/** The same as the API takes it. */
export function write(cues) {
  return cues.map(({ start, end, text, paragraph, region }, index) => ({
    start, end, text, position: index + 1, meta: { new_paragraph: paragraph, region },
  }));
}

/** Whether two cues say the same at the same time; ids do not count. */
export function same(a, b) {
  return a.start === b.start && a.end === b.end && a.text === b.text
    && a.paragraph === b.paragraph && a.region === b.region;
}

export function sameList(a, b) {
  return a === b || (a.length === b.length && a.every((one, index) => same(one, b[index])));
}

// --- patches -------------------------------------------------------------------------------------

export function apply(cues, { at, removed, added }) {
  return Object.freeze([...cues.slice(0, at), ...added, ...cues.slice(at + removed.length)]);
}

export const inverse = ({ at, removed, added }) => ({ at, removed: added, added: removed });

/** Everything out, and `list` in. */
export const replaceAll = (cues, list) => ({ at: 0, removed: [...cues], added: [...list] });

function replaced(cues, at, fields) {
  const old = cues[at];
  if (!old) return null;
  const next = changed(old, fields);
  return same(old, next) ? null : { at, removed: [old], added: [next] };
}

// --- words ---------------------------------------------------------------------------------------

export const setText = (cues, at, text) => replaced(cues, at, { text });

// --- times ---------------------------------------------------------------------------------------

const bounded = (ms) => Math.min(Math.max(Math.round(ms), 0), MAX_TIME);

/** `ms` null takes the time away. An end that is not behind the start stays as it is: the report
 * tells of it, and the person may be about to set it. */
export const setStart = (cues, at, ms) => replaced(cues, at, { start: ms === null ? null : bounded(ms) });
export const setEnd = (cues, at, ms) => replaced(cues, at, { end: ms === null ? null : bounded(ms) });

/** Move this cue and all behind it. None goes before 0: then all move less. */
export function shiftFrom(cues, at, by) {
  const moved = cues.slice(at);
  const first = moved.reduce(
    (least, { start, end }) => Math.min(least, start ?? Infinity, end ?? Infinity), Infinity,
  );
  if (!Number.isFinite(first)) return null;
  const step = Math.max(Math.round(by), -first);
  if (step === 0) return null;
  const late = (time) => (time === null ? null : bounded(time + step));
  return { at, removed: moved, added: moved.map((c) => changed(c, { start: late(c.start), end: late(c.end) })) };
}

// --- more and fewer cues -------------------------------------------------------------------------

/** A new cue at index `at`. Without `fields` it fills the room between its neighbours, if any. */
export function insert(cues, at, fields) {
  return { at, removed: [], added: [cue(fields ?? room(cues, at))] };
}

function room(cues, at) {
  const before = cues[at - 1];
  const after = cues[at];
  const start = before ? before.end : 0;
  if (start === null || start === undefined) return {};
  const most = after?.start ?? Infinity;
  return most - start < SHORTEST ? {} : { start, end: Math.min(start + USUAL, most) };
}

export function remove(cues, at) {
  return cues[at] ? { at, removed: [cues[at]], added: [] } : null;
}

/** Two cues of one: `before` and `after` are its text, cut. The time is cut at `when`, or where the
 * share of the letters says. */
export function split(cues, at, before, after, when = null) {
  const old = cues[at];
  if (!old) return null;
  const [first, second] = cutMarkup(before, after);
  let middle = null;
  if (old.start !== null && old.end !== null && old.end - old.start >= 2 * SHORTEST) {
    const letters = [...bare(first)].length;
    const all = letters + [...bare(second)].length;
    const share = all ? letters / all : 0.5;
    middle = when ?? Math.round(old.start + (old.end - old.start) * share);
    middle = Math.min(Math.max(middle, old.start + SHORTEST), old.end - SHORTEST);
  }
  const rest = cue({ start: middle, end: middle === null ? null : old.end, text: second, region: old.region });
  return { at, removed: [old], added: [changed(old, { text: first, end: middle ?? old.end }), rest] };
}

/** This cue and the next one as one. */
export function merge(cues, at) {
  const [one, two] = [cues[at], cues[at + 1]];
  if (!one || !two) return null;
  const text = one.text && two.text ? `${one.text}<br>${two.text}` : one.text || two.text;
  const times = (pick, a, b) => (a === null || b === null ? a ?? b : pick(a, b));
  const next = changed(one, {
    text,
    start: times(Math.min, one.start, two.start),
    end: times(Math.max, one.end, two.end),
    region: one.region ?? two.region,
  });
  return { at, removed: [one, two], added: [next] };
}

// --- markup as people type it --------------------------------------------------------------------

const TAG = /<(\/?)([biu])>/g;

/** The letters alone, without tags. */
export function bare(text) {
  return text.replace(/<br>/g, "\n").replace(TAG, "").replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
}

/** What stands in the field: lines for `<br>`; `&` and `<` as themselves, but where that would read
 * as a tag or an entity. */
export function shown(text) {
  return text
    .replace(/<br>/g, "\n")
    .replace(/&lt;(?!\/?[biu]&gt;|\/?[biu]>|br&gt;|br>)/g, "<")
    .replace(/(?<!<\/?[biu]|&lt;\/?[biu]|<br|&lt;br)&gt;/g, ">")
    .replace(/&amp;(?!(?:amp|lt|gt);)/g, "&");
}

/** The API's text for what stands in the field. */
export function typed(value) {
  return value
    .replace(/\r\n?/g, "\n")
    .replace(/&(?!(?:amp|lt|gt);)/g, "&amp;")
    .replace(/<(?!\/?[biu]>)/g, "&lt;")
    .replace(/(?<!<\/?[biu])>/g, "&gt;")
    .replace(/\n/g, "<br>");
}

/** A tag that is open at the cut is closed before it, and opened again behind it. */
function cutMarkup(before, after) {
  const open = [];
  for (const [, closes, name] of before.matchAll(TAG)) {
    if (!closes) open.push(name);
    else if (open.includes(name)) open.splice(open.lastIndexOf(name), 1);
  }
  const closing = [...open].reverse().map((name) => `</${name}>`).join("");
  const opening = open.map((name) => `<${name}>`).join("");
  const trim = (text) => text.replace(/^(?:\s|<br>)+|(?:\s|<br>)+$/g, "");
  return [trim(before) + closing, opening + trim(after)];
}

// --- times as people read them -------------------------------------------------------------------

/** `1:02.500`, with hours where there are any; nothing for null. */
export function clock(ms) {
  if (ms === null || ms === undefined) return "";
  const two = (n) => String(n).padStart(2, "0");
  const [hours, minutes, seconds] = [Math.floor(ms / 3600000), Math.floor(ms / 60000) % 60, Math.floor(ms / 1000) % 60];
  const head = hours ? `${hours}:${two(minutes)}` : String(minutes);
  return `${head}:${two(seconds)}.${String(ms % 1000).padStart(3, "0")}`;
}

/** Milliseconds of `h:mm:ss.mmm`, `m:ss,mmm` or seconds; null for nothing, undefined for nonsense. */
export function parseClock(value) {
  const text = value.trim();
  if (!text) return null;
  const found = /^(?:(?:(\d{1,9}):)?(\d{1,5}):)?(\d{1,9})(?:[.,](\d{1,3}))?$/.exec(text);
  if (!found) return undefined;
  const [, hours = "0", minutes = "0", seconds, part = ""] = found;
  return bounded(Number(hours) * 3600000 + Number(minutes) * 60000 + Number(seconds) * 1000 + Number(part.padEnd(3, "0")));
}
