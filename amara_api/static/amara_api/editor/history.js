// What was done, to be undone and done again. It holds the list as it is, and what it is upon; others
// only read it.

import { apply, inverse } from "./cues.js";

const MOST = 1000; // steps that can be undone

export class History {
  #past = [];
  #future = [];

  /** `base` is the version of the server that the list is upon, in any form. */
  constructor(cues, base = null) {
    this.cues = cues;
    this.base = base;
  }

  get canUndo() { return this.#past.length > 0; }

  get canRedo() { return this.#future.length > 0; }

  /** Take a step. Patches with the same `joins` that follow each other, as of typing in one field,
   * are one step. Answers the patch, null where there was none. */
  act(patch, joins = null) {
    if (!patch) return null;
    const last = this.#past.at(-1);
    this.cues = apply(this.cues, patch);
    this.#future = [];
    if (joins !== null && last?.joins === joins && last.patch.at === patch.at
      && last.patch.added.length === patch.removed.length) {
      last.patch = { at: patch.at, removed: last.patch.removed, added: patch.added };
    } else {
      this.#past.push({ patch, joins });
      if (this.#past.length > MOST) this.#past.shift();
    }
    return patch;
  }

  /** The list becomes one of both: one's own and what somebody saved, and is upon that version from
   * here on. Whoever undoes this is upon the version before again, so that a save meets the other's
   * words once more and does not write over them. */
  meet(patch, base) {
    this.#past.push({ patch, joins: null, base: this.base });
    this.#future = [];
    this.base = base;
    this.cues = apply(this.cues, patch);
    return patch;
  }

  /** What is typed from here on is another step. */
  pause() {
    const last = this.#past.at(-1);
    if (last) last.joins = null;
  }

  /** Answers the patch that was made, null where there was nothing to undo. */
  undo() {
    const step = this.#past.pop();
    if (!step) return null;
    step.joins = null;
    this.#swap(step);
    this.#future.push(step);
    const patch = inverse(step.patch);
    this.cues = apply(this.cues, patch);
    return patch;
  }

  redo() {
    const step = this.#future.pop();
    if (!step) return null;
    this.#swap(step);
    this.#past.push(step);
    this.cues = apply(this.cues, step.patch);
    return step.patch;
  }

  /** On the other side of a meeting the list is upon the other version: the last one there. */
  #swap(step) {
    if ("base" in step) [this.base, step.base] = [step.base, this.base];
  }
}
