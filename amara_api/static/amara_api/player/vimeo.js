// What Vimeo's frame is told and tells: messages in JSON.

export const VIMEO = {
  name: "Vimeo",
  origin: "https://player.vimeo.com",
  greeting: [{ method: "ping" }],
  welcome: [
    ...["play", "pause", "ended", "timeupdate", "seeked", "playbackratechange", "error"].map(
      (value) => ({ method: "addEventListener", value }),
    ),
    { method: "getDuration" },
  ],
  play: () => ({ method: "play" }),
  pause: () => ({ method: "pause" }),
  seek: (ms) => ({ method: "setCurrentTime", value: ms / 1000 }),
  read,
};

const STATES = { play: "playing", pause: "paused", ended: "paused" };
// Of a film that is not to be seen here; others are about a command that came at a wrong time.
const FATAL = ["NotFoundError", "PrivacyError", "PasswordError", "UnsupportedError"];

// What a message says: {heard, time, duration, rate, state, failed}, of which only `heard` is
// always there. Times in milliseconds.
function read({ event, method, value, data }) {
  const said = { heard: typeof event === "string" || typeof method === "string" };
  if (method === "getDuration" && value > 0) said.duration = Math.round(value * 1000);
  if (Object.hasOwn(STATES, event)) said.state = STATES[event];
  if (event === "error" && FATAL.includes(data?.name)) {
    said.failed = "Vimeo does not let this film be played here.";
  }
  if (Number.isFinite(data?.seconds)) said.time = Math.round(data.seconds * 1000);
  if (data?.duration > 0) said.duration = Math.round(data.duration * 1000);
  if (data?.playbackRate > 0) said.rate = data.playbackRate;
  return said;
}
