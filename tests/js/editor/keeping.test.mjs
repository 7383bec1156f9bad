import assert from "node:assert/strict";
import test from "node:test";

import { Keeper } from "../../../amara_api/static/amara_api/editor/keeping.js";

class Storage {
  #items = new Map();
  room = Infinity;
  get length() { return this.#items.size; }
  key(n) { return [...this.#items.keys()][n] ?? null; }
  getItem(key) { return this.#items.get(key) ?? null; }
  removeItem(key) { this.#items.delete(key); }
  setItem(key, value) {
    if (value.length > this.room) throw new Error("QuotaExceededError");
    this.#items.set(key, value);
  }
}

const who = { user: "ana", video: "aBc:1", language: "pt-br" };
const cues = [{ start: 1, end: 2, text: "a" }];

test("another page finds what was kept, until it is dropped", () => {
  const storage = new Storage();
  const first = new Keeper(storage, who, "p1");
  assert.ok(first.keep(3, cues, 1000));
  const [entry] = new Keeper(storage, who, "p2").found(2000);
  assert.deepEqual([entry.base, entry.cues, entry.when, entry.page], [3, cues, 1000, "p1"]);
  assert.deepEqual(first.found(2000), [], "one's own is not another's");
  assert.ok(first.keep(4, cues, 3000));
  assert.equal(storage.length, 1, "upon a new base it moves");
  first.drop();
  assert.equal(storage.length, 0);
});

test("neither other people, videos and languages, nor another tab, meet", () => {
  const storage = new Storage();
  new Keeper(storage, who, "p1").keep(1, cues, 1);
  new Keeper(storage, who, "p2").keep(1, [], 2);
  for (const other of [{ user: "ben" }, { video: "aBc" }, { language: "pt" }]) {
    assert.deepEqual(new Keeper(storage, { ...who, ...other }, "p3").found(3), []);
  }
  const found = new Keeper(storage, who, "p3").found(3);
  assert.deepEqual(found.map(({ page }) => page), ["p2", "p1"], "the newest first");
});

test("without room it says so and gives up nothing that it has", () => {
  const storage = new Storage();
  const keeper = new Keeper(storage, who, "p1");
  keeper.keep(1, cues, 1);
  storage.room = 5;
  assert.equal(keeper.keep(2, cues, 2), false);
  assert.equal(new Keeper(storage, who, "p2").found(3)[0].base, 1);
});

test("what is broken or very old goes", () => {
  const storage = new Storage();
  new Keeper(storage, who, "p1").keep(1, cues, 0);
  storage.setItem(storage.key(0).replace("p1", "p2"), "{");
  assert.deepEqual(new Keeper(storage, who, "p3").found(91 * 24 * 3600 * 1000), []);
  assert.equal(storage.length, 0);
});
