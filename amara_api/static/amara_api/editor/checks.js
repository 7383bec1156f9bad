// What is wrong with the cues: numbers at once, of the cue that is being typed, and the API's own
// report a moment after the last change.

import { bare, write } from "./cues.js";

const QUIET = 1500; // milliseconds without a change before the server is asked

/** Of one cue: `{cps, cpl, lines, duration}`; null where it has no times. */
export function measure({ start, end, text }) {
  const lines = bare(text).split("\n");
  const letters = lines.reduce((sum, line) => sum + [...line].length, 0);
  const duration = start === null || end === null || end <= start ? null : end - start;
  return {
    cps: duration === null ? null : Math.round((letters * 1000) / duration),
    cpl: Math.max(...lines.map((line) => [...line].length)),
    lines: lines.length,
    duration,
  };
}

/** The same for people, and whether a limit (the report's `limits`) is passed. */
export function numbers(cue, limits = {}) {
  const found = measure(cue);
  const passes = (name, limit = limits[name]) => typeof limit === "number" && found[name] !== null && found[name] > limit;
  const parts = [];
  if (found.cps !== null) parts.push(`${found.cps} a second`);
  parts.push(`${found.cpl} a line`);
  if (found.duration === null && cue.start !== null && cue.end !== null) parts.push("ends before it starts");
  return { said: parts.join(" · "), over: passes("cps") || passes("cpl") || passes("lines") };
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
