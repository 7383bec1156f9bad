"""prx-amara, the Ruby client of public radio (PRX): JSON at the old address, both headers."""

import json

from tests.clients.wire import DETAIL, JSON, SRT, UTC_SECOND, Fact

HEADERS = ("X-api-username: USERNAME", "X-apikey: SECRET", JSON, "Accept: application/json")


FACTS = [
    Fact(
        "prx-amara",
        "creates videos at the old address",
        "POST",
        "/api2/partners/videos/",
        (JSON, "X-apikey: SECRET"),
        '{"video_url": "http://example.com/UNIQUE.mp4"}',
        key=False,
        status=201,
    ),
    Fact(
        "prx-amara",
        "puts the video's id into the body",
        "PUT",
        DETAIL,
        (JSON,),
        '{"video_id": "VIDEO", "title": "Second"}',
        holds=lambda a: a.json["title"] == "Second",
    ),
    Fact(
        "prx-amara",
        "reads a video it made",
        "GET",
        "/api2/partners/videos/VIDEO/",
        HEADERS,
        key=False,
        holds=lambda a: a.json["id"] == a.names["VIDEO"],
    ),
    Fact(
        "prx-amara",
        "puts the video's id into the body there too",
        "PUT",
        "/api2/partners/videos/VIDEO/",
        HEADERS,
        '{"video_id": "VIDEO", "title": "Second"}',
        key=False,
        holds=lambda a: a.json["title"] == "Second",
    ),
    Fact(
        "prx-amara",
        "posts subtitles with both names of the address in the body",
        "POST",
        "/api2/partners/videos/VIDEO/languages/en/subtitles/",
        HEADERS,
        json.dumps(
            {"video_id": "VIDEO", "language_code": "en", "subtitles": SRT, "sub_format": "srt"}
        ),
        key=False,
        status=201,
        holds=lambda a: a.json["version_no"] == 3,
    ),
    Fact(
        "prx-amara",
        "reads safe members",
        "GET",
        "/api2/partners/teams/TEAM/safe-members/",
        HEADERS,
        key=False,
        holds=lambda a: a.json["objects"],
    ),
    Fact(
        "Pop Up Archive",
        "reads the later form where the old address is dated",
        "GET",
        "/api2/partners/videos/VIDEO/",
        (*HEADERS, "X-API-FUTURE: 20160801"),
        key=False,
        holds=lambda a: (
            UTC_SECOND.fullmatch(a.json["created"])
            and a.json["resource_uri"].endswith(f"/api2/partners/videos/{a.names['VIDEO']}/")
            and a.json["resource_uri"].startswith("http")
        ),
    ),
    Fact(
        "CommunitySubtitles",
        "reads cues in milliseconds there",
        "GET",
        "/api2/partners/videos/VIDEO/languages/en/subtitles/?sub_format=json",
        (*HEADERS, "X-API-FUTURE: 20160801"),
        key=False,
        holds=lambda a: a.json["subtitles"][0]["end"] == 2500,
    ),
]
