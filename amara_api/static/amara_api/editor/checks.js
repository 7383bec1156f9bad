// What is wrong with the cues. What can be measured is measured at once, by the table that the server
// hands out with the page (`measures` of subtitles/report.py, which measures the same); the rest is in
// the API's own report, a moment after the last change.

import { bare, write } from "./cues.js";

const QUIET = 1500; // milliseconds without a change before the server is asked
const UNREAD = /[\p{M}\p{Cf}\p{Cc}]/u; // marks belong to their letters
const ASCII = /^[\n\x20-\x7e]*$/;

/** How many characters of a line people read. */
export function letters(line) {
  if (ASCII.test(line)) return line.length;
  let count = 0;
  for (const each of line) if (!UNREAD.test(each)) count += 1;
  return count;
}

/** Of one cue: `{lines, cpl, letters, cps, duration, words}`; `cps` and `duration` are null where it
 * has no times. */
function measured({ start, end, text }) {
  const plain = bare(text);
  const lengths = plain.split("\n").map(letters);
  const all = lengths.reduce((sum, each) => sum + each, 0);
  const duration = start === null || end === null ? null : end - start;
  return {
    lines: lengths.length,
    cpl: Math.max(...lengths),
    letters: all,
    // Rounded up, as the report does: it must not read as if it were the limit.
    cps: duration > 0 ? Math.ceil((all * 1000) / duration) : null,
    duration,
    words: /[^ \t\n]/.test(plain),
  };
}

const known = new WeakMap(); // cues do not change

export function measure(cue) {
  if (!known.has(cue)) known.set(cue, measured(cue));
  return known.get(cue);
}

/** The same for people. */
export function numbers(cue) {
  const { cps, cpl } = measure(cue);
  return [...(cps === null ? [] : [`${cps} a second`]), `${cpl} a line`].join(" · ");
}

const inSeconds = (ms) => (ms / 1000).toFixed(3).replace(/\.?0+$/, "");

/** For each cue a list of `{kind, message}`, in the report's order: what can be measured. */
export function judge(cues, { limits, shortest_gap: shortestGap, sentences }) {
  const latest = new Map(); // by region: the cue that ends last so far, and its position
  return cues.map((cue, index) => {
    const found = [];
    const add = (kind, value = "", limit = "") => found.push({
      kind, message: sentences[kind].replace("{found}", value).replace("{limit}", limit),
    });
    const { start, end, region } = cue;
    const { lines, cpl, letters: count, cps, duration, words } = measure(cue);
    if (duration === null) add("untimed");
    else if (duration < 0) add("backwards");
    else {
      const { min_duration: least, max_duration: most } = limits;
      if (least && duration < least) add("short", inSeconds(duration), inSeconds(least));
      if (most && duration > most) add("long", inSeconds(duration), inSeconds(most));
      const gap = (cues[index + 1]?.start ?? NaN) - end;
      if (gap > 0 && gap < shortestGap) add("gap", gap);
    }
    const before = latest.get(region);
    if (before && start !== null && start < before.end) add("overlap", before.position);
    if (limits.lines && lines > limits.lines) add("lines", lines, limits.lines);
    if (limits.cpl && cpl > limits.cpl) add("cpl", cpl, limits.cpl);
    if (limits.cps && cps !== null && count * 1000 > limits.cps * duration) add("cps", cps, limits.cps);
    if (!words) add("empty");
    if (end !== null && (!before || end > before.end)) latest.set(region, { end, position: index + 1 });
    return found;
  });
}

/** Asks for the report of the newest cues, one question at a time. */
export class Checker {
  #ask; #told; #timer = null; #asking = false; #wanted = null;

  /** `ask(list)` gives a report or null; `told(report, cues)` hears of it with the cues it is of. */
  constructor(ask, told) {
    this.#ask = ask;
    this.#told = told;
  }

  changed(cues, quiet = QUIET) {
    this.#wanted = cues;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#go(), quiet);
  }

  async #go() {
    if (this.#asking || !this.#wanted) return;
    const cues = this.#wanted;
    [this.#asking, this.#wanted] = [true, null];
    const report = await this.#ask(write(cues));
    this.#asking = false;
    if (report) this.#told(report, cues);
    if (this.#wanted) this.changed(this.#wanted);
  }
}
