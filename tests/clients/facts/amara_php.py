"""amara-php, scripts of the hosted service's own staff: curl, first at the old address."""

import re

from tests.clients.wire import DETAIL, ENGLISH, JSON, SUBTITLES, Fact, is_json_object, is_user

OLD = ("X-api-username: USERNAME", "X-apikey: SECRET", JSON, "Accept: application/json")
NEW = ("X-api-username: USERNAME", JSON, "Accept: application/json")


FACTS = [
    Fact(
        "amara-php",
        "reads a member's user as an object",
        "GET",
        "/api/teams/TEAM/members/",
        holds=lambda a: all(is_user(item["user"]) for item in a.json["objects"]),
    ),
    Fact(
        "amara-php",
        "takes the first version for the newest",
        "GET",
        ENGLISH,
        holds=lambda a: [version["version_no"] for version in a.json["versions"]] == [2, 1],
    ),
    Fact(
        "amara-php",
        "checks the shape of a video's id",
        "GET",
        DETAIL,
        holds=lambda a: re.fullmatch("[A-Za-z0-9]{12}", a.json["id"]),
    ),
    Fact(
        "amara-php",
        "names format 0 when it means none",
        "GET",
        f"{SUBTITLES}?format=0",
        holds=is_json_object,
    ),
    Fact(
        "amara-php",
        "reads the newest version's number at the old address",
        "GET",
        "/api2/partners/videos/VIDEO/languages/en/",
        OLD,
        key=False,
        holds=lambda a: a.json["versions"][0]["version_no"] == 2,
    ),
    Fact(
        "amara-php",
        "pages by objects, next and total_count",
        "GET",
        "/api2/partners/videos/VIDEO/languages/?limit=10&offset=0",
        OLD,
        key=False,
        holds=lambda a: (
            isinstance(a.json["objects"], list)
            and a.json["meta"]["next"] is None
            and a.json["meta"]["total_count"] == 1
        ),
    ),
    Fact(
        "amara-php",
        "lists what happened to a video",
        "GET",
        "/api2/partners/activity/?video=VIDEO&limit=10&offset=0",
        OLD,
        key=False,
        holds=lambda a: a.json["meta"]["total_count"] > 0,
    ),
    Fact(
        "amara-php",
        "lists a team's tasks",
        "GET",
        "/api2/partners/teams/TEAM/tasks/?limit=10&offset=0",
        OLD,
        key=False,
        holds=lambda a: len(a.json["objects"]) == 1,
    ),
    Fact(
        "amara-php",
        "moves a video to a team",
        "PUT",
        DETAIL,
        NEW,
        '{"team": "COLLAB"}',
        holds=lambda a: a.json["team"] == a.names["COLLAB"],
    ),
    Fact(
        "amara-php",
        "lists a video's urls with their integer ids",
        "GET",
        "/api/videos/VIDEO/urls/?limit=10&offset=0",
        NEW,
        holds=lambda a: [type(url["id"]) for url in a.json["objects"]] == [int, int],
    ),
    Fact(
        "amara-php",
        "takes subtitles in no stated format for JSON",
        "GET",
        f"{SUBTITLES}?format=0",
        NEW,
        holds=lambda a: a.json["version_number"] == 2,
    ),
    Fact(
        "amara-php",
        "reads a version's author as an object",
        "GET",
        ENGLISH,
        NEW,
        holds=lambda a: all(is_user(version["author"]) for version in a.json["versions"]),
    ),
    Fact(
        "amara-php",
        "still lists safe members",
        "GET",
        "/api2/partners/teams/TEAM/safe-members/?limit=10&offset=0",
        OLD,
        key=False,
        holds=lambda a: a.json["objects"],
    ),
]
