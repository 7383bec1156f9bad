"""corsair's plugin, whose suite runs against the hosted service today: TypeScript, the key alone.

Its schemas refuse another type, and take members that they do not know.
"""

import re

from tests.clients.wire import JSON, SUBTITLES, VIDEOS, Fact, is_user

HEADERS = (JSON, "Accept: application/json")
STRANGER = (*HEADERS, "X-api-key: STRANGER_KEY")


FACTS = [
    Fact(
        "corsair",
        "reads the subtitles' author as an object",
        "GET",
        SUBTITLES,
        holds=lambda a: is_user(a.json["author"]),
    ),
    Fact(
        "corsair",
        "reads an activity's user as an object",
        "GET",
        "/api/videos/VIDEO/activity/",
        holds=lambda a: all(is_user(item["user"]) for item in a.json["objects"]),
    ),
    Fact(
        "corsair",
        "addresses a url by its integer id",
        "GET",
        "/api/videos/VIDEO/urls/URL_ID/",
        holds=lambda a: isinstance(a.json["id"], int) and "videoid" in a.json,
    ),
    Fact(
        "corsair",
        "leaves the dollar of a user's id as it is",
        "GET",
        "/api/users/id$USER_ID/",
        holds=lambda a: re.fullmatch("[A-Za-z0-9_-]{43}", a.json["id"]),
    ),
    Fact(
        "corsair",
        "reads a public team's languages without being a member",
        "GET",
        "/api/teams/TEAM/languages/",
        STRANGER,
        key=False,
        holds=lambda a: all(
            a.json[name].endswith(f"/api/teams/{a.names['TEAM']}/languages/{name}/")
            for name in ("preferred", "blacklisted")
        ),
    ),
    Fact(
        "corsair",
        "reads a public team",
        "GET",
        "/api/teams/TEAM/",
        STRANGER,
        key=False,
        holds=lambda a: a.json["slug"] == a.names["TEAM"],
    ),
    Fact(
        "corsair",
        "lists teams",
        "GET",
        "/api/teams/?limit=2",
        STRANGER,
        key=False,
        holds=lambda a: isinstance(a.json["objects"], list),
    ),
    Fact(
        "corsair",
        "reads its own account",
        "GET",
        "/api/users/me/",
        STRANGER,
        key=False,
        holds=lambda a: a.json["username"] == a.names["STRANGER_NAME"] and a.json["id"],
    ),
    Fact(
        "corsair",
        "looks English up among the languages",
        "GET",
        "/api/languages/",
        HEADERS,
        holds=lambda a: a.json["languages"]["en"] == "English",
    ),
    Fact(
        "corsair",
        "lists videos with a number of all",
        "GET",
        f"{VIDEOS}?limit=5",
        HEADERS,
        holds=lambda a: type(a.json["meta"]["total_count"]) is int,
    ),
    Fact(
        "corsair",
        "looks a url up",
        "GET",
        f"{VIDEOS}?video_url=http%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3DYOUTUBE&limit=1",
        HEADERS,
        holds=lambda a: a.json["objects"][0]["id"] == a.names["VIDEO"],
    ),
    Fact(
        "corsair",
        "reads the name of the format that it asked for",
        "GET",
        f"{SUBTITLES}?sub_format=json",
        HEADERS,
        holds=lambda a: a.json["sub_format"] == "json",
    ),
    Fact(
        "corsair",
        "lists the older activity by ids",
        "GET",
        "/api/activity/?limit=2",
        HEADERS,
        holds=lambda a: a.json["objects"][0]["id"],
    ),
    Fact(
        "corsair",
        "adds a member by name and reads a person",
        "POST",
        "/api/teams/COLLAB/members/",
        HEADERS,
        '{"user": "OTHER_NAME", "role": "contributor"}',
        status=201,
        holds=lambda a: is_user(a.json["user"]) and a.json["role"] == "contributor",
    ),
    Fact(
        "corsair",
        "publishes by an action",
        "POST",
        f"{SUBTITLES}actions/",
        HEADERS,
        '{"action": "publish"}',
    ),
]
