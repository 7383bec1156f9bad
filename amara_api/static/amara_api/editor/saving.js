// What the editor says to the API, by the session. Every answer is `{kind, …}` with a sentence for
// people where it failed; nothing is thrown, so that no work is lost on the way.

const NEVER = '"nothing-has-this-tag"';

const FAILED = {
  login: "You are no longer logged in. Log in in another tab, then save again here.",
  forbidden: "You may not save these subtitles (any more).",
  missing: "The video is not there any more, or you may no longer see it.",
  busy: "The server is busy or being looked after. Try again in a moment.",
  offline: "The server cannot be reached. Is the network there?",
  broken: "The server made a mistake.",
};
const BY_STATUS = { 401: "login", 403: "forbidden", 404: "missing", 429: "busy", 502: "busy", 503: "busy", 504: "busy" };

/** A cookie, read each time: a login in another tab writes the token anew. */
export function cookieNamed(name, cookies) {
  const found = cookies.split("; ").find((each) => each.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

export class Api {
  /** `urls`: `{subtitles, actions, me}`. `ask` is `fetch`, `cookies` gives `document.cookie`. */
  constructor(urls, user, { ask = (...all) => fetch(...all), cookies = () => document.cookie } = {}) {
    Object.assign(this, { urls, user, ask, cookies });
  }

  /** `{kind: "read", body, tag}`; `{kind: "none"}` where nobody has begun. */
  async read(version = "last", url = this.urls.subtitles) {
    const answer = await this.#send(`${url}?version_number=${version}&sub_format=json`);
    if (answer.kind === "missing") return { kind: "none" };
    if (answer.kind !== "done") return answer;
    return { kind: "read", body: answer.body, tag: strong(answer.headers.get("ETag")) };
  }

  /** A new version upon the one with `tag` (null: upon none). `{kind: "saved", body, tag}`, or
   * `{kind: "conflict"}` where somebody else was faster. `said` is more of the API's members. */
  async save(list, tag, said = {}) {
    const body = { sub_format: "json", subtitles: list, from_editor: true, ...said };
    return this.#post(body, tag);
  }

  /** The times of another language as a start. Answers as `save`. */
  async begin(language) {
    return this.#post({ from_language: language, from_editor: true }, null);
  }

  /** The buttons: `[{action, label, complete}]`. */
  async actions() {
    const answer = await this.#send(this.urls.actions);
    return answer.kind === "done" ? answer.body : [];
  }

  /** An action upon version `number`, which has `tag`, without new words. `body` is null if somebody
   * added a version right behind it. */
  async act(action, { tag, number }) {
    const other = await this.#otherPerson();
    if (other) return other;
    const url = `${this.urls.actions}?version_number=last&sub_format=json`;
    const headers = { "If-Match": tag ?? NEVER };
    const answer = await this.#send(url, { method: "POST", body: { action }, headers });
    if (answer.status === 412) return { kind: "conflict" };
    if (answer.kind !== "done") return answer;
    // What an action changes may be part of the tag: of the video its title, for one.
    const now = await this.read();
    const isOurs = now.kind === "read" && now.body.version_number === number;
    return { kind: "saved", body: isOurs ? now.body : null, tag: isOurs ? now.tag : NEVER };
  }

  /** What is wrong with these cues, as the API's report has it; null where it cannot be had. */
  async report(list) {
    const answer = await this.#send(`${this.urls.subtitles}?dry_run=true`, {
      method: "POST", body: { sub_format: "json", subtitles: list },
    });
    return answer.kind === "done" ? answer.body : null;
  }

  async #post(body, tag) {
    const other = await this.#otherPerson();
    if (other) return other;
    const url = `${this.urls.subtitles}?version_number=last&sub_format=json`;
    const headers = tag === null ? { "If-None-Match": "*" } : { "If-Match": tag };
    const answer = await this.#send(url, { method: "POST", body, headers });
    if (answer.status === 412) return { kind: "conflict" };
    if (answer.kind !== "done") return answer;
    // The tag of what was made. If somebody added one since, no tag of ours will do any more.
    const now = await this.read();
    const isOurs = now.kind === "read" && now.body.version_number === answer.body.version_number;
    return { kind: "saved", body: answer.body, tag: isOurs ? now.tag : NEVER };
  }

  /** In another tab somebody else may have logged in: this work must not be saved as theirs. */
  async #otherPerson() {
    const answer = await this.#send(this.urls.me);
    if (answer.kind !== "done") return answer.kind === "missing" ? { kind: "login", say: FAILED.login } : answer;
    if (answer.body.username === this.user) return null;
    const say = `You are logged in as ${answer.body.username} now, but this is the work of ${this.user}. Log in as ${this.user} in another tab, then save again here.`;
    return { kind: "login", say };
  }

  async #send(url, { method = "GET", body = null, headers = {} } = {}) {
    const sent = { Accept: "application/json", ...headers };
    if (method !== "GET") {
      sent["X-CSRFToken"] = cookieNamed("csrftoken", this.cookies());
      sent["Content-Type"] = "application/json";
    }
    let answer;
    try {
      const init = { method, headers: sent, credentials: "same-origin", cache: "no-store" };
      answer = await this.ask(url, body === null ? init : { ...init, body: JSON.stringify(body) });
    } catch {
      return { kind: "offline", say: FAILED.offline };
    }
    let read = null;
    try {
      read = await answer.json();
    } catch { /* no JSON: a proxy's page, or nothing */ }
    if (answer.ok) {
      if (read === null && answer.status !== 204) return { kind: "broken", say: FAILED.broken };
      return { kind: "done", status: answer.status, body: read, headers: answer.headers };
    }
    const kind = BY_STATUS[answer.status] ?? (answer.status < 500 ? "refused" : "broken");
    return { kind, status: answer.status, say: sentence(kind, read) };
  }
}

const strong = (tag) => (tag ?? NEVER).replace(/^W\//, "");

function sentence(kind, body) {
  const reasons = [...spoken(body)].join(" ");
  if (kind === "refused") return `The server did not take it: ${reasons || "it did not say why."}`;
  return kind === "forbidden" && reasons ? `${FAILED.forbidden} ${reasons}` : FAILED[kind];
}

/** All sentences of an error body, with the member that each is about. */
function* spoken(body, name = "") {
  if (typeof body === "string") yield name && name !== "detail" && name !== "non_field_errors" ? `${name}: ${body}` : body;
  else if (Array.isArray(body)) for (const each of body) yield* spoken(each, name);
  else if (body && typeof body === "object") for (const [each, said] of Object.entries(body)) yield* spoken(said, each);
}
