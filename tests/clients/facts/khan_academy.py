"""Khan Academy's programs, and those around it: KA Deutsch, KA's translator app and subtitles.py,
KA comments, sushi-chef and KA-Lite.
"""

import json

from tests.clients.wire import (
    DETAIL,
    JSON,
    LANGUAGES,
    SRT,
    SUBTITLES,
    UTC_SECOND,
    VIDEOS,
    YOUTUBE_URL,
    Fact,
    is_json_object,
)

ACTIVITY = (
    "/api/teams/COLLAB/activity/?limit=100&language=de&after=2020-11-28T09:00:00.123456Z&offset=0"
)
REQUEST = "/api/teams/COLLAB/subtitle-requests/JOB/"
GERMAN = "/api/videos/FILM/languages/de/subtitles/"
SEATED = ("PUT", REQUEST, '{"subtitler": "USERNAME"}')
POSTED = ("POST", GERMAN, json.dumps({"subtitles": SRT, "sub_format": "srt", "action": "endorse"}))


def tells(*, kind, role, **members):
    """That a team's activity has such an item; `user` and `assignee` are people, told by name."""

    def matches(item, names):
        for member, expected in members.items():
            found = item[member]
            if isinstance(found, dict):
                found, expected = found["username"], names[expected]
            if found != expected:
                return False
        return bool(UTC_SECOND.fullmatch(item["date"]))

    return lambda answer: any(
        matches(item, answer.names)
        for item in answer.json["objects"]
        if (item["type"], item["role"]) == (kind, role)
    )


FACTS = [
    Fact("sushi-chef", "lists languages", "GET", f"{LANGUAGES}?format=json", key=False),
    Fact("KA-Lite", "reads subtitles as a file", "GET", f"{SUBTITLES}?format=srt", key=False),
    Fact(
        "KA-Lite",
        "sends the old header at the old address",
        "GET",
        "/api2/partners/videos/VIDEO/",
        ("X-api-username: USERNAME", "X-apikey: SECRET"),
        key=False,
        holds=lambda a: a.json["all_urls"][0].endswith(a.names["YOUTUBE"]),
    ),
    Fact(
        "sushi-chef",
        "strips YouTube's url of exactly this prefix",
        "GET",
        DETAIL,
        holds=lambda a: (
            a.json["all_urls"][0] == f"http://www.youtube.com/watch?v={a.names['YOUTUBE']}"
        ),
    ),
    Fact(
        "sushi-chef",
        "replaces format=json in the uris it got",
        "GET",
        f"{DETAIL}?format=json",
        holds=lambda a: a.json["languages"][0]["subtitles_uri"].endswith("/subtitles/?format=json"),
    ),
    Fact(
        "KA Deutsch",
        "sees that the subtitler has translated",
        "GET",
        ACTIVITY,
        before=(SEATED, POSTED),
        holds=tells(
            kind="collab-state-change", role="subtitler", state_change="endorse", user="USERNAME"
        ),
    ),
    Fact(
        "KA Deutsch",
        "sees that the reviewer has approved",
        "GET",
        ACTIVITY,
        before=(
            SEATED,
            POSTED,
            ("PUT", REQUEST, '{"reviewer": "USERNAME"}'),
            ("POST", f"{GERMAN}actions/", '{"action": "endorse"}'),
        ),
        holds=tells(
            kind="collab-state-change", role="reviewer", state_change="endorse", user="USERNAME"
        ),
    ),
    Fact(
        "KA Deutsch",
        "sees who was given the work",
        "GET",
        ACTIVITY,
        before=(("PUT", REQUEST, '{"subtitler": "STRANGER_NAME"}'),),
        holds=tells(kind="collab-assign", role="subtitler", assignee="STRANGER_NAME"),
    ),
    Fact(
        "KA Deutsch",
        "sees from whom it was taken",
        "GET",
        ACTIVITY,
        before=(
            ("PUT", REQUEST, '{"subtitler": "STRANGER_NAME"}'),
            ("PUT", REQUEST, '{"subtitler": null}'),
        ),
        holds=tells(kind="collab-unassign", role="subtitler", assignee="STRANGER_NAME"),
    ),
    *[
        Fact(
            who,
            "sends an empty key before its visitor has one",
            "GET",
            target,
            ("X-api-key:",),
            key=False,
            holds=is_json_object,
        )
        for who, target in (
            ("KA translator app", f"{VIDEOS}?video_url=https://www.youtube.com/watch?v=YOUTUBE"),
            ("KA subtitles.py", SUBTITLES),
        )
    ],
    Fact(
        "KA translator app",
        "is told when the key is a word",
        "GET",
        DETAIL,
        ("X-api-key: null",),
        key=False,
        status=401,
    ),
    *[
        Fact(
            who,
            "adds to its team what the public has",
            "POST",
            VIDEOS,
            (JSON,),
            f'{{"video_url": "{YOUTUBE_URL}", "team": "COLLAB"}}',
            status=201,
            holds=lambda a: (
                (a.json["team"], a.json["all_urls"])
                == (a.names["COLLAB"], [f"http://www.youtube.com/watch?v={a.names['YOUTUBE']}"])
            ),
        )
        for who in ("sushi-chef", "KA comments")
    ],
    Fact(
        "KA comments",
        "is refused what the team has",
        "POST",
        VIDEOS,
        (JSON,),
        f'{{"video_url": "{YOUTUBE_URL}", "team": "COLLAB"}}',
        status=400,
        before=(("POST", VIDEOS, f'{{"video_url": "{YOUTUBE_URL}", "team": "COLLAB"}}'),),
        holds=lambda a: b"Video already exists" in a.body,
    ),
    Fact(
        "KA-Lite",
        "picks languages that are published, and prepends the host",
        "GET",
        f"/api2/partners/videos/?format=json&video_url={YOUTUBE_URL}",
        ("X-api-username: USERNAME", "X-apikey: SECRET"),
        key=False,
        holds=lambda a: (
            [
                (language["published"], language["subtitles_uri"].split("?")[0])
                for language in a.json["objects"][0]["languages"]
            ]
            == [(True, f"/api2/partners/videos/{a.names['VIDEO']}/languages/en/subtitles/")]
        ),
    ),
]
