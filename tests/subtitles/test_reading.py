"""Storage, renditions, and how a download travels."""

import json
import threading

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from subtitles import queries, storage
from subtitles.formats import Comment, Cue, Span, Track, dump
from subtitles.models import SubtitleVersion
from tests.factories import SRT, VideoFactory, add_subtitles

# Readers leave no control character in a track but the line break.
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n"), max_size=30)
TIMES = st.none() | st.integers(0, 10**12)
SPANS = st.builds(
    Span,
    TEXT,
    st.integers(0, 7),
    st.none() | st.sampled_from(["#ff0000", "#00ff00"]),
    st.none() | TEXT,
    st.none() | TEXT,
)
CUES = st.builds(
    Cue,
    TIMES,
    TIMES,
    TEXT | st.lists(SPANS, min_size=1, max_size=3).map(tuple),
    st.booleans(),
    st.sampled_from([None, "top"]),
    st.sampled_from([None, "left", "right", "start", "end"]),
)
TRACKS = st.builds(
    Track,
    st.lists(CUES, max_size=8).map(tuple),
    st.sampled_from(["", "en", "pt-br"]),
    TEXT,
    TEXT,
    st.lists(st.builds(Comment, st.integers(0, 8), TEXT), max_size=2).map(tuple),
)


@given(TRACKS)
def test_what_is_stored_is_what_is_read(track):
    packed = storage.pack(track)
    assert storage.unpack(storage.plain([packed.cues])) == track
    # The database hands bytes back as it likes.
    assert storage.unpack(storage.plain([memoryview(packed.cues)])) == track
    assert storage.pack(track) == packed
    changed = storage.pack(Track((*track.cues, Cue(1, 2, "more"))))
    assert changed.digest != packed.digest


@given(TRACKS)
def test_the_json_of_the_api_is_written_from_storage_as_by_the_codec(track):
    cues = storage.columns(storage.plain([storage.pack(track).cues]))
    assert storage.rendered(cues, "json") == orjson.dumps(json.loads(dump(track, "json")))


def test_the_cache_keeps_what_was_used_last_and_no_more_than_it_may():
    cache = storage.Renditions(capacity=100)
    for name in "abcdefgh":
        cache.put(name, "srt", name.encode() * 12)
    assert cache.get("a", "srt") == b"a" * 12
    cache.put("i", "srt", b"i" * 12)
    kept = {name for name in "abcdefghi" if cache.get(name, "srt")}
    assert kept == set("acdefghi")
    # One for which many others would have to go, and one that is there, change nothing.
    cache.put("huge", "srt", b"x" * 13)
    cache.put("a", "srt", b"other")
    assert cache.get("huge", "srt") is None
    assert cache.get("a", "srt") == b"a" * 12
    assert cache.get("a", "vtt") is None


def test_the_cache_counts_right_when_many_use_it():
    cache = storage.Renditions(capacity=5000)

    def work(seed):
        for n in range(300):
            name = f"{(seed * 7 + n * 13) % 60}"
            if cache.get(name, "srt") is None:
                cache.put(name, "srt", b"x" * (100 + int(name)))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = [cache.get(str(n), "srt") for n in range(60)]
    assert 0 < sum(len(x) for x in kept if x) <= 5000
    assert all(x is None or len(x) == 100 + n for n, x in enumerate(kept))


def test_a_rendition_is_made_once_and_never_mixed_up(db, monkeypatch):
    monkeypatch.setattr(storage, "renditions", storage.Renditions())
    made = []
    real = queries._rendered
    monkeypatch.setattr(queries, "_rendered", lambda *args: made.append(args) or real(*args))
    video = VideoFactory()
    dfxp = '<tt xmlns="http://www.w3.org/ns/ttml"><!-- {} --><body><div>{}</div></body></tt>'
    cue = '<p begin="1s" end="2s">Hello</p>'
    path = f"/api/videos/{video.video_id}/languages/en/subtitles/"
    texts = []
    for n in (1, 2):
        source = dfxp.format(n, cue)
        version = add_subtitles(
            video, text=source, source_format="dfxp", source=storage.dfxp_source(source, "en")
        )
        texts.append(Client().get(f"{path}?format=dfxp").content.decode())
        # Another worker's copy is made of the same row.
        row = queries.version_row(
            video.video_id, "en", which=queries.NUMBERED, number=version.version_number
        )
        assert queries.rendition(row.pk, row.digest, "dfxp").decode() == texts[-1]
    # Equal cues, so one digest; what was sent around them is still each version's own.
    assert SubtitleVersion.objects.values("digest").distinct().count() == 1
    assert ("<!-- 1 -->" in texts[0], "<!-- 2 -->" in texts[1]) == (True, True)
    assert len(made) == 2
    for _ in range(3):
        Client().get(f"{path}?format=srt")
        Client().get(f"{path}?format=srt&version_number=1")
    assert len(made) == 3


# --- downloads -----------------------------------------------------------------------------------

DOWNLOADS = {
    "dfxp": ("application/ttml+xml", "dfxp"),
    "ttml": ("application/ttml+xml", "ttml"),
    "sbv": ("text/sbv", "sbv"),
    "srt": ("text/srt", "srt"),
    "ssa": ("text/ssa", "ssa"),
    "ass": ("text/ssa", "ass"),
    "vtt": ("text/vtt", "vtt"),
    "txt": ("text/plain", "txt"),
}


@pytest.fixture
def path(ana):
    video = VideoFactory(user=ana, title='"; filename=evil.html\r\nX-Evil: 1 <script>')
    add_subtitles(video, "en", text=SRT.replace("Hello", "<script>alert(1)</script>"))
    return f"/api/videos/{video.video_id}/languages/en/subtitles/"


@pytest.mark.parametrize("name", DOWNLOADS)
def test_a_download_is_a_file_that_never_runs(anonymous, path, name):
    media_type, extension = DOWNLOADS[name]
    answer = anonymous.get(f"{path}?format={name}")
    video_id = path.split("/")[3]
    assert answer["Content-Type"] == f"{media_type}; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="{video_id}.en.{extension}"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "Accept" in answer["Vary"]
    assert "evil" not in str(answer.headers).lower()


@pytest.mark.parametrize(
    "asked", [{"headers": {"Accept": "text/vtt"}}, {"QUERY_STRING": "format=vtt"}]
)
def test_only_a_download_is_answered_by_a_file(api, path, asked):
    answer = api.post(path, {"subtitles": SRT, "sub_format": "srt"}, **asked)
    assert (answer.status_code, answer["Content-Type"]) == (201, "application/json")
    assert answer.json()["version_number"] == 2
    assert api.delete(path, **asked).status_code in (204, 403)


@pytest.mark.parametrize("name", DOWNLOADS)
def test_a_download_that_has_not_changed_is_not_sent_again(api, anonymous, path, name):
    first = anonymous.get(f"{path}?format={name}")
    etag = first["ETag"]
    for known in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        again = anonymous.get(f"{path}?format={name}", headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b""), known
        assert again["ETag"] == etag
    other = anonymous.get(f"{path}?format={name}", headers={"If-None-Match": '"other"'})
    assert (other.status_code, other.content) == (200, first.content)
    # Every format and every version has a tag of its own.
    tags = {anonymous.get(f"{path}?format={format}")["ETag"] for format in DOWNLOADS}
    assert len(tags) == len(DOWNLOADS)
    assert api.post(path, {"subtitles": SRT, "sub_format": "srt"}).status_code == 201
    newer = anonymous.get(f"{path}?format={name}", headers={"If-None-Match": etag})
    assert newer.status_code == 200
    assert newer["ETag"] != etag
    old = anonymous.get(f"{path}?format={name}&version_number=1", headers={"If-None-Match": etag})
    assert old.status_code == 304


def test_a_hidden_download_is_unknown_whatever_tag_is_sent(cast, api_for):
    film = cast.hidden_video
    add_subtitles(film, actor=cast.owner)
    path = f"/api/videos/{film.video_id}/languages/en/subtitles/?format=srt"
    etag = api_for(cast.owner).get(path)["ETag"]
    for tag in (etag, "*"):
        answer = api_for(cast.stranger).get(path, headers={"If-None-Match": tag})
        assert answer.status_code == 404


@pytest.mark.parametrize(
    "encoding",
    ["utf-7", "zlib_codec", "hex", "klingon", "idna", "punycode", "undefined", "utf-32", "cp037"],
)
@pytest.mark.parametrize("as_file", [False, True])
def test_a_dfxp_that_claims_an_odd_encoding_is_read_or_refused(api, ana, encoding, as_file):
    video = VideoFactory(user=ana)
    path = f"/api/videos/{video.video_id}/languages/en/subtitles/"
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?><tt xmlns="http://www.w3.org/ns/ttml">'
        '<body><div><p begin="1s" end="2s">Hello</p></div></body></tt>'
    )
    if as_file:
        file = SimpleUploadedFile("film.dfxp", text.encode())
        answer = api.client.post(path, {"subtitles": file, "sub_format": "dfxp"})
    else:
        answer = api.post(path, {"subtitles": text, "sub_format": "dfxp"})
    assert answer.status_code in (201, 400), answer.content
    if answer.status_code == 201:
        assert "Hello" in api.get(f"{path}?format=srt").content.decode()
    else:
        assert list(answer.json()) == ["subtitles"]
        assert not SubtitleVersion.objects.exists()
