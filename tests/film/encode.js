// Runs in the page: pictures and sound of a film, encoded. Times are in ms.
import { draw, HEIGHT, SECONDS, sound, WIDTH } from "./lighthouse.js";

const RATE = 12.5;
const KEY_EVERY = 50;

const text = (bytes) => {
  let all = "";
  for (const byte of bytes) all += String.fromCharCode(byte);
  return btoa(all);
};

function collector(kind, config) {
  const made = { chunks: [], head: "" };
  const encoder = new kind({
    output(chunk, about) {
      const bytes = new Uint8Array(chunk.byteLength);
      chunk.copyTo(bytes);
      made.chunks.push([Math.round(chunk.timestamp / 1000), chunk.type === "key", text(bytes)]);
      const head = about?.decoderConfig?.description;
      if (head) made.head = text(new Uint8Array(head.buffer ?? head));
    },
    error(wrong) {
      throw wrong;
    },
  });
  encoder.configure(config);
  return [encoder, made];
}

export async function film() {
  const size = { width: WIDTH, height: HEIGHT };
  const [pictures, seen] = collector(VideoEncoder, {
    ...size,
    codec: "vp09.00.21.08",
    bitrate: 110_000,
    framerate: RATE,
    latencyMode: "quality",
  });
  const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  for (let n = 0; n < SECONDS * RATE; n += 1) {
    draw(context, n / RATE);
    const frame = new VideoFrame(canvas, { timestamp: (n / RATE) * 1e6, duration: 1e6 / RATE });
    pictures.encode(frame, { keyFrame: n % KEY_EVERY === 0 });
    frame.close();
    while (pictures.encodeQueueSize > 8) await new Promise((go) => setTimeout(go, 5));
  }
  await pictures.flush();

  const [voice, heard] = collector(AudioEncoder, {
    codec: "opus",
    sampleRate: 48000,
    numberOfChannels: 1,
    bitrate: 32_000,
    opus: { frameDuration: 60_000 },
  });
  const samples = (await sound()).getChannelData(0);
  for (let at = 0; at < samples.length; at += 48000) {
    const data = samples.slice(at, at + 48000);
    const numberOfFrames = data.length;
    const timestamp = (at / 48000) * 1e6;
    voice.encode(
      new AudioData({
        format: "f32",
        sampleRate: 48000,
        numberOfChannels: 1,
        numberOfFrames,
        timestamp,
        data,
      }),
    );
  }
  await voice.flush();
  return { ...size, seconds: SECONDS, seen, heard };
}

// One picture, to look at while drawing.
export function still(seconds) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: WIDTH, height: HEIGHT });
  draw(canvas.getContext("2d"), seconds);
  return canvas.toDataURL("image/jpeg").split(",")[1];
}
