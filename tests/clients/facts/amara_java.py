"""amara-java, a broadcaster's client: Spring and Jackson, and no final slash.

Jackson writes every member of a class, those that are not set as null.
"""

import json

from tests.clients.wire import (
    DETAIL,
    JSON,
    NEW_URL,
    SRT,
    SUBTITLES,
    TIME,
    VIDEOS,
    Fact,
    fits,
    is_json_object,
)

HEADERS = (
    "Accept: application/json, application/*+json",
    "Content-Type: application/json;charset=UTF-8",
    "X-api-username: USERNAME",
)

# It serialises all members of its Subtitles class, and one of its callers adds another.
AMARA_JAVA_MEMBERS = (
    *("action", "actions_uri", "description", "is_complete", "language", "metadata", "notes_uri"),
    *("resource_uri", "site_uri", "title", "version_number"),
)
AMARA_JAVA = json.dumps(
    dict.fromkeys(AMARA_JAVA_MEMBERS) | {"subtitles": SRT, "sub_format": "srt", "pomsMid": "WO_1"}
)
NEW_VIDEO = {
    **dict.fromkeys(("id", "description", "duration", "thumbnail", "project", "all_urls")),
    **dict.fromkeys(("created", "languages", "activity_uri", "urls_uri", "resource_uri")),
    "video_url": NEW_URL,
    "title": "Test",
    "primary_audio_language_code": "nl",
    "team": "COLLAB",
    "metadata": {"speaker-name": "", "location": "POW_1"},
}


FACTS = [
    Fact(
        "amara-java",
        "expects the subtitles back in the format it posted, as a string",
        "POST",
        SUBTITLES,
        (JSON,),
        AMARA_JAVA,
        status=201,
        holds=lambda a: a.json["sub_format"] == "srt" and "-->" in a.json["subtitles"],
    ),
    Fact(
        "amara-java",
        "posts null for every member it does not use",
        "POST",
        SUBTITLES,
        (JSON,),
        AMARA_JAVA,
        status=201,
        holds=lambda a: a.json["version_number"] == 3,
    ),
    Fact(
        "amara-java",
        "asks for completed tasks without saying true",
        "GET",
        "/api/teams/TEAM/tasks/?completed&completed-after=1356998400",
        holds=lambda a: a.json["objects"] == [],
    ),
    Fact(
        "amara-java",
        "leaves out the last slash before a query",
        "GET",
        "/api/activity?team=TEAM",
        holds=is_json_object,
    ),
    Fact(
        "amara-java",
        "leaves out the last slash",
        "GET",
        f"{SUBTITLES}actions",
        holds=lambda a: isinstance(a.json, list),
    ),
    Fact(
        "amara-java",
        "leaves it out of writes as well",
        "POST",
        SUBTITLES.rstrip("/"),
        (JSON,),
        AMARA_JAVA,
        status=201,
    ),
    Fact(
        "amara-java",
        "counts on 201 for a video, with null for what it does not know",
        "POST",
        VIDEOS,
        HEADERS,
        json.dumps(NEW_VIDEO),
        status=201,
        holds=lambda a: a.json["metadata"]["location"] == "POW_1",
    ),
    Fact(
        "amara-java",
        "writes its team's name as a parameter without a value",
        "POST",
        f"{SUBTITLES.rstrip('/')}?netinnederland",
        HEADERS,
        AMARA_JAVA,
        status=201,
    ),
    Fact(
        "amara-java",
        "reads a video's place among the broadcasts",
        "GET",
        f"{DETAIL[:-1]}?team=TEAM",
        HEADERS,
        before=(("PUT", DETAIL, '{"metadata": {"location": "POW_1"}}'),),
        holds=lambda a: a.json["metadata"]["location"] == "POW_1",
    ),
    Fact(
        "amara-java",
        "downloads WebVTT",
        "GET",
        f"{SUBTITLES[:-1]}?team=TEAM&format=vtt",
        HEADERS,
        holds=lambda a: a.body.startswith(b"WEBVTT"),
    ),
    Fact(
        "amara-java",
        "reads the times of what happened as instants",
        "GET",
        "/api/activity?team=TEAM",
        HEADERS,
        holds=lambda a: a.json["objects"] and fits(a.json["objects"], [{"created": TIME}]),
    ),
    Fact(
        "amara-java",
        "performs an action",
        "POST",
        f"{SUBTITLES}actions",
        HEADERS,
        '{"action": "publish"}',
    ),
    Fact(
        "amara-java",
        "reads tasks of one kind",
        "GET",
        "/api/teams/TEAM/tasks?type=Subtitle&limit=100",
        HEADERS,
        holds=lambda a: (
            fits(
                a.json["objects"],
                [
                    {
                        "video_id": str,
                        "language": str,
                        "type": str,
                        "priority": int,
                        "completed": TIME,
                        "approved": str,
                        "resource_uri": str,
                    }
                ],
            )
            and a.json["objects"]
        ),
    ),
]
