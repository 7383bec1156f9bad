// The parts of the player that need no browser.
import assert from "node:assert/strict";
import { test } from "node:test";

const HERE = "../../amara_api/static/amara_api/player";
const { activeAt, positionsAt } = await import(`${HERE}/cues.js`);
const { Clock } = await import(`${HERE}/clock.js`);
const { stepIn } = await import(`${HERE}/steps.js`);
const { VIMEO } = await import(`${HERE}/vimeo.js`);
const { YOUTUBE } = await import(`${HERE}/youtube.js`);

test("a cue is shown from its start until before its end, overlapping ones together", () => {
  const cues = [
    { start: 5000, end: 8000, text: "later" },
    { start: 1000, end: 3000, text: "one" },
    { start: 2000, end: 4000, text: "two" },
    { start: null, end: null, text: "no times" },
    { start: 6000, end: null, text: "no end" },
    { start: 7000, end: 6000, text: "ends before it starts" },
  ];
  const texts = (ms) => activeAt(cues, ms).map(({ text }) => text);
  assert.deepEqual(texts(999), []);
  assert.deepEqual(texts(1000), ["one"]);
  assert.deepEqual(texts(2500), ["one", "two"]);
  assert.deepEqual(texts(3000), ["two"]);
  assert.deepEqual(texts(4000), []);
  assert.deepEqual(texts(6500), ["later"]);
  assert.deepEqual(positionsAt(cues, 2500), [1, 2]);
  for (let ms = 0; ms < 9000; ms += 250) {
    assert.deepEqual(positionsAt(cues, ms).map((place) => cues[place]), activeAt(cues, ms));
  }
});

test("a clock goes on between messages, and small delays do not turn it back", () => {
  let now = 0;
  const clock = new Clock(() => now);
  clock.set(1000);
  now = 500;
  assert.equal(clock.time, 1000);
  clock.run(true);
  now = 700;
  assert.equal(clock.time, 1200);
  clock.hear(1150);
  assert.equal(clock.time, 1200);
  clock.hear(1400);
  assert.equal(clock.time, 1400);
  clock.hear(0);
  assert.equal(clock.time, 0);
  clock.rate = 2;
  now = 800;
  assert.equal(clock.time, 200);
  clock.run(false);
  now = 5000;
  assert.equal(clock.time, 200);
  clock.hear(90);
  assert.equal(clock.time, 90);
});

test("what YouTube's frame says is understood, and what it does not say is not made up", () => {
  const read = (event, info) => YOUTUBE.read({ event, info });
  assert.deepEqual(read("onReady", null), { heard: true });
  assert.deepEqual(read("infoDelivery", { currentTime: 1.5, duration: 20, playerState: 1 }), {
    heard: true,
    time: 1500,
    duration: 20000,
    state: "playing",
  });
  assert.deepEqual(read("infoDelivery", { duration: 0, currentTime: null }), { heard: true });
  assert.deepEqual(read("infoDelivery", null), { heard: true });
  assert.equal(read("onStateChange", 2).state, "paused");
  assert.equal(read("onStateChange", -1).state, undefined);
  assert.match(read("onError", 150).failed, /on YouTube only/);
  assert.match(read("onError", 99).failed, /cannot play/);
  assert.deepEqual(YOUTUBE.read({}), { heard: false });
  assert.deepEqual(YOUTUBE.seek(2500), {
    event: "command",
    func: "seekTo",
    args: [2.5, true],
    id: "player",
    channel: "widget",
  });
});

test("what Vimeo's frame says is understood, and a command at a wrong time is no failure", () => {
  const { read } = VIMEO;
  assert.deepEqual(read({ event: "ready" }), { heard: true });
  assert.deepEqual(read({ event: "timeupdate", data: { seconds: 1.5, duration: 20 } }), {
    heard: true,
    time: 1500,
    duration: 20000,
  });
  assert.equal(read({ event: "play", data: {} }).state, "playing");
  assert.equal(read({ method: "getDuration", value: 20 }).duration, 20000);
  assert.match(read({ event: "error", data: { name: "PrivacyError" } }).failed, /Vimeo/);
  assert.equal(read({ event: "error", data: { name: "RangeError" } }).failed, undefined);
  assert.equal(read({ event: "error" }).failed, undefined);
  assert.deepEqual(read({}), { heard: false });
});

test("keys lead through a list and never out of it", () => {
  const lead = { ArrowDown: 6, ArrowUp: 4, PageDown: 15, PageUp: 0, Home: 0, End: 19 };
  for (const [key, place] of Object.entries(lead)) assert.equal(stepIn(20, 5, key), place);
  for (const key of ["a", "Tab", "toString"]) assert.equal(stepIn(20, 5, key), null);
  assert.equal(stepIn(20, 19, "ArrowDown"), 19);
  assert.equal(stepIn(20, 0, "ArrowUp"), 0);
  assert.equal(stepIn(0, 0, "End"), null);
});
