// Where a film is between two messages of a frame that tells it a few times a second.

// A message that is late by less than this does not turn the clock back.
const JITTER = 150;

export class Clock {
  #at = 0;
  #since = 0;
  #runs = false;
  #rate = 1;
  #now;

  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  // In milliseconds.
  get time() {
    return this.#runs ? this.#at + (this.#now() - this.#since) * this.#rate : this.#at;
  }

  // The film is there, somebody said or sought.
  set(ms) {
    this.#at = ms;
    this.#since = this.#now();
  }

  // The film says that it was there a moment ago.
  hear(ms) {
    const ahead = this.time - ms;
    if (!this.#runs || ahead < 0 || ahead > JITTER) this.set(ms);
  }

  run(runs) {
    this.set(this.time);
    this.#runs = runs;
  }

  set rate(rate) {
    this.set(this.time);
    this.#rate = rate;
  }
}
