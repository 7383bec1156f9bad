// A strip of the seconds around the playhead, on which the edges of cues are dragged. All that it
// does, the fields of times do too, so it is no stop for Tab.

import { bare, clock } from "./cues.js";

const SPAN = 20_000; // milliseconds that it shows
const WIDTH = 1000;
const HEIGHT = 60;
const HANDLE = 10;
const SHOWN = 200; // cues at most
const SVG = "http://www.w3.org/2000/svg";

/** `{from, to}`: so many milliseconds with `center` in their middle; none before 0. */
export function around(center, span = SPAN) {
  const from = Math.max(Math.round(center - span / 2), 0);
  return { from, to: from + span };
}

export const placeOf = (ms, { from, to }, width = WIDTH) => ((ms - from) / (to - from)) * width;
export const timeAt = (place, { from, to }, width = WIDTH) => Math.round(from + (place / width) * (to - from));

/** The cues with some time in the view, with their indexes. */
export function within(cues, { from, to }, most = SHOWN) {
  const found = [];
  for (let index = 0; index < cues.length && found.length < most; index++) {
    const { start, end } = cues[index];
    if (start !== null && end !== null && end >= from && start <= to) found.push([index, cues[index]]);
  }
  return found;
}

const made = (name, attributes) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};

function titled(text) {
  const title = made("title", {});
  title.textContent = text;
  return title;
}

export class Timeline extends EventTarget {
  #svg; #cues = []; #problems = () => ""; #lone = []; #view = around(0); #now = 0; #current = -1; #drag = null;

  /** Events: `time` `{id, edge, ms}` when an edge was dragged, `seek` with the milliseconds. */
  constructor(root) {
    super();
    this.#svg = made("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
    root.replaceChildren(this.#svg);
    this.#svg.addEventListener("pointerdown", (event) => this.#begin(event));
    this.#svg.addEventListener("pointermove", (event) => this.#move(event));
    for (const type of ["pointerup", "pointercancel"]) this.#svg.addEventListener(type, (event) => this.#end(event));
  }

  /** `problems(cue, index)`: what is wrong with a cue, in words. `lone`: cues of the language beside
   * that have none here. */
  show(cues, now, current, problems = () => "", lone = []) {
    [this.#cues, this.#now, this.#current, this.#problems, this.#lone] = [cues, now, current, problems, lone];
    if (!this.#drag) this.#view = around(now);
    this.#draw();
  }

  #draw() {
    const parts = [];
    const { from, to } = this.#view;
    for (let second = Math.ceil(from / 5000) * 5000; second <= to; second += 5000) {
      const x = placeOf(second, this.#view);
      const label = made("text", { x: x + 4, y: HEIGHT - 6, class: "tick" });
      label.textContent = clock(second).replace(".000", "");
      parts.push(made("line", { x1: x, x2: x, y1: 0, y2: HEIGHT, class: "tick" }), label);
    }
    for (const [, cue] of within(this.#lone, this.#view)) {
      const x = placeOf(cue.start, this.#view);
      const box = made("rect", { x, y: 2, width: Math.max(placeOf(cue.end, this.#view) - x, 1), height: 42, class: "lone" });
      box.append(titled(`No cue here yet: ${bare(cue.text)}`));
      parts.push(box);
    }
    for (const [index, cue] of within(this.#cues, this.#view)) parts.push(...this.#box(cue, index));
    const x = placeOf(this.#now, this.#view);
    parts.push(made("line", { x1: x, x2: x, y1: 0, y2: HEIGHT, class: "head" }));
    this.#svg.replaceChildren(...parts);
  }

  #box(cue, index) {
    const time = (edge) => (this.#drag?.id === cue.id && this.#drag.edge === edge ? this.#drag.ms : cue[edge]);
    const [x, behind] = [placeOf(time("start"), this.#view), placeOf(time("end"), this.#view)];
    const width = Math.max(behind - x, 1);
    const problems = this.#problems(cue, index);
    const classes = ["box", ...(index === this.#current ? ["current"] : []), ...(problems ? ["wrong"] : [])];
    const box = made("rect", { x, y: 8, width, height: 30, class: classes.join(" ") });
    box.append(titled([bare(cue.text), problems].filter(Boolean).join("\n")));
    const handle = (edge, at) => made("rect", {
      x: at, y: 8, width: Math.min(HANDLE, width / 2), height: 30, class: "edge", "data-id": cue.id, "data-edge": edge,
    });
    return [box, handle("start", x), handle("end", behind - Math.min(HANDLE, width / 2))];
  }

  #time(event) {
    const { left, width } = this.#svg.getBoundingClientRect();
    return Math.max(timeAt(event.clientX - left, this.#view, width || 1), 0);
  }

  #begin(event) {
    const { id, edge } = event.target.dataset;
    if (!edge) {
      this.dispatchEvent(new CustomEvent("seek", { detail: this.#time(event) }));
      return;
    }
    event.preventDefault();
    this.#svg.setPointerCapture(event.pointerId);
    const ms = this.#time(event);
    this.#drag = { id: Number(id), edge, ms, from: ms, moved: false };
  }

  #move(event) {
    if (!this.#drag) return;
    this.#drag.ms = this.#time(event);
    this.#drag.moved ||= this.#drag.ms !== this.#drag.from;
    if (this.#drag.moved) this.#draw();
  }

  #end(event) {
    if (!this.#drag) return;
    const { moved, ...detail } = this.#drag;
    this.#drag = null;
    // A mere tap moves nothing.
    if (event.type === "pointerup" && moved) this.dispatchEvent(new CustomEvent("time", { detail }));
    else this.#draw();
  }
}
