"""A file of 2,000 cues goes in as each format and comes out as each other, over HTTP.

Files are written and read here by a few lines of their own, so that the server's readers and
writers cannot agree on the same mistake.
"""

import json
import re

import pytest
from defusedxml import ElementTree

from tests.server.web import Web

COUNT = 2000


def cues():
    """(start, end, text) of every cue: all sorts of milliseconds, every third on two lines."""
    found = []
    for n in range(COUNT):
        start = n * 2750 + (n * 37) % 1000
        text = f"Cue {n}, žluťoučký kůň 🐎" + (f"\nline two of {n}" if n % 3 == 0 else "")
        found.append((start, start + 1200 + (n * 13) % 900, text))
    return found


def clock(ms, point=".", digits=3, hours=2):
    rest, milli = divmod(ms, 1000)
    fraction = f"{milli:03}"[:digits]
    return f"{rest // 3600:0{hours}}:{rest // 60 % 60:02}:{rest % 60:02}{point}{fraction}"


def ms_of(text):
    hours, minutes, seconds, fraction = re.fullmatch(r"(\d+):(\d\d):(\d\d)[.,](\d+)", text).groups()
    whole = (int(hours) * 3600 + int(minutes) * 60 + int(seconds)) * 1000
    return whole + int(fraction.ljust(3, "0"))


# --- files in ------------------------------------------------------------------------------------


def srt(cues):
    return "\n".join(
        f"{n}\n{clock(a, ',')} --> {clock(b, ',')}\n{text}\n"
        for n, (a, b, text) in enumerate(cues, 1)
    )


def vtt(cues):
    return "WEBVTT\n\n" + "\n".join(f"{clock(a)} --> {clock(b)}\n{text}\n" for a, b, text in cues)


def sbv(cues):
    return "\n".join(f"{clock(a, hours=1)},{clock(b, hours=1)}\n{text}\n" for a, b, text in cues)


def ssa(cues, first="Marked=0", column="Marked", script="v4.00"):
    events = [
        "Dialogue: {},{},{},Default,,0000,0000,0000,,{}".format(
            first,
            clock(a, digits=2, hours=1),
            clock(b, digits=2, hours=1),
            text.replace("\n", r"\N"),
        )
        for a, b, text in cues
    ]
    fields = f"{column}, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"
    head = ["[Script Info]", f"ScriptType: {script}", "", "[Events]", f"Format: {fields}"]
    return "\n".join([*head, *events])


def ass(cues):
    return ssa(cues, "0", "Layer", "v4.00+")


def dfxp(cues):
    lines = [
        f'<p begin="{clock(a)}" end="{clock(b)}">{text.replace(chr(10), "<br/>")}</p>'
        for a, b, text in cues
    ]
    body = "\n".join(lines)
    return f'<tt xmlns="http://www.w3.org/ns/ttml"><body><div>{body}</div></body></tt>'


def json_list(cues):
    return json.dumps(
        [
            {"start": a, "end": b, "text": text.replace("\n", "<br>"), "position": n}
            for n, (a, b, text) in enumerate(cues, 1)
        ]
    )


def txt(cues):
    return "\n\n".join(text for _, _, text in cues)


WRITE = {
    "srt": srt,
    "vtt": vtt,
    "sbv": sbv,
    "ssa": ssa,
    "ass": ass,
    "dfxp": dfxp,
    "ttml": dfxp,
    "xml": dfxp,
    "json": json_list,
    "txt": txt,
}


# --- files out -----------------------------------------------------------------------------------


def blocks(between):
    time = r"(\d+:\d\d:\d\d[.,]\d{3})"
    pattern = re.compile(rf"^{time}{between}{time}[^\n]*\n((?:.+(?:\n|\Z))+)", re.M)

    def read(text):
        found = pattern.findall(text.replace("\r\n", "\n"))
        return [(ms_of(a), ms_of(b), words.rstrip("\n")) for a, b, words in found]

    return read


def read_ssa(text):
    time = r"(\d+:\d\d:\d\d\.\d\d)"
    found = re.findall(rf"^Dialogue: [^,]*,{time},{time},(?:[^,]*,){{6}}(.*?)\r?$", text, re.M)
    return [(ms_of(a), ms_of(b), words.replace(r"\N", "\n")) for a, b, words in found]


def read_dfxp(text):
    found = []
    for p in ElementTree.fromstring(text.encode()).iter("{http://www.w3.org/ns/ttml}p"):
        words = []
        for element in p.iter():
            if element.tag.endswith("}br"):
                words.append("\n")
            else:
                words.append(element.text or "")
            words.append("" if element is p else element.tail or "")
        times = (p.get("begin"), p.get("end"))
        a, b = (ms_of(time) if time else None for time in times)
        found.append((a, b, "".join(words).strip()))
    return found


def read_json(found):
    assert [cue["position"] for cue in found] == list(range(1, len(found) + 1))
    return [(cue["start"], cue["end"], cue["text"].replace("<br>", "\n")) for cue in found]


def read_txt(text):
    parts = re.split(r"\n\n", text.replace("\r\n", "\n").strip("\n"))
    return [(None, None, part) for part in parts]


READ = {
    "srt": blocks(" --> "),
    "vtt": blocks(" --> "),
    "sbv": blocks(","),
    "ssa": read_ssa,
    "ass": read_ssa,
    "dfxp": read_dfxp,
    "ttml": read_dfxp,
    "xml": read_dfxp,
    "json": read_json,
    "txt": read_txt,
}
RAW = ["dfxp", "ttml", "sbv", "srt", "ssa", "ass", "vtt", "txt"]
# How each format writes a time that is not known.
NO_TIME = {
    "srt": 359_999_999,
    "vtt": 359_999_999,
    "sbv": 35_999_000,
    "ssa": 35_999_990,
    "ass": 35_999_990,
}


def as_read(source, cues):
    """What the server knows after it has read a file: SSA has centiseconds, text no times."""
    if source == "txt":
        return [(None, None, text) for _, _, text in cues]
    step = 10 if source in ("ssa", "ass") else 1
    return [(a // step * step, b // step * step, text) for a, b, text in cues]


def as_written(target, cues):
    """What a file of ``target`` can say of that."""
    if target == "txt":
        return [(None, None, text) for _, _, text in cues]
    step = 10 if target in ("ssa", "ass") else 1

    def time(ms):
        return NO_TIME.get(target) if ms is None else (ms + step // 2) // step * step

    return [(time(a), time(b), text) for a, b, text in cues]


@pytest.mark.parametrize("source", WRITE)
def test_two_thousand_cues_survive_every_way_through(running, source):
    web = Web(running.url, running.key)
    url = f"https://media.example.com/matrix-{source}-{id(running)}.mp4"
    film = f"videos/{web.made('videos/', video_url=url)['id']}"
    path = f"{film}/languages/cs/subtitles/"
    body = {"subtitles": WRITE[source](cues()), "sub_format": source}
    if source == "json":
        body["subtitles"] = json.loads(body["subtitles"])
    posted = web("POST", path, body)
    assert posted.status == 201, posted.body[:500]
    known = as_read(source, cues())
    assert READ[source](posted.json["subtitles"]) == as_written(source, known)

    for target, read in READ.items():
        answer = web("GET", f"{path}?sub_format={target}")
        assert answer.status == 200
        assert answer.json["sub_format"] == target
        expected = as_written(target, known)
        assert read(answer.json["subtitles"]) == expected, (source, target)
        if target in RAW:
            raw = web("GET", f"{path}?format={target}")
            assert raw.body.decode() == answer.json["subtitles"], (source, target)
            accepted = web("GET", path, Accept=raw.media_type)
            assert read(accepted.body.decode()) == expected, (source, target)
    language = web("GET", f"{film}/languages/cs/").json
    assert language["subtitle_count"] == COUNT
