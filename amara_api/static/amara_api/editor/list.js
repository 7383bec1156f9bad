// The list of cues. Only the rows in sight (and the one that has the focus) are in the page, so that
// thousands of cues open at once; Tab goes on from row to row, for there are some more on each side.

import { clock, parseClock, shown, typed } from "./cues.js";
import { numbers } from "./checks.js";

const COUNTED = new Set(["cps", "cpl", "lines"]);
const MORE = 6; // rows beyond what is in sight

/** Indexes `[first, behind]` of the rows to hold. */
export function inSight(top, height, rowHeight, count, more = MORE) {
  const first = Math.max(Math.floor(top / rowHeight) - more, 0);
  const behind = Math.min(Math.ceil((top + height) / rowHeight) + more, count);
  return [Math.min(first, behind), behind];
}

function element(name, attributes = {}, ...inside) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...inside);
  return made;
}

export class CueList extends EventTarget {
  #root; #ol; #sample; #rows = new Map(); #cues = []; #at = new Map(); #about; #rowHeight = 0;
  current = 0;

  /** `about`: `{language, dir, source: {language, dir} | null}`. Events: `text` and `time`
   * (`detail` says which cue became what), `current` (another row is the one worked on), `pause`
   * (a field was left), `seek`. */
  constructor(root, about) {
    super();
    this.#root = root;
    this.#about = about;
    this.#ol = element("ol", { class: "rows" });
    this.#sample = element("div", { class: "row-height" });
    root.replaceChildren(this.#sample, this.#ol);
    this.sources = () => ({ said: [], lone: [] });
    this.problems = () => [];
    root.addEventListener("scroll", () => this.#render(), { passive: true });
    const watch = new ResizeObserver(() => this.#resized());
    watch.observe(root);
    watch.observe(this.#sample);
  }

  show(cues) {
    this.#cues = cues;
    this.#at = new Map(cues.map((cue, index) => [cue.id, index]));
    this.current = Math.min(this.current, Math.max(cues.length - 1, 0));
    this.#render();
  }

  /** Of a cue that alone changed, and kept its place: far less work. */
  showOne(cues, index) {
    this.#cues = cues;
    const row = this.#rows.get(cues[index].id);
    if (row) this.#fill(row, index);
  }

  redraw() { this.#render(); }

  indexOf(id) { return this.#at.get(id) ?? -1; }

  /** Put the cursor into a row: "text", "start" or "end"; `caret` in its text. */
  focus(index, field = "text", caret = null) {
    if (!this.#cues.length) return;
    const at = Math.min(Math.max(index, 0), this.#cues.length - 1);
    this.reveal(at);
    const row = this.#rows.get(this.#cues[at].id);
    row[field].focus({ preventScroll: true });
    if (caret !== null && field === "text") row.text.setSelectionRange(caret, caret);
    this.#choose(at);
  }

  reveal(index) {
    const [top, height] = [index * this.#height(), this.#height()];
    const { scrollTop, clientHeight } = this.#root;
    if (top < scrollTop) this.#root.scrollTop = top;
    else if (top + height > scrollTop + clientHeight) this.#root.scrollTop = top + height - clientHeight;
    this.#render();
  }

  /** The two halves of the text of the current row, cut at the caret; null if it is not there. */
  halves() {
    const row = this.#rows.get(this.#cues[this.current]?.id);
    if (!row) return null;
    const { value, selectionStart } = row.text;
    return [typed(value.slice(0, selectionStart)), typed(value.slice(selectionStart))];
  }

  playing(index) {
    for (const row of this.#rows.values()) row.li.classList.toggle("playing", row.index === index);
  }

  #choose(index) {
    if (index === this.current) return;
    this.current = index;
    for (const row of this.#rows.values()) this.#mark(row);
    this.dispatchEvent(new CustomEvent("current"));
  }

  #mark(row) {
    const is = row.index === this.current;
    row.li.classList.toggle("current", is);
    if (is) row.li.setAttribute("aria-current", "true");
    else row.li.removeAttribute("aria-current");
  }

  /** Of one row, in pixels: it grows with the letters, so the style sheet says it in their size. */
  #height() {
    if (!this.#rowHeight) this.#rowHeight = this.#sample.getBoundingClientRect().height;
    return this.#rowHeight;
  }

  #resized() {
    this.#rowHeight = 0;
    for (const row of this.#rows.values()) row.index = -1;
    this.#render();
  }

  #render() {
    const height = this.#height();
    this.#ol.style.height = `${this.#cues.length * height}px`;
    const [first, behind] = inSight(this.#root.scrollTop, this.#root.clientHeight, height, this.#cues.length);
    const wanted = new Set();
    for (let index = first; index < behind; index++) wanted.add(index);
    const focused = this.#focused();
    if (focused >= 0) wanted.add(focused);
    const ids = new Set([...wanted].map((index) => this.#cues[index].id));
    for (const [id, row] of this.#rows) {
      if (ids.has(id)) continue;
      this.#rows.delete(id);
      row.li.remove();
    }
    let place = this.#ol.firstChild;
    for (const index of [...wanted].sort((a, b) => a - b)) {
      const { id } = this.#cues[index];
      let row = this.#rows.get(id);
      if (!row) {
        row = this.#make(id);
        this.#rows.set(id, row);
        this.#ol.insertBefore(row.li, place);
      } else {
        place = row.li.nextSibling;
      }
      this.#fill(row, index);
    }
  }

  #focused() {
    const id = Number(document.activeElement?.closest?.(".rows > li")?.dataset.id);
    return this.#at.get(id) ?? -1;
  }

  #make(id) {
    const { language, dir, source } = this.#about;
    const row = {
      number: element("button", { type: "button", class: "go", tabindex: "-1" }),
      start: element("input", { class: "time", autocomplete: "off", inputmode: "decimal" }),
      end: element("input", { class: "time", autocomplete: "off", inputmode: "decimal" }),
      text: element("textarea", { rows: "2", lang: language, dir, spellcheck: "true" }),
      counts: element("span", { class: "counts" }),
      problems: element("span", { class: "wrong" }),
      source: source ? element("p", { class: "source", lang: source.language, dir: source.dir }) : null,
    };
    row.li = element("li", { "data-id": id },
      element("div", { class: "times" }, row.number, row.start, row.end, row.counts),
      ...(row.source ? [row.source] : []), row.text, row.problems);
    this.#listen(row, id);
    return row;
  }

  #listen(row, id) {
    const tell = (type, detail) => this.dispatchEvent(new CustomEvent(type, { detail }));
    row.li.addEventListener("focusin", () => this.#choose(this.indexOf(id)));
    row.li.addEventListener("focusout", () => tell("pause"));
    row.number.addEventListener("click", () => { this.focus(this.indexOf(id)); tell("seek"); });
    row.text.addEventListener("input", () => tell("text", { id, text: typed(row.text.value) }));
    for (const edge of ["start", "end"]) {
      const field = row[edge];
      field.addEventListener("change", () => {
        const ms = parseClock(field.value);
        field.setAttribute("aria-invalid", String(ms === undefined));
        if (ms !== undefined) tell("time", { id, edge, ms });
      });
      field.addEventListener("keydown", (event) => {
        const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
        if (!way || event.altKey || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        // From what stands in the field, which need not have been taken yet.
        const ms = parseClock(field.value);
        if (typeof ms === "number") tell("nudge", { id, edge, ms: ms + way * (event.shiftKey ? 1000 : 100) });
      });
    }
  }

  #fill(row, index) {
    const cue = this.#cues[index];
    if (row.index !== index || row.of !== this.#cues.length) {
      [row.index, row.of] = [index, this.#cues.length];
      row.li.style.top = `${index * this.#height()}px`;
      row.li.setAttribute("aria-posinset", index + 1);
      row.li.setAttribute("aria-setsize", this.#cues.length);
      row.number.textContent = index + 1;
      row.number.setAttribute("aria-label", `Go to cue ${index + 1}`);
      row.start.setAttribute("aria-label", `Start of cue ${index + 1}`);
      row.end.setAttribute("aria-label", `End of cue ${index + 1}`);
      row.text.setAttribute("aria-label", `Text of cue ${index + 1}`);
    }
    this.#mark(row);
    if (row.cue !== cue) {
      row.cue = cue;
      if (typed(row.text.value) !== cue.text) row.text.value = shown(cue.text);
      for (const edge of ["start", "end"]) {
        row[edge].value = clock(cue[edge]);
        row[edge].removeAttribute("aria-invalid");
      }
    }
    if (row.source) this.#fillSource(row, this.sources(index));
    const problems = this.problems(cue, index);
    row.counts.textContent = numbers(cue);
    row.counts.classList.toggle("over", problems.some(({ kind }) => COUNTED.has(kind)));
    row.problems.textContent = problems.map(({ message }) => message).join(" ");
  }

  #fillSource(row, { said, lone }) {
    const shown = JSON.stringify([said, lone]);
    if (row.shown === shown) return;
    row.shown = shown;
    const alone = lone.flatMap((text) => ["\n", element("small", { lang: "en", dir: "ltr" }, "No cue here yet:"), ` ${text}`]);
    const all = [said.join("\n"), ...alone];
    row.source.replaceChildren(...(said.length ? all : all.slice(2)));
  }
}
