// What every player is: a clock that can be asked, sought and heard, with cues drawn in time.
import { activeAt } from "./cues.js";

// Events: "time" with the moment in ms as `detail`; "state". States: "waiting" until it can play,
// "paused", "playing", "failed".
export class Player extends EventTarget {
  canSeek = false;
  cues = [];
  language = "";
  dir = "auto";
  #state = "waiting";
  #drawn = [];
  #loop = 0;

  constructor(element) {
    super();
    this.element = element;
    this.saying = element.querySelector("[data-said]");
  }

  // Milliseconds.
  get currentTime() {
    return 0;
  }

  // Milliseconds, or null while nobody knows.
  get duration() {
    return null;
  }

  get paused() {
    return this.#state !== "playing";
  }

  get state() {
    return this.#state;
  }

  play() {}

  pause() {}

  // Draws these from now on, instead of any others. `text` is shown as it is, unless a cue makes
  // its own nodes by `content()`.
  setCues(cues, language = "", dir = "auto") {
    Object.assign(this, { cues, language, dir });
    this.redraw(true);
  }

  // The track of the page's own list of languages with this number; null for none.
  async showTrack() {}

  // --- for those that play -----------------------------------------------------------------------

  become(state) {
    if (state === this.#state) return;
    this.#state = state;
    cancelAnimationFrame(this.#loop);
    if (state === "playing") this.#run();
    this.dispatchEvent(new Event("state"));
  }

  #run = () => {
    this.tick();
    this.#loop = requestAnimationFrame(this.#run);
  };

  tick() {
    this.redraw();
    this.dispatchEvent(new CustomEvent("time", { detail: this.currentTime }));
  }

  redraw(anew = false) {
    const now = activeAt(this.cues, this.currentTime);
    const same = now.length === this.#drawn.length && now.every((cue, n) => cue === this.#drawn[n]);
    if (same && !anew) return;
    this.#drawn = now;
    this.draw(now);
  }

  // Shows these cues and no others.
  draw() {}

  say(text) {
    if (this.saying) this.saying.textContent = text;
  }

  fail(text) {
    this.say(text);
    this.become("failed");
  }
}
