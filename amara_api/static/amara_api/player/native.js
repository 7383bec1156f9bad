// A media file, played by the browser itself. Cues are drawn by it too: also on the full screen.
import { Player } from "./base.js";

const FOR_EVER = 1e9;

export class NativePlayer extends Player {
  canSeek = true;
  #media;
  #own = null;
  #pages;

  constructor(element) {
    super(element);
    const media = element.querySelector("video");
    this.#media = media;
    this.#pages = [...media.textTracks];
    const hear = (name, heard) => media.addEventListener(name, heard);
    for (const name of ["timeupdate", "seeked", "seeking"]) hear(name, () => this.tick());
    hear("playing", () => this.become("playing"));
    for (const name of ["pause", "ended", "loadedmetadata"]) {
      hear(name, () => media.paused && this.become("paused"));
    }
    hear("error", () => this.#fail());
    // Where none of several sources can be played, the last of them says so.
    element.querySelector("source:last-of-type")?.addEventListener("error", () => this.#fail());
    // Before this script came.
    if (media.error || media.networkState === HTMLMediaElement.NETWORK_NO_SOURCE) this.#fail();
    else if (!media.paused) this.become("playing");
    else if (media.readyState > 0) this.become("paused");
  }

  get currentTime() {
    return Math.round(this.#media.currentTime * 1000);
  }

  set currentTime(ms) {
    this.#media.currentTime = Math.max(0, ms) / 1000;
    this.tick();
  }

  get duration() {
    const seconds = this.#media.duration;
    return Number.isFinite(seconds) ? Math.round(seconds * 1000) : null;
  }

  async play() {
    try {
      await this.#media.play();
    } catch (error) {
      // Paused again before it began, or not allowed to begin by itself: nothing is broken.
      if (error.name === "NotSupportedError") this.#fail();
    }
  }

  pause() {
    this.#media.pause();
  }

  setCues(cues, language = "", dir = "auto") {
    for (const track of this.#pages) track.mode = "disabled";
    this.#own ??= this.#media.addTextTrack("subtitles", "Subtitles on this page", language);
    this.#own.mode = "showing";
    super.setCues(cues, language, dir);
  }

  async showTrack(number) {
    if (this.#own) this.#own.mode = "disabled";
    this.#pages.forEach((track, place) => {
      track.mode = place === number ? "showing" : "disabled";
    });
  }

  // One cue that never ends holds what is shown now: thousands need not be told anew while
  // somebody types.
  draw(cues) {
    if (!this.#own) return;
    for (const cue of [...(this.#own.cues ?? [])]) this.#own.removeCue(cue);
    for (const { text } of cues) this.#own.addCue(new VTTCue(0, FOR_EVER, plain(text)));
  }

  #fail() {
    this.fail("The film cannot be played here: it is not there any more, or in a form that this browser does not know. The subtitles can be read all the same.");
  }
}

function plain(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
