"""Programs with a fact or two each, those that are also driven, and what all have in common."""

from urllib.parse import quote_plus

from tests.clients.wire import (
    BROWSER,
    DETAIL,
    ENGLISH,
    FORM,
    FRENCH,
    JSON,
    LANGUAGES,
    NEW_URL,
    SUBTITLES,
    UTC_SECOND,
    VIDEOS,
    YOUTUBE_URL,
    Fact,
    form,
    is_json_object,
)

# How times are written, by whom, and twice: long past, and not yet.
TIMES = [
    (
        *("c3subtitles", "a Python datetime"),
        *("2001-02-03 04:05:06.000789+00:00", "2099-02-03 04:05:06.000789+00:00"),
    ),
    ("amara-handler", "a date", "2019-01-01", "2099-01-01"),
    (
        *("KA Deutsch", "ISO 8601 with a fraction"),
        *("2019-01-01T00:00:00.123456Z", "2099-01-01T00:00:00.123456Z"),
    ),
    ("amara-java", "unix seconds", "1356998400", "4070908800"),
]
# The lists that take them, and whether ours has anything in it; a filter that is ignored shows
# only where it has.
TIMED = [
    ("the legacy activity", "/api/activity/?team=TEAM&after=", True),
    ("a video's activity", "/api/videos/VIDEO/activity/?after=", True),
    ("tasks", "/api/teams/TEAM/tasks/?completed-after=", False),
    ("applications", "/api/teams/TEAM/applications/?after=", False),
]


def finds_something(answer):
    return answer.json["meta"]["total_count"] > 0


def finds_nothing(answer):
    return answer.json["meta"]["total_count"] == 0


TIME_FACTS = [
    Fact(
        who,
        f"filters {place} by {form_} in the {when}",
        "GET",
        target + quote_plus(value),
        holds=finds_something if has_items and when == "past" else finds_nothing,
    )
    for who, form_, past, future in TIMES
    for place, target, has_items in TIMED
    for when, value in (("past", past), ("future", future))
]

# Limits above the cap are somebody's habit, and no mistake.
PAGING = [
    Fact(
        "all pagers",
        f"ask for {limit}",
        "GET",
        f"{VIDEOS}?limit={limit}&offset=0",
        holds=lambda a: (
            all(type(a.json["meta"][name]) is int for name in ("limit", "offset", "total_count"))
            and a.json["meta"]["previous"] is None
        ),
    )
    for limit in (100, 200, 300)
]

FACTS = [
    Fact(
        "amaraapi",
        "creates a video with a form",
        "POST",
        VIDEOS,
        (FORM,),
        form(video_url=NEW_URL, primary_audio_language_code="en"),
        status=201,
        holds=lambda a: a.json["primary_audio_language_code"] == "en",
    ),
    Fact(
        "c3subtitles",
        "completes a language with true as text",
        "PUT",
        ENGLISH,
        (FORM,),
        form(subtitles_complete="true"),
        holds=lambda a: a.json["subtitles_complete"] is True,
    ),
    Fact(
        "c3subtitles",
        "leaves a boolean out of a form to keep it",
        "PUT",
        ENGLISH,
        (FORM,),
        form(is_primary_audio_language="true"),
        before=(("PUT", ENGLISH, '{"subtitles_complete": true}'),),
        holds=lambda a: a.json["subtitles_complete"] is True,
    ),
    Fact(
        "UNL MediaHub",
        "creates a video with JSON that no Content-Type announces",
        "POST",
        VIDEOS,
        body='{"video_url": "http://example.com/UNIQUE.mp4", "title": "Hub"}',
        status=201,
        holds=lambda a: a.json["title"] == "Hub",
    ),
    Fact(
        "yt-dlp", "reads a video", "GET", f"{DETAIL}?format=json", key=False, holds=is_json_object
    ),
    Fact(
        "c3subtitles",
        "finds a video by its url",
        "GET",
        f"{VIDEOS}?video_url=http://www.youtube.com/watch?v=YOUTUBE",
        key=False,
        holds=lambda a: a.json["meta"]["total_count"] == 1,
    ),
    Fact("yt-dlp", "lists public videos", "GET", VIDEOS, key=False),
    Fact("anyone", "lists urls", "GET", "/api/videos/VIDEO/urls/", key=False),
    Fact("today's clients", "send the key alone", "GET", "/api/users/me/"),
    Fact(
        "2016's clients",
        "send the name beside it",
        "GET",
        "/api/users/USERNAME/",
        ("X-api-username: USERNAME",),
        holds=lambda a: a.json["username"],
    ),
    Fact(
        "Mozilla's scripts",
        "send the old header without a name",
        "GET",
        "/api2/partners/teams/",
        ("X-apikey: SECRET",),
        key=False,
    ),
    Fact(
        "the change policy",
        "lets a client opt in to any future",
        "GET",
        DETAIL,
        ("X-API-FUTURE: 20990101",),
    ),
    Fact(
        "c3subtitles",
        "parses the time of a video as UTC seconds",
        "GET",
        DETAIL,
        holds=lambda a: UTC_SECOND.fullmatch(a.json["created"]),
    ),
    Fact(
        "c3subtitles",
        "parses the time of every version likewise",
        "GET",
        ENGLISH,
        holds=lambda a: all(UTC_SECOND.fullmatch(v["created"]) for v in a.json["versions"]),
    ),
    Fact(
        "Chrome extension",
        "looks them up by the short form",
        "GET",
        f"{VIDEOS}?video_url=https://youtu.be/YOUTUBE",
        holds=lambda a: a.json["meta"]["total_count"] == 1,
    ),
    Fact(
        "c3subtitles",
        "splits SRT at CRLF",
        "GET",
        f"{SUBTITLES}?format=srt",
        holds=lambda a: len(a.body.strip().split(b"\r\n\r\n")) == 2,
    ),
    Fact(
        "Pipedream",
        "calls its number by the longer name",
        "GET",
        ENGLISH,
        holds=lambda a: (
            a.json["versions"][0]["version_number"] == 2
            and a.json["versions"][0]["published"] is True
        ),
    ),
    Fact(
        "everyone",
        "reads cues in milliseconds, counted from one",
        "GET",
        SUBTITLES,
        holds=lambda a: (
            [(cue["position"], cue["start"], cue["end"]) for cue in a.json["subtitles"]]
            == [(1, 1000, 2500), (2, 3000, 4000)]
        ),
    ),
    Fact(
        "yt-dlp",
        "asks for JSON by parameter while it accepts like a browser",
        "GET",
        f"{DETAIL}?format=json",
        (BROWSER,),
        key=False,
        holds=is_json_object,
    ),
    Fact(
        "yt-dlp",
        "asks for SRT the same way",
        "GET",
        f"{SUBTITLES}?format=srt",
        (BROWSER,),
        key=False,
        holds=lambda a: a.media_type == "text/srt" and b"-->" in a.body,
    ),
    Fact(
        "Chrome extension",
        "accepts anything",
        "GET",
        DETAIL,
        ("Accept: */*",),
        holds=is_json_object,
    ),
    Fact("plain sockets", "name no type", "GET", DETAIL, holds=is_json_object),
    Fact(
        "Chrome extension",
        "appends ?format=srt to the uris it got",
        "GET",
        DETAIL,
        holds=lambda a: a.json["languages"][0]["subtitles_uri"].endswith("/subtitles/"),
    ),
    Fact("strict url libraries", "escape it", "GET", "/api/users/id%24USER_ID/"),
    Fact(
        "c3subtitles",
        "counts on 204 and nothing for a url it took away",
        "DELETE",
        "/api/videos/VIDEO/urls/URL_ID/",
        status=204,
        holds=lambda a: a.body == b"",
    ),
    Fact(
        "everyone",
        "counts on 204 for a video they took away",
        "DELETE",
        DETAIL,
        status=204,
        holds=lambda a: a.body == b"",
    ),
    Fact("amaraapi", "takes only 404 for no subtitles", "GET", FRENCH, status=404),
    Fact("amaraapi", "takes only 404 for no language", "GET", f"{LANGUAGES}fr/", status=404),
    Fact("amaraapi", "takes only 404 for no video", "GET", f"{VIDEOS}nonesuchabcd/", status=404),
    Fact(
        "amaraapi",
        "takes it even from an unknown language's subtitles",
        "GET",
        f"{LANGUAGES}qqq/subtitles/?sub_format=srt",
        status=404,
    ),
    Fact(
        "Subtitles For YouTube",
        "prepends the host to the uris of the old address",
        "GET",
        f"/api2/partners/videos/?video_url={YOUTUBE_URL}",
        ("X-apikey: SECRET",),
        key=False,
        holds=lambda a: a.json["objects"][0]["languages"][0]["subtitles_uri"].startswith("/api2/"),
    ),
    Fact(
        "Subtitles For YouTube",
        "asks for JSON there and is told that it got it",
        "GET",
        "/api2/partners/videos/VIDEO/languages/en/subtitles/?sub_format=json",
        ("X-apikey: SECRET",),
        key=False,
        holds=lambda a: a.json["sub_format"] == "json" and isinstance(a.json["subtitles"], list),
    ),
    Fact(
        "vimeo users",
        "keep the hash of a private link",
        "POST",
        VIDEOS,
        (JSON,),
        '{"video_url": "https://vimeo.com/NUMBER/a1b2c3d4e5"}',
        status=201,
        holds=lambda a: a.json["all_urls"][0].endswith(f"{a.names['NUMBER']}/a1b2c3d4e5"),
    ),
    Fact(
        "vimeo users",
        "find the video by its id alone",
        "GET",
        f"{VIDEOS}?video_url=https://vimeo.com/NUMBER",
        before=(("POST", VIDEOS, '{"video_url": "https://vimeo.com/NUMBER/a1b2c3d4e5"}'),),
        holds=lambda a: a.json["meta"]["total_count"] == 1,
    ),
    *TIME_FACTS,
    *PAGING,
]
