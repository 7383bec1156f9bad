"""amaranth, a Ruby client: both headers, JSON announced on every request, exact statuses."""

import json

from tests.clients.wire import DETAIL, JSON, LANGUAGES, UTC_SECOND, VIDEOS, YOUTUBE_URL, Fact

HEADERS = ("Accept: */*", JSON, "X-api-username: USERNAME")


FACTS = [
    Fact(
        "amaranth",
        "sends an absolute request line",
        "GET",
        f"ORIGIN{VIDEOS}?video_url=http://www.youtube.com/watch?v=YOUTUBE",
        holds=lambda a: a.json["meta"]["total_count"] == 1,
    ),
    Fact(
        "amaranth",
        "counts on 201 for what it made",
        "POST",
        VIDEOS,
        (JSON,),
        '{"video_url": "http://example.com/UNIQUE.mp4"}',
        status=201,
    ),
    Fact(
        "amaranth",
        "looks for these words to learn that a video exists",
        "POST",
        VIDEOS,
        (JSON,),
        '{"video_url": "https://www.youtube.com/watch?v=YOUTUBE"}',
        status=400,
        holds=lambda a: b"Video already" in a.body,
    ),
    Fact("amaranth", "counts on 200 for a change", "PUT", DETAIL, (JSON,), '{"title": "Second"}'),
    Fact(
        "amaranth",
        "finds the video that exists by its url, unescaped",
        "GET",
        f"{VIDEOS}?video_url={YOUTUBE_URL}",
        HEADERS,
        holds=lambda a: a.json["objects"][0]["id"] == a.names["VIDEO"],
    ),
    Fact(
        "amaranth",
        "lists a team's videos by an absolute request line",
        "GET",
        f"ORIGIN{VIDEOS}?limit=100&team=TEAM",
        HEADERS,
        holds=lambda a: [video["team"] for video in a.json["objects"]] == [a.names["TEAM"]],
    ),
    Fact(
        "amaranth",
        "takes the latest time of a version for a language's",
        "GET",
        LANGUAGES,
        HEADERS,
        holds=lambda a: UTC_SECOND.fullmatch(
            max(v["created"] for v in a.json["objects"][0]["versions"])
        ),
    ),
    Fact(
        "amaranth",
        "puts back its attributes, null where there was none",
        "PUT",
        DETAIL,
        HEADERS,
        json.dumps(
            {
                "id": "VIDEO",
                "title": "Second",
                "description": "",
                "thumbnail": "",
                "primary_audio_language_code": None,
                "team": None,
                "project": None,
            }
        ),
        holds=lambda a: (a.json["id"], a.json["title"]) == (a.names["VIDEO"], "Second"),
    ),
    Fact(
        "amaranth",
        "reads a team and its projects",
        "GET",
        "/api/teams/TEAM/projects/?limit=100",
        HEADERS,
        holds=lambda a: a.json["objects"] == [] and a.json["meta"]["next"] is None,
    ),
]
