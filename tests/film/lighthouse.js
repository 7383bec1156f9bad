// "The lighthouse without a keeper": 44 seconds told by shapes and sounds, without a word in it, so
// that its subtitles (amara_api/demo/lighthouse) can be in any language. Times are theirs.
export const SECONDS = 44;
export const WIDTH = 640;
export const HEIGHT = 360;

const TAU = Math.PI * 2;
const clamp = (x) => Math.min(1, Math.max(0, x));
// 0 before `from`, 1 after `to`, smooth between.
const ease = (t, from, to) => {
  const x = clamp((t - from) / (to - from));
  return x * x * (3 - 2 * x);
};
const mix = (a, b, x) => a.map((part, n) => Math.round(part + (b[n] - part) * x));
const rgb = (parts, alpha = 1) => `rgb(${parts.join(" ")} / ${alpha})`;
// The same "chance" each time.
const chance = (n) => {
  const x = Math.sin(n * 127.1 + 11.7) * 43758.5453;
  return x - Math.floor(x);
};

const DUSK = [[92, 86, 140], [244, 162, 120]];
const NIGHT = [[12, 18, 46], [32, 44, 84]];
const WINTER = [[16, 20, 34], [44, 52, 70]];
const FOG = [[126, 136, 148], [170, 176, 182]];
const MORNING = [[126, 182, 226], [255, 214, 160]];

function sky(c, [top, low]) {
  const paint = c.createLinearGradient(0, 0, 0, 240);
  paint.addColorStop(0, rgb(top));
  paint.addColorStop(1, rgb(low));
  c.fillStyle = paint;
  c.fillRect(0, 0, WIDTH, HEIGHT);
}

const between = (a, b, x) => [mix(a[0], b[0], x), mix(a[1], b[1], x)];

function stars(c, alpha) {
  c.fillStyle = `rgb(255 255 255 / ${alpha})`;
  for (let n = 0; n < 40; n += 1) c.fillRect(chance(n) * WIDTH, chance(n + 99) * 170, 2, 2);
}

function sea(c, t, colour) {
  c.fillStyle = rgb(colour);
  c.fillRect(0, 240, WIDTH, 120);
  c.strokeStyle = "rgb(255 255 255 / 0.25)";
  c.lineWidth = 2;
  for (let row = 0; row < 4; row += 1) {
    c.beginPath();
    for (let x = 0; x <= WIDTH; x += 16) {
      const y = 258 + row * 26 + Math.sin(x / 38 + t * 1.3 + row * 2) * 3;
      if (x === 0) c.moveTo(x, y);
      else c.lineTo(x, y);
    }
    c.stroke();
  }
}

function tower(c, x, lit) {
  c.fillStyle = "#3b3a44";
  c.beginPath();
  c.ellipse(x, 262, 92, 30, 0, 0, TAU);
  c.fill();
  for (let band = 0; band < 5; band += 1) {
    const y = 110 + band * 28;
    const half = (row) => 15 + (row - 110) * 0.07;
    c.fillStyle = band % 2 ? "#c8443c" : "#f3efe6";
    c.beginPath();
    c.moveTo(x - half(y), y);
    c.lineTo(x + half(y), y);
    c.lineTo(x + half(y + 28), y + 28);
    c.lineTo(x - half(y + 28), y + 28);
    c.fill();
  }
  c.fillStyle = "#2b2a33";
  c.fillRect(x - 22, 104, 44, 7);
  c.fillRect(x - 13, 74, 26, 4);
  c.beginPath();
  c.moveTo(x - 16, 76);
  c.lineTo(x, 58);
  c.lineTo(x + 16, 76);
  c.fill();
  c.fillStyle = lit > 0 ? rgb(mix([70, 72, 86], [255, 236, 150], lit)) : "#46485a";
  c.fillRect(x - 11, 78, 22, 26);
}

function beam(c, x, turn, strength) {
  if (strength <= 0) return;
  for (const side of [0, Math.PI]) {
    const across = Math.cos(turn + side);
    const width = 10 + 30 * (1 - Math.abs(across));
    c.fillStyle = `rgb(255 240 170 / ${0.4 * strength * (0.3 + 0.7 * Math.abs(across))})`;
    c.beginPath();
    c.moveTo(x, 90);
    c.lineTo(x + across * 620, 90 - width);
    c.lineTo(x + across * 620, 90 + width);
    c.fill();
  }
}

function person(c, x, y, size, { hair = "#d9d6d2", coat = "#31506e", step = 0 } = {}) {
  c.strokeStyle = "#22242c";
  c.lineWidth = size * 0.1;
  for (const leg of [-1, 1]) {
    c.beginPath();
    c.moveTo(x, y - size * 0.4);
    c.lineTo(x + leg * Math.sin(step) * size * 0.18, y);
    c.stroke();
  }
  c.fillStyle = coat;
  c.beginPath();
  c.moveTo(x - size * 0.22, y - size * 0.25);
  c.lineTo(x + size * 0.22, y - size * 0.25);
  c.lineTo(x + size * 0.1, y - size * 0.75);
  c.lineTo(x - size * 0.1, y - size * 0.75);
  c.fill();
  c.fillStyle = "#e0a880";
  c.beginPath();
  c.arc(x, y - size * 0.86, size * 0.13, 0, TAU);
  c.fill();
  c.fillStyle = hair;
  c.beginPath();
  c.arc(x, y - size * 0.89, size * 0.14, Math.PI, TAU);
  c.fill();
}

function computer(c, x, y, size, face) {
  c.fillStyle = "#20242e";
  c.fillRect(x - size * 0.6, y - size * 0.9, size * 1.2, size * 0.8);
  c.fillRect(x - size * 0.08, y - size * 0.1, size * 0.16, size * 0.14);
  c.fillRect(x - size * 0.3, y + size * 0.02, size * 0.6, size * 0.06);
  c.fillStyle = "#123a38";
  c.fillRect(x - size * 0.54, y - size * 0.84, size * 1.08, size * 0.68);
  c.strokeStyle = "#7df0c0";
  c.lineWidth = size * 0.06;
  c.beginPath();
  if (face === "well") {
    c.moveTo(x - size * 0.25, y - size * 0.5);
    c.lineTo(x - size * 0.05, y - size * 0.3);
    c.lineTo(x + size * 0.28, y - size * 0.7);
  } else {
    c.moveTo(x - size * 0.4, y - size * 0.5);
    c.lineTo(x + size * 0.4, y - size * 0.5);
  }
  c.stroke();
}

function pulses(c, from, to, y, t, colour) {
  c.fillStyle = colour;
  for (let n = 0; n < 5; n += 1) {
    const x = clamp(t - n * 0.09);
    if (x <= 0 || x >= 1) continue;
    c.beginPath();
    c.arc(from + (to - from) * x, y - Math.sin(x * Math.PI) * 70, 6 - n * 0.8, 0, TAU);
    c.fill();
  }
}

function snow(c, t, alpha) {
  c.fillStyle = `rgb(255 255 255 / ${alpha})`;
  for (let n = 0; n < 60; n += 1) {
    const x = (chance(n) * 760 + t * (60 + 40 * chance(n + 7))) % 680;
    const y = (chance(n + 31) * HEIGHT + t * (50 + 50 * chance(n + 3))) % HEIGHT;
    c.fillRect(x - 20, y, 3, 3);
  }
}

// --- scenes ---------------------------------------------------------------------------------------

function evening(c, t) {
  const dark = ease(t, 2, 8);
  sky(c, between(DUSK, NIGHT, dark));
  stars(c, dark * 0.8);
  if (dark < 1) {
    c.fillStyle = "#ffd9a0";
    c.beginPath();
    c.arc(120, 150 + dark * 130, 26, 0, TAU);
    c.fill();
  }
  const lit = ease(t, 4.6, 5.6);
  beam(c, 470, t * 0.9, lit);
  sea(c, t, mix([70, 90, 140], [16, 30, 62], dark));
  tower(c, 470, lit);
  const computing = ease(t, 8.6, 9.2);
  if (computing > 0) {
    c.globalAlpha = computing;
    computer(c, 110, 250, 90, t > 15 ? "well" : "");
    c.globalAlpha = 1;
    pulses(c, 150, 458, 180, (t - 9.4) / 2.4, "#7df0c0");
    pulses(c, 458, 150, 180, (t - 13.1) / 1.8, "#ffe88a");
  }
}

function stairs(c, t) {
  c.fillStyle = "#2a2430";
  c.fillRect(0, 0, WIDTH, HEIGHT);
  c.fillStyle = "#4a4050";
  c.fillRect(170, 0, 300, HEIGHT);
  // Steps that go by while she climbs.
  const height = (t - 16) * 1.9;
  const up = height % 1;
  for (let n = -3; n < 11; n += 1) {
    c.fillStyle = n % 2 ? "#8d8290" : "#7a6f80";
    c.fillRect(170 + n * 32 + 12 - up * 32, 340 - n * 24 + up * 24, 300 - n * 6, 24);
  }
  const x = 310;
  const glow = c.createRadialGradient(x + 26, 196, 4, x + 26, 196, 150);
  glow.addColorStop(0, "rgb(255 220 130 / 0.7)");
  glow.addColorStop(1, "rgb(255 220 130 / 0)");
  person(c, x, 243, 96, { step: up * TAU });
  c.fillStyle = glow;
  c.fillRect(0, 0, WIDTH, HEIGHT);
  c.fillStyle = "#ffe9a8";
  c.fillRect(x + 20, 188, 12, 16);
}

function fog(c, t) {
  sky(c, FOG);
  sea(c, t, [120, 132, 142]);
  tower(c, 320, 0.7);
  person(c, 338, 106, 30);
  for (let n = 0; n < 7; n += 1) {
    const drift = ((t - 20) * (14 + n * 5) + n * 190) % 1000;
    c.fillStyle = "rgb(206 210 214 / 0.34)";
    c.beginPath();
    c.ellipse(drift - 180, 90 + n * 34, 190, 34, 0, 0, TAU);
    c.fill();
  }
}

function lens(c, t) {
  const out = ease(t, 25.9, 26.2);
  sky(c, WINTER);
  snow(c, t, 0.7);
  c.fillStyle = "#1d1c26";
  c.fillRect(0, 300, WIDTH, 60);
  for (const x of [60, 200, 440, 580]) c.fillRect(x, 0, 8, 300);
  // The lamp fails with the power; by hand it goes on by an oil flame.
  const flame = t < 26.2 ? 1 - out : 0.75 * ease(t, 27, 27.8);
  const turn = t < 27 ? 0.6 : 0.6 + (t - 27) * 1.5;
  c.fillStyle = `rgb(255 232 150 / ${0.12 + flame * 0.3})`;
  c.beginPath();
  c.arc(320, 170, 130, 0, TAU);
  c.fill();
  for (let n = 0; n < 8; n += 1) {
    const side = Math.cos(turn + (n * TAU) / 8);
    c.strokeStyle = `rgb(190 230 240 / ${0.35 + 0.3 * Math.abs(side)})`;
    c.lineWidth = 4;
    c.beginPath();
    c.ellipse(320, 170, Math.abs(side) * 74, 104, 0, 0, TAU);
    c.stroke();
  }
  c.fillStyle = `rgb(255 226 120 / ${flame})`;
  c.beginPath();
  c.ellipse(320, 170, 12, 22, 0, 0, TAU);
  c.fill();
  c.fillStyle = "#57525f";
  c.fillRect(290, 274, 60, 28);
  person(c, 440 + Math.sin(turn * 2) * 4, 304, 120, { step: t < 27 ? 0 : turn * 2 });
  c.strokeStyle = "#c9b27a";
  c.lineWidth = 6;
  c.beginPath();
  c.moveTo(350, 284);
  c.lineTo(386 + Math.cos(turn * 2) * 14, 258 + Math.sin(turn * 2) * 14);
  c.lineTo(432, 236);
  c.stroke();
}

function hours(c, t) {
  sky(c, WINTER);
  snow(c, t, 0.5);
  beam(c, 460, t * 2.4, 0.9);
  sea(c, t, [24, 32, 50]);
  tower(c, 460, 0.8);
  c.fillStyle = "#f3efe6";
  c.beginPath();
  c.arc(170, 150, 84, 0, TAU);
  c.fill();
  c.strokeStyle = "#2b2a33";
  // From midnight to six.
  const past = ease(t, 29.6, 32.4) * 6;
  for (const [turn, length, width] of [[past / 12, 44, 9], [past, 68, 5]]) {
    c.lineWidth = width;
    c.beginPath();
    c.moveTo(170, 150);
    c.lineTo(170 + Math.sin(turn * TAU) * length, 150 - Math.cos(turn * TAU) * length);
    c.stroke();
  }
  for (let n = 0; n < 12; n += 1) {
    c.fillStyle = "#2b2a33";
    c.fillRect(167 + Math.sin((n * TAU) / 12) * 74, 147 - Math.cos((n * TAU) / 12) * 74, 6, 6);
  }
}

export const HORNS = [33.5, 34.6, 35.7];

function morning(c, t) {
  sky(c, between(NIGHT, MORNING, ease(t, 32, 34)));
  c.fillStyle = "#fff0b8";
  c.beginPath();
  c.arc(330, 250 - ease(t, 32, 37) * 90, 34, 0, TAU);
  c.fill();
  sea(c, t, [70, 130, 170]);
  tower(c, 520, 0);
  person(c, 540, 106, 30);
  const x = 90 + (t - 32) * 26;
  const y = 268 + Math.sin(t * 2) * 3;
  c.fillStyle = "#b5403a";
  c.beginPath();
  c.moveTo(x - 60, y - 16);
  c.lineTo(x + 70, y - 16);
  c.lineTo(x + 46, y + 18);
  c.lineTo(x - 46, y + 18);
  c.fill();
  c.fillStyle = "#f3efe6";
  c.fillRect(x - 26, y - 50, 44, 34);
  c.fillStyle = "#31506e";
  c.fillRect(x - 18, y - 42, 12, 12);
  c.fillRect(x + 1, y - 42, 12, 12);
  c.fillStyle = "#2b2a33";
  c.fillRect(x - 12, y - 68, 10, 18);
  for (const horn of HORNS) {
    const age = t - horn;
    if (age < 0 || age > 1) continue;
    c.strokeStyle = `rgb(255 255 255 / ${1 - age})`;
    c.lineWidth = 4;
    for (const ring of [0, 16, 32]) {
      c.beginPath();
      c.arc(x - 7, y - 70, 12 + ring + age * 46, -2.4, -0.7);
      c.stroke();
    }
  }
}

function told(c, t) {
  c.fillStyle = "#3a3448";
  c.fillRect(0, 0, WIDTH, HEIGHT);
  c.save();
  c.beginPath();
  c.rect(330, 30, 250, 200);
  c.clip();
  c.translate(200, -10);
  c.scale(0.82, 0.82);
  sky(c, NIGHT);
  stars(c, 0.8);
  beam(c, 310, t * 0.9, 1);
  sea(c, t, [16, 30, 62]);
  tower(c, 310, 1);
  c.restore();
  c.strokeStyle = "#8d6f52";
  c.lineWidth = 8;
  c.strokeRect(330, 30, 250, 200);
  c.fillStyle = "#6b5440";
  c.fillRect(0, 290, WIDTH, 70);
  computer(c, 150, 284, 110, "");
  person(c, 300, 330, 170, { hair: "#4a2c22", coat: "#c8443c" });
  // What she tells: rings that leave her, and a screen that stays as it is.
  for (let n = 0; n < 3; n += 1) {
    const age = ((t - 38.4) / 2 + n / 3) % 1;
    if (t < 38.4) continue;
    c.strokeStyle = `rgb(255 232 138 / ${1 - age})`;
    c.lineWidth = 4;
    c.beginPath();
    c.arc(300, 190, 20 + age * 70, -0.7, 0.7);
    c.stroke();
  }
}

const SCENES = [
  [0, evening],
  [16, stairs],
  [20.5, fog],
  [25, lens],
  [29.3, hours],
  [32.5, morning],
  [37.1, told],
];

export function draw(c, t) {
  const place = SCENES.findLastIndex(([from]) => from <= t);
  c.clearRect(0, 0, WIDTH, HEIGHT);
  SCENES[place][1](c, t);
  // A quarter of a second of dark between scenes, and an end.
  const from = SCENES[place][0];
  const to = SCENES[place + 1]?.[0] ?? SECONDS;
  const dark = Math.max(1 - ease(t, from, from + 0.3), ease(t, to - (place === 6 ? 2 : 0.3), to));
  c.fillStyle = `rgb(8 8 16 / ${dark})`;
  c.fillRect(0, 0, WIDTH, HEIGHT);
}

// --- sound ----------------------------------------------------------------------------------------

// The whole of it, one channel of 48 kHz.
export async function sound() {
  const audio = new OfflineAudioContext(1, SECONDS * 48000, 48000);
  const tone = (at, length, pitch, loud, type = "sine") => {
    const source = audio.createOscillator();
    const gain = audio.createGain();
    source.type = type;
    source.frequency.value = pitch;
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(loud, at + Math.min(0.06, length / 3));
    gain.gain.exponentialRampToValueAtTime(0.001, at + length);
    source.connect(gain).connect(audio.destination);
    source.start(at);
    source.stop(at + length);
  };
  // A slow tune below all, four bars over and over; it stops while the power is out.
  const bars = [[220, 261.6, 329.6], [174.6, 220, 261.6], [196, 246.9, 293.7], [220, 277.2, 329.6]];
  for (let beat = 0; beat < 42; beat += 1) {
    if (beat > 25 && beat < 29) continue;
    const bar = bars[Math.floor(beat / 4) % 4];
    tone(beat, 1.9, bar[[0, 1, 2, 1][beat % 4]], 0.09, "triangle");
    if (beat % 4 === 0) tone(beat, 3.9, bar[0] / 2, 0.1);
  }
  // The lamp; the question; the answer; a hundred and twelve steps, eight of them heard.
  for (const [n, pitch] of [523.3, 659.3, 784].entries()) tone(4.7 + n * 0.15, 1.2, pitch, 0.12);
  for (const at of [9.4, 9.6, 9.8, 10.6, 10.8, 11]) tone(at, 0.12, 880, 0.14, "square");
  for (const [at, pitch] of [[14.6, 660], [14.85, 990]]) tone(at, 0.35, pitch, 0.16);
  for (let n = 0; n < 8; n += 1) tone(16.4 + n * 0.526, 0.12, 110 + (n % 2) * 20, 0.3, "triangle");
  // Far away in the fog.
  tone(22, 1.6, 92, 0.2, "sawtooth");
  // The lamp goes out; then the lens turns.
  tone(25.9, 0.6, 70, 0.3, "square");
  for (let n = 0; n < 9; n += 1) tone(27 + n * 0.6, 0.1, 300 + (n % 2) * 60, 0.12, "triangle");
  for (const at of HORNS) {
    tone(at, 0.8, 155.6, 0.22, "sawtooth");
    tone(at, 0.8, 233, 0.12, "sawtooth");
  }
  // The sea, and in the winter the wind: noise through a filter.
  const noise = audio.createBuffer(1, SECONDS * 48000, 48000);
  const samples = noise.getChannelData(0);
  let seed = 7;
  for (let n = 0; n < samples.length; n += 1) {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    samples[n] = seed / 1073741824 - 1;
  }
  const source = audio.createBufferSource();
  const filter = audio.createBiquadFilter();
  const gain = audio.createGain();
  source.buffer = noise;
  filter.type = "bandpass";
  filter.frequency.setValueAtTime(400, 0);
  gain.gain.setValueAtTime(0.02, 0);
  for (let t = 0; t < SECONDS; t += 1) {
    const storm = t >= 25 && t < 32;
    const inside = (t >= 16 && t < 20) || t >= 37;
    const level = storm ? 0.14 + 0.08 * Math.sin(t * 2.1) : 0.03 + 0.02 * Math.sin(t * 1.3);
    gain.gain.linearRampToValueAtTime(inside ? 0.006 : level, t + 1);
    filter.frequency.linearRampToValueAtTime(storm ? 700 + 300 * Math.sin(t * 1.7) : 400, t + 1);
  }
  source.connect(filter).connect(gain).connect(audio.destination);
  source.start();
  return audio.startRendering();
}
