// A film in its provider's own frame. We talk to it by messages, no script of theirs runs here, and
// our cues stand below it.
import { Player } from "./base.js";
import { Clock } from "./clock.js";
import { loadTrack } from "./cues.js";

const GREET_EVERY = 250;
// Ten seconds. Who loads more slowly is heard all the same.
const GREETINGS = 40;

export class FramedPlayer extends Player {
  canSeek = true;
  #frame;
  #protocol;
  #caption;
  #clock = new Clock();
  #duration = null;
  #heard = false;
  #asked = null;
  #greetings = 0;
  #timer = 0;

  constructor(element, protocol) {
    super(element);
    this.#protocol = protocol;
    this.#frame = element.querySelector("iframe");
    this.#caption = element.querySelector("[data-caption]");
    addEventListener("message", (message) => this.#hear(message));
    this.#frame.addEventListener("load", () => this.#greet());
    this.#greet();
  }

  get currentTime() {
    return Math.round(this.#clock.time);
  }

  set currentTime(ms) {
    const to = Math.max(0, ms);
    this.#clock.set(to);
    this.#send(this.#protocol.seek(to));
    this.tick();
  }

  get duration() {
    return this.#duration;
  }

  async play() {
    this.#send(this.#protocol.play());
  }

  pause() {
    this.#send(this.#protocol.pause());
  }

  async showTrack(number) {
    const option = this.element.querySelector("[data-tracks]")?.options[number + 1];
    const asked = Symbol("the language that was chosen last");
    this.#asked = asked;
    let cues = [];
    try {
      if (number !== null && option) cues = await loadTrack(option.dataset.src);
      this.say("");
    } catch {
      this.say("The subtitles in this language cannot be read just now.");
    }
    if (this.#asked === asked) this.setCues(cues, option?.lang, option?.dir);
  }

  draw(cues) {
    const box = this.#caption;
    box.hidden = false;
    box.lang = this.language ?? "";
    box.dir = this.dir || "auto";
    box.replaceChildren(
      ...cues.map((cue) => {
        const line = document.createElement("p");
        line.append(cue.content?.() ?? cue.text);
        return line;
      }),
    );
  }

  // --- messages ----------------------------------------------------------------------------------

  #greet() {
    clearInterval(this.#timer);
    this.#greetings = 0;
    const greet = () => {
      if (this.#heard) return clearInterval(this.#timer);
      this.#greetings += 1;
      for (const message of this.#protocol.greeting) this.#post(message);
      if (this.#greetings < GREETINGS) return undefined;
      clearInterval(this.#timer);
      const { name } = this.#protocol;
      return this.say(`${name} does not answer, so its film cannot be played together with the subtitles. They can be read all the same.`);
    };
    this.#heard = false;
    this.#timer = setInterval(greet, GREET_EVERY);
    greet();
  }

  #send(message) {
    if (this.#heard) this.#post(message);
  }

  #post(message) {
    try {
      this.#frame.contentWindow?.postMessage(JSON.stringify(message), this.#protocol.origin);
    } catch {
      // The frame is on its way from one address to another.
    }
  }

  #hear({ source, origin, data }) {
    if (source !== this.#frame.contentWindow || origin !== this.#protocol.origin) return;
    const said = this.#protocol.read(parsed(data));
    if (said.heard && !this.#heard) {
      this.#heard = true;
      this.say("");
      for (const message of this.#protocol.welcome) this.#post(message);
      this.become("paused");
    }
    if (said.failed) this.fail(`${said.failed} The subtitles can be read all the same.`);
    if (said.duration) this.#duration = said.duration;
    if (said.rate) this.#clock.rate = said.rate;
    if (said.state) {
      this.#clock.run(said.state === "playing");
      this.become(said.state);
    }
    if (said.time !== undefined) {
      this.#clock.hear(said.time);
      this.tick();
    }
  }
}

function parsed(data) {
  try {
    const read = typeof data === "string" ? JSON.parse(data) : data;
    return read !== null && typeof read === "object" ? read : {};
  } catch {
    return {};
  }
}
