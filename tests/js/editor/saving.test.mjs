import assert from "node:assert/strict";
import test from "node:test";

import { Api, cookieNamed } from "../../../amara_api/static/amara_api/editor/saving.js";

const urls = { subtitles: "/s/", actions: "/a/", me: "/me/" };
const answer = (status, body, headers = {}) => new Response(body === undefined ? null : JSON.stringify(body), { status, headers });
const me = () => answer(200, { username: "ana" });

/** An Api whose server gives these answers, in this order, and what it was asked. */
function served(...answers) {
  const asked = [];
  const ask = async (url, init) => {
    asked.push({ url, ...init });
    const next = answers.shift();
    if (next === undefined) throw new TypeError("Failed to fetch");
    return next();
  };
  return { api: new Api(urls, "ana", { ask, cookies: () => "a=b; csrftoken=t%20k" }), asked };
}

test("a save goes upon what was read, with the cookie's token", async () => {
  const saved = { version_number: 2 };
  const { api, asked } = served(me, () => answer(201, saved), () => answer(200, saved, { ETag: 'W/"two"' }));
  assert.deepEqual(await api.save([], '"one"', { action: "publish" }), { kind: "saved", body: saved, tag: '"two"' });
  const [, post] = asked;
  assert.equal(post.headers["If-Match"], '"one"');
  assert.equal(post.headers["X-CSRFToken"], "t k");
  assert.deepEqual(JSON.parse(post.body), { sub_format: "json", subtitles: [], from_editor: true, action: "publish" });
});

test("a language that nobody has begun is begun by one", async () => {
  const { api, asked } = served(me, () => answer(412, {}));
  assert.equal((await api.save([], null)).kind, "conflict");
  assert.equal(asked[1].headers["If-None-Match"], "*");
});

test("if somebody adds a version right behind ours, the next save meets it", async () => {
  const { api } = served(me, () => answer(201, { version_number: 2 }), () => answer(200, { version_number: 3 }, { ETag: '"three"' }));
  assert.notEqual((await api.save([], '"one"')).tag, '"three"');
});

test("every failure is a sentence", async () => {
  const kinds = { 400: "refused", 401: "login", 403: "forbidden", 404: "missing", 413: "refused", 429: "busy", 500: "broken", 503: "busy" };
  for (const [status, kind] of Object.entries(kinds)) {
    const { api } = served(me, () => answer(Number(status), { subtitles: ["Too long."] }));
    const said = await api.save([], '"one"');
    assert.equal(said.kind, kind, status);
    assert.match(said.say, /\.$/);
    if (kind === "refused") assert.match(said.say, /subtitles: Too long\./);
  }
  assert.equal((await served(me).api.save([], '"one"')).kind, "offline");
  const page = () => new Response("<h1>proxy</h1>", { status: 200 });
  assert.equal((await served(me, page).api.save([], '"one"')).kind, "broken");
});

test("work is never saved as somebody else's", async () => {
  const other = served(() => answer(200, { username: "ben" }));
  const said = await other.api.save([], '"one"');
  assert.deepEqual([said.kind, other.asked.length], ["login", 1]);
  assert.match(said.say, /ben .* ana/);
  const nobody = served(() => answer(401, { detail: "x" }));
  assert.equal((await nobody.api.save([], '"one"')).kind, "login");
});

test("an action is only taken upon what the person sees", async () => {
  const now = (number) => () => answer(200, { version_number: number }, { ETag: `"${number}"` });
  const seen = { tag: '"8"', number: 8 };
  const met = served(me, () => answer(412, { detail: "x" }));
  assert.equal((await met.api.act("publish", seen)).kind, "conflict");
  assert.equal(met.asked[1].headers["If-Match"], '"8"');
  assert.match(met.asked[1].url, /version_number=last&sub_format=json/, "as it was read");
  const fine = served(me, () => answer(200, ""), now(8));
  assert.deepEqual(await fine.api.act("publish", seen), { kind: "saved", body: { version_number: 8 }, tag: '"8"' });
  const followed = await served(me, () => answer(200, ""), now(9)).api.act("publish", seen);
  assert.deepEqual([followed.kind, followed.body], ["saved", null]);
  assert.notEqual(followed.tag, '"9"', "the next save meets what was added");
});

test("cookies are told by their whole name", () => {
  assert.equal(cookieNamed("csrftoken", "xcsrftoken=1; csrftoken=2"), "2");
  assert.equal(cookieNamed("csrftoken", ""), "");
});
