// What YouTube's frame is told and tells, once its address has enablejsapi=1: messages in JSON.

export const YOUTUBE = {
  name: "YouTube",
  origin: "https://www.youtube-nocookie.com",
  // The frame answers nobody before it has heard this, which may come too early.
  greeting: [{ event: "listening", id: "player", channel: "widget" }],
  welcome: ["onReady", "onStateChange", "onError"].map((name) => command("addEventListener", name)),
  play: () => command("playVideo"),
  pause: () => command("pauseVideo"),
  seek: (ms) => command("seekTo", ms / 1000, true),
  read,
};

const STATES = { 0: "paused", 1: "playing", 2: "paused", 3: "playing", 5: "paused" };
const ERRORS = {
  2: "YouTube does not know this film.",
  5: "YouTube cannot play this film in this browser.",
  100: "YouTube does not have this film any more, or it is private.",
  101: "Whoever owns this film lets it be played on YouTube only.",
  150: "Whoever owns this film lets it be played on YouTube only.",
};

function command(func, ...args) {
  return { event: "command", func, args, id: "player", channel: "widget" };
}

// What a message says: {heard, time, duration, rate, state, failed}, of which only `heard` is
// always there. Times in milliseconds.
function read(message) {
  const said = { heard: typeof message.event === "string" };
  const { event, info } = message;
  if (event === "onStateChange") Object.assign(said, state(info));
  if (event === "onError") said.failed = ERRORS[info] ?? "YouTube cannot play this film here.";
  if ((event === "infoDelivery" || event === "initialDelivery") && info) {
    if (Number.isFinite(info.currentTime)) said.time = Math.round(info.currentTime * 1000);
    if (info.duration > 0) said.duration = Math.round(info.duration * 1000);
    if (info.playbackRate > 0) said.rate = info.playbackRate;
    Object.assign(said, state(info.playerState));
  }
  return said;
}

function state(number) {
  return Object.hasOwn(STATES, number) ? { state: STATES[number] } : {};
}
