"""A tiny film for tests that play one: 20 seconds of one colour a second, without sound, as WebM.

Chromium makes the pictures when the first test asks; nothing leaves the machine.
"""

import base64
import re
import struct
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Route

SECONDS = 20
FILM_URL = "https://media.example.com/tiny.webm"
_ENCODE = """async (seconds) => {
  const chunks = [];
  const encoder = new VideoEncoder({
    output(chunk) {
      const bytes = new Uint8Array(chunk.byteLength);
      chunk.copyTo(bytes);
      chunks.push(btoa(String.fromCharCode(...bytes)));
    },
    error(wrong) { throw wrong; },
  });
  encoder.configure({ codec: "vp8", width: 64, height: 36 });
  const canvas = new OffscreenCanvas(64, 36);
  const context = canvas.getContext("2d");
  for (let second = 0; second < seconds; second += 1) {
    context.fillStyle = `hsl(${second * 18} 80% 50%)`;
    context.fillRect(0, 0, 64, 36);
    const frame = new VideoFrame(canvas, { timestamp: second * 1e6, duration: 1e6 });
    encoder.encode(frame, { keyFrame: true });
    frame.close();
  }
  await encoder.flush();
  return chunks;
}"""
_made: list[bytes] = []


def film_bytes(chromium: Browser) -> bytes:
    if not _made:
        page = chromium.new_page()
        # Encoders are for pages that nobody could have changed on the way.
        page.route("https://encoder.example/", lambda route: route.fulfill(body="<title>"))
        page.goto("https://encoder.example/")
        pictures = [base64.b64decode(each) for each in page.evaluate(_ENCODE, SECONDS)]
        page.close()
        _made.append(webm(pictures))
    return _made[0]


@pytest.fixture
def film(chromium: Browser) -> bytes:
    return film_bytes(chromium)


def show(context: BrowserContext, film: bytes, url: str = FILM_URL) -> None:
    """Whatever is opened in the context finds the film at ``url``, whole or in parts."""

    def answer(route: Route) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", route.request.headers.get("range", ""))
        headers: dict[str, Any] = {"Content-Type": "video/webm", "Accept-Ranges": "bytes"}
        if asked is None:
            route.fulfill(body=film, headers=headers)
            return
        start, last = int(asked[1]), int(asked[2] or len(film) - 1)
        headers["Content-Range"] = f"bytes {start}-{last}/{len(film)}"
        route.fulfill(status=206, body=film[start : last + 1], headers=headers)

    context.route(url, answer)


# --- WebM: https://www.matroska.org/technical/elements.html ---------------------------------------


def webm(pictures: list[bytes]) -> bytes:
    """A picture a second, each a key frame of VP8."""
    head = _element(0x1A45DFA3, _text(0x4282, "webm"), _number(0x4287, 2), _number(0x4285, 2))
    duration = _element(0x4489, struct.pack(">d", 1000.0 * len(pictures)))
    info = _element(
        0x1549A966, _number(0x2AD7B1, 1_000_000), duration, _text(0x4D80, "t"), _text(0x5741, "t")
    )
    size = _element(0xE0, _number(0xB0, 64), _number(0xBA, 36))
    track = _element(
        0xAE, _number(0xD7, 1), _number(0x73C5, 1), _number(0x83, 1), _text(0x86, "V_VP8"), size
    )
    tracks = _element(0x1654AE6B, track)
    clusters = [
        _element(0x1F43B675, _number(0xE7, 1000 * n), _element(0xA3, b"\x81\0\0\x80" + picture))
        for n, picture in enumerate(pictures)
    ]
    places, place = [], len(info) + len(tracks)
    for n, cluster in enumerate(clusters):
        where = _element(0xB7, _number(0xF7, 1), _number(0xF1, place))
        places.append(_element(0xBB, _number(0xB3, 1000 * n), where))
        place += len(cluster)
    cues = _element(0x1C53BB6B, *places)
    return head + _element(0x18538067, info, tracks, *clusters, cues)


def _element(kind: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = (len(body) | 1 << 56).to_bytes(8, "big")
    return kind.to_bytes((kind.bit_length() + 7) // 8, "big") + size + body


def _number(kind: int, value: int) -> bytes:
    return _element(kind, value.to_bytes(8, "big"))


def _text(kind: int, value: str) -> bytes:
    return _element(kind, value.encode())
