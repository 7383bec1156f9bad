"""KSTools, the Czech Khan Academy's scripts: requests of Python with a header too many.

They send `format` as a header, which means nothing, and announce JSON also where there is none.
"""

import json

from tests.clients.wire import (
    DETAIL,
    JSON,
    LANGUAGES,
    NEW_URL,
    SRT,
    SUBTITLES,
    VIDEOS,
    YOUTUBE_URL,
    Fact,
    is_user,
)

HEADERS = ("Accept: */*", JSON, "format: json")
ACTIONS = "/api/videos/FILM/languages/en/subtitles/actions/"
REQUESTS = "/api/teams/COLLAB/subtitle-requests/"
REQUEST = "/api/teams/COLLAB/subtitle-requests/JOB/"
SEATED = ("PUT", REQUEST, '{"subtitler": "USERNAME"}')
ENDORSE = {"action": "endorse", "label": "Update subtitles", "complete": True}


def posted(**extra):
    return json.dumps({"subtitles": SRT, "sub_format": "srt", **extra})


FACTS = [
    Fact(
        "KSTools",
        "reads a note's user as an object",
        "POST",
        f"{SUBTITLES}notes/",
        (JSON,),
        '{"body": "Well done"}',
        status=201,
        holds=lambda a: is_user(a.json["user"]) and a.json["created"] == a.json["datetime"],
    ),
    Fact(
        "KSTools",
        "looks YouTube's videos up by https",
        "GET",
        f"{VIDEOS}?video_url=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3DYOUTUBE",
        holds=lambda a: a.json["meta"]["total_count"] == 1,
    ),
    Fact(
        "KSTools",
        "filters languages by parameters that do not exist",
        "GET",
        f"{LANGUAGES}?language_code=fr&subtitles_complete=False",
        holds=lambda a: a.json["meta"]["total_count"] == 1,
    ),
    Fact(
        "KSTools",
        "adds limit to a next link that has one",
        "GET",
        f"{LANGUAGES}?limit=10&offset=0&limit=10",
        holds=lambda a: a.json["meta"]["limit"] == 10,
    ),
    Fact(
        "KSTools",
        "counts on 204 for subtitles it took away",
        "DELETE",
        SUBTITLES,
        status=204,
        holds=lambda a: a.body == b"",
    ),
    Fact(
        "KSTools",
        "is offered to endorse where a language has no request",
        "GET",
        ACTIONS,
        HEADERS,
        holds=lambda a: a.json[0] == ENDORSE,
    ),
    Fact(
        "KSTools",
        "is offered it where the request is complete",
        "GET",
        "/api/videos/FILM/languages/de/subtitles/actions/",
        HEADERS,
        before=(
            SEATED,
            ("POST", "/api/videos/FILM/languages/de/subtitles/", posted()),
            ("PUT", REQUEST, '{"work_status": "complete"}'),
        ),
        holds=lambda a: a.json[0] == ENDORSE,
    ),
    Fact(
        "KSTools",
        "endorses what it uploads",
        "POST",
        "/api/videos/FILM/languages/en/subtitles/",
        HEADERS,
        posted(language_code="en", action="endorse"),
        status=201,
        holds=lambda a: a.json["version_number"] == 1,
    ),
    Fact(
        "KSTools",
        "has published what it endorsed",
        "GET",
        "/api/videos/FILM/languages/en/",
        HEADERS,
        before=(
            (
                "POST",
                "/api/videos/FILM/languages/en/subtitles/",
                posted(language_code="en", action="endorse"),
            ),
        ),
        holds=lambda a: (
            a.json["published"]
            and a.json["versions"][0]["published"]
            and a.json["subtitles_complete"]
        ),
    ),
    Fact(
        "KSTools",
        "asks to perform an action by GET, and gets the list",
        "GET",
        f"{ACTIONS}?actions=endorse",
        HEADERS,
        holds=lambda a: isinstance(a.json, list),
    ),
    Fact(
        "KSTools",
        "takes the public video of a url that a team added later",
        "GET",
        f"{VIDEOS}?video_url=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3DYOUTUBE",
        HEADERS,
        before=(("POST", VIDEOS, f'{{"video_url": "{YOUTUBE_URL}", "team": "COLLAB"}}'),),
        holds=lambda a: (
            a.json["meta"]["total_count"] == 2 and a.json["objects"][0]["id"] == a.names["VIDEO"]
        ),
    ),
    Fact(
        "KSTools",
        "takes it also of a url that the team added earlier",
        "GET",
        f"{VIDEOS}?video_url={NEW_URL}",
        HEADERS,
        before=(
            ("POST", VIDEOS, f'{{"video_url": "{NEW_URL}", "team": "COLLAB"}}'),
            ("POST", VIDEOS, f'{{"video_url": "{NEW_URL}"}}'),
        ),
        holds=lambda a: [video["team"] for video in a.json["objects"]] == [None, a.names["COLLAB"]],
    ),
    Fact(
        "KSTools",
        "asks for a team's video of a url",
        "GET",
        f"{VIDEOS}?video_url={YOUTUBE_URL}&team=COLLAB",
        HEADERS,
        before=(("POST", VIDEOS, f'{{"video_url": "{YOUTUBE_URL}", "team": "COLLAB"}}'),),
        holds=lambda a: [video["team"] for video in a.json["objects"]] == [a.names["COLLAB"]],
    ),
    Fact(
        "KSTools",
        "counts a language's versions",
        "GET",
        f"{LANGUAGES}?limit=10",
        HEADERS,
        holds=lambda a: (
            a.json["meta"]["next"] is None
            and [len(language["versions"]) for language in a.json["objects"]] == [2]
        ),
    ),
    Fact(
        "KSTools",
        "sends a body along when it downloads",
        "GET",
        f"{SUBTITLES}?format=srt",
        HEADERS,
        '{"language_code": "en", "video-id": "VIDEO"}',
        holds=lambda a: "-->" in a.body.decode() and len(a.body) > 20,
    ),
    Fact(
        "KSTools",
        "puts the spoken language alone",
        "PUT",
        DETAIL,
        HEADERS,
        '{"primary_audio_language_code": "en"}',
        holds=lambda a: (a.json["primary_audio_language_code"], a.json["title"]) == ("en", "First"),
    ),
    Fact(
        "KSTools",
        "finds the request of a video and language",
        "GET",
        f"{REQUESTS}?video=FILM&language=de",
        HEADERS,
        holds=lambda a: [job["job_id"] for job in a.json["objects"]] == [a.names["JOB"]],
    ),
    Fact(
        "KSTools",
        "makes a request",
        "POST",
        REQUESTS,
        HEADERS,
        '{"video": "FILM", "language": "cs"}',
        status=201,
        holds=lambda a: a.json["work_status"] == "needs-subtitler",
    ),
    Fact(
        "KSTools",
        "takes the subtitler's seat and reads who has it",
        "PUT",
        REQUEST,
        HEADERS,
        '{"subtitler": "USERNAME"}',
        holds=lambda a: is_user(a.json["subtitler"]),
    ),
    Fact(
        "KSTools",
        "takes the reviewer's",
        "PUT",
        REQUEST,
        HEADERS,
        '{"reviewer": "USERNAME"}',
        holds=lambda a: is_user(a.json["reviewer"]),
    ),
    Fact(
        "KSTools",
        "leaves it by null",
        "PUT",
        REQUEST,
        HEADERS,
        '{"reviewer": null}',
        before=(("PUT", REQUEST, '{"reviewer": "USERNAME"}'),),
        holds=lambda a: a.json["reviewer"] is None,
    ),
    Fact(
        "KSTools",
        "counts on 204 for a request it took away",
        "DELETE",
        REQUEST,
        HEADERS,
        status=204,
        holds=lambda a: a.body == b"",
    ),
]
