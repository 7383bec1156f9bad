// Work that the server has not yet, kept in the browser until it has. One entry is one page's work:
// of a person, a video, a language, a base version, and a number of the page's own, so that two tabs
// do not write over each other.

const PREFIX = "editor";
const OLD = 90 * 24 * 3600 * 1000; // milliseconds; what nobody came back for may go

/** `storage` is a Storage, `who` `{user, video, language}`; `page` tells this page from others. */
export class Keeper {
  #storage; #prefix; #page; #key = null;

  constructor(storage, { user, video, language }, page) {
    this.#storage = storage;
    this.#prefix = [PREFIX, user, video, language, ""].map(encodeURIComponent).join(":");
    this.#page = page;
  }

  /** Keep the API's list of cues that is upon version `base` (0: there is none). False where the
   * browser has no room, or keeps nothing. */
  keep(base, cues, now = Date.now()) {
    const key = `${this.#prefix}${base}:${this.#page}`;
    try {
      this.#storage.setItem(key, JSON.stringify({ base, cues, when: now }));
    } catch {
      return false;
    }
    // Only now: of two full copies there may be no room for, but one is never given up for none.
    if (this.#key && this.#key !== key) this.#storage.removeItem(this.#key);
    this.#key = key;
    return true;
  }

  /** The server has it. */
  drop() {
    try {
      if (this.#key) this.#storage.removeItem(this.#key);
    } catch { /* a browser that keeps nothing */ }
    this.#key = null;
  }

  /** What other pages of this person kept, the newest first: `{key, base, cues, when, page}`. */
  found(now = Date.now()) {
    const entries = [];
    try {
      for (let n = this.#storage.length - 1; n >= 0; n--) {
        const key = this.#storage.key(n);
        if (!key.startsWith(this.#prefix) || key === this.#key) continue;
        const entry = read(this.#storage.getItem(key));
        if (!entry || now - entry.when > OLD) this.#storage.removeItem(key);
        else entries.push({ ...entry, key, page: key.slice(key.lastIndexOf(":") + 1) });
      }
    } catch { /* a browser that keeps nothing has nothing */ }
    return entries.sort((a, b) => b.when - a.when);
  }

  forget(key) {
    try {
      this.#storage.removeItem(key);
    } catch { /* as above */ }
  }
}

function read(text) {
  try {
    const entry = JSON.parse(text);
    const fine = Number.isInteger(entry?.base) && Number.isFinite(entry?.when) && Array.isArray(entry?.cues);
    return fine ? entry : null;
  } catch {
    return null;
  }
}
