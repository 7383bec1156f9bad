"""Every member of every answer of the form of 2012: that it is there, its type, and whether an
address has its host.

The answers are those of `tests/api/golden`, which are held to the server; the table below says
what the documentation of 2011 and 2012 prints of each member, and of members that came later what
its neighbours are. What is in no row fails, and so does a row that no answer shows.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import resolve

from amara_api.kernel.versions import CURRENT, PARTNERS, name_of
from amara_api.urls import api as routes
from subtitles.comparing import Kind as Change
from subtitles.report import SOFT_LIMITS, Kind, Limits
from tests.api.golden_cases import CASES
from tests.docs.pages import ROOT

GOLDEN = ROOT / "tests" / "api" / "golden"
SECOND = "/api2/partners/"

# `?` after a kind: or null. A list has one item that stands for all. `MAYBE` begins the names of
# members that not every answer has.
MAYBE = "~"
TEXTS = "texts"
KINDS = {
    # An address inside the API: a path below the prefix, without the host.
    "path": lambda value: isinstance(value, str) and value.startswith(SECOND),
    # A page for people, or an address elsewhere.
    "page": lambda value: bool(re.match(r"http://testserver/(?!api)", value)),
    "url": lambda value: bool(re.match("https?://", value)),
    "url or empty": lambda value: value == "" or bool(re.match("https?://", value)),
    # The index and the languages of teams: no member says that it is an address.
    "link": lambda value: value.startswith(f"http://testserver{SECOND}"),
    "time": lambda value: bool(re.fullmatch(r"\d{4}(-\d\d){2}T\d\d:\d\d:\d\d", value)),
    "digits": lambda value: isinstance(value, str) and value.isdecimal(),
    "share": lambda value: value in ("0.0", "1.0"),
    "percent": lambda value: bool(re.fullmatch(r"\d+%", value)),
    "text": lambda value: isinstance(value, str) and not value.startswith(("http", SECOND)),
    "empty": lambda value: value == "",
    "null": lambda value: value is None,
    "flag": lambda value: type(value) is bool,
    "whole": lambda value: type(value) is int,
    "number": lambda value: type(value) in (int, float),
    TEXTS: lambda value: all(isinstance(item, str) for pair in value.items() for item in pair),
    "event": lambda value: isinstance(value["event"], str),
}

PERSON = {"username": "text", "id": "text", "uri": "path"}
VIDEO = {
    "id": "text",
    "video_type": "text",
    "primary_audio_language_code": "text?",
    "original_language": "text?",
    "title": "text",
    "description": "text",
    "duration": "whole?",
    "thumbnail": "url or empty",
    "created": "time",
    "team": "text?",
    "project": "text?",
    "all_urls": ["url"],
    "metadata": TEXTS,
    "languages": [
        {
            "code": "text",
            "name": "text",
            "visible": "flag",
            "published": "flag",
            "dir": "text",
            "subtitles_uri": "path",
            "resource_uri": "path",
        }
    ],
    "activity_uri": "path",
    "urls_uri": "path",
    "subtitle_languages_uri": "path",
    "resource_uri": "path",
    "site_url": "page",
}
MADE_OF = {
    "origin": "text",
    "note": "text",
    "translated_from": {"language_code": "text", "version_number": "whole"},
}
URL = {
    "created": "time",
    "url": "url",
    "primary": "flag",
    "original": "flag",
    "id": "digits",
    "videoid": "text",
    "type": "text",
    "video-id": "text",
    "resource_uri": "path",
}
LANGUAGE = {
    "id": "digits",
    "created": "time",
    "language_code": "text",
    "is_primary_audio_language": "flag",
    "is_rtl": "flag",
    "is_translation": "flag",
    "published": "flag",
    "original_language_code": "text?",
    "name": "text",
    "title": "text",
    "description": "text",
    "metadata": TEXTS,
    "subtitle_count": "whole",
    "subtitles_complete": "flag",
    "versions": [
        {
            "author": "text?",
            "author_uri": "path?",
            "published": "flag",
            "version_no": "whole",
            "version_number": "whole",
            "created": "time",
            **MADE_OF,
            "status": "text",
            "text_change": "share",
            "time_change": "share",
        }
    ],
    "subtitles_uri": "path",
    "resource_uri": "path",
    "num_versions": "whole",
    "is_original": "flag",
    "soft_limit_lines": "whole?",
    "soft_limit_min_duration": "whole?",
    "soft_limit_max_duration": "whole?",
    "soft_limit_cpl": "whole?",
    "soft_limit_cps": "whole?",
    "completion": "percent",
    "percent_done": "whole",
    "site_url": "page",
}
CUE = {
    "start": "number?",
    "end": "number?",
    "text": "text",
    "position": "whole",
    "meta": {"new_paragraph": "flag", "region": "text?"},
    "id": "whole",
    "start_of_paragraph": "flag",
}
SUBTITLES = {
    "version_number": "whole",
    "sub_format": "text",
    "subtitles": "cues",
    "author": PERSON,
    "language": {"code": "text", "name": "text", "dir": "text"},
    "title": "text",
    "description": "text",
    "metadata": TEXTS,
    "video_title": "text",
    "video_description": "text",
    "created": "time",
    "actions_uri": "path",
    "notes_uri": "path",
    "resource_uri": "path",
    "site_uri": "page",
    "video": "text",
    "version_no": "whole",
    **MADE_OF,
    "site_url": "page",
    "~warnings": [{"line": "whole?", "cue": "whole?", "what": "text"}],
}
COMPARED = {
    "version_number": "whole",
    "published": "flag",
    "author": PERSON,
    "created": "time",
    "subtitle_count": "whole",
}
COMPARED_CUE = {"position": "whole", "start": "whole?", "end": "whole?", "text": "text"}
USER = {
    "username": "text",
    "id": "text",
    "full_name": "text",
    "first_name": "text",
    "last_name": "text",
    "biography": "text",
    "homepage": "url or empty",
    "avatar": "url or empty",
    "languages": ["text"],
    "num_videos": "whole",
    "activity_uri": "path",
    "resource_uri": "path",
    "created_by": "text?",
    "is_partner": "flag",
    "~email": "text",
    "~api_key": "text",
    "~auto_login_url": "page",
}
KEY = {
    "id": "whole",
    "label": "text",
    "scope": "text",
    "created": "time",
    "expires": "time?",
    "last_used": "text?",
    "created_by": "text?",
    "resource_uri": "path",
    "~api_key": "text",
}
TEAM = {
    "name": "text",
    "slug": "text",
    "type": "text",
    "description": "text",
    "is_visible": "flag",
    **{f"{name}_visibility": "text" for name in ("team", "video")},
    **{
        f"{name}_policy": "text"
        for name in ("membership", "video", "subtitle", "translate", "task_assign")
    },
    "workflow_enabled": "flag",
    "review_allowed": "text",
    "approve_allowed": "text",
    "autocreate_subtitle": "flag",
    "autocreate_translate": "flag",
    "max_tasks_per_member": "whole?",
    "task_expiration": "whole?",
    **dict.fromkeys(SOFT_LIMITS, "whole?"),
    "activity_uri": "path",
    # Null for whoever may not read what is there.
    "members_uri": "path?",
    "safe_members_uri": "path?",
    "projects_uri": "path?",
    "applications_uri": "path?",
    "languages_uri": "path?",
    "tasks_uri": "path?",
    "resource_uri": "path",
    "created": "time",
    "deleted": "flag",
    "header_html_text": "empty",
    "is_moderated": "flag",
    "logo": "null",
    "projects_enabled": "flag",
}
MEMBER = {"username": "text", "user_uri": "path", "role": "text"}
PROJECT = {
    "name": "text",
    "slug": "text",
    "description": "text",
    "guidelines": "text",
    "modified": "time",
    "created": "time",
    "workflow_enabled": "flag",
    "review_allowed": "text",
    "approve_allowed": "text",
    "autocreate_subtitle": "flag",
    "autocreate_translate": "flag",
    "resource_uri": "path",
}
TASK = {
    "id": "digits",
    "video_id": "text",
    "language": "text",
    "type": "text",
    "assignee": "text?",
    "priority": "whole",
    "created": "time",
    "modified": "time",
    "completed": "time?",
    "approved": "text?",
    "version_number": "whole?",
    "version_no": "whole?",
    "resource_uri": "path",
}
APPLICATION = {
    "id": "digits",
    "status": "text",
    "user": "text",
    "note": "text",
    "created": "time",
    "modified": "time?",
    "resource_uri": "path",
}
REQUEST = {
    "job_id": "text",
    "team": "text?",
    "source_team": "text?",
    "evaluation_teams": ["text?"],
    "video": "text",
    "language": "text",
    "state": "text",
    "work_status": "text",
    "status": "text",
    "evaluation_status": "text?",
    "created": "time",
    "due": "time?",
    "completed": "time?",
    "work_completed": "time?",
    "evaluation_completed": "time?",
    **dict.fromkeys(("subtitler", "reviewer", "approver", "evaluator"), "text?"),
    "video_uri": "path",
    **dict.fromkeys(("subtitler_uri", "reviewer_uri", "approver_uri"), "path?"),
    "subtitles_uri": "path",
    "actions_uri": "path",
    "resource_uri": "path",
}
REMOTE = {name: REQUEST[name] for name in ("job_id", "team", "video", "language", "state")}
ACTIVITY = {
    "type": "text",
    "date": "time",
    "user": "text?",
    "video": "text?",
    "language": "text?",
    "user_uri": "path?",
    "video_uri": "path?",
    "language_uri": "path?",
    "~title": "text",
    "~url": "url",
    "~old_url": "url",
    "~new_url": "url",
    "~role": "text?",
    "~state_change": "text?",
    "~assignee": PERSON,
}
LEGACY = {
    "id": "digits",
    "type": "whole",
    "type_name": "text",
    "created": "time",
    "date": "time",
    "video": "text?",
    "video_uri": "path?",
    "language": "text?",
    "language_url": "path?",
    "user": "text?",
    "comment": "text?",
    "new_video_title": "text",
    "resource_uri": "path",
}
CALLBACK = {
    "id": "whole",
    "url": "url",
    "encoding": "text",
    "events": ["text"],
    "headers": TEXTS,
    "auth_user": "text",
    "~secret": "text",
    "is_on": "flag",
    "off_because": "text",
    "created": "time",
    "resource_uri": "path",
}
NOTIFICATION = {
    "number": "whole",
    "url": "url",
    # Just as it was posted.
    "data": "event",
    "timestamp": "time",
    "in_progress": "flag",
    "response_status": "whole?",
    "error_message": "text?",
    "resource_uri": "path",
}
INDEX = dict.fromkeys(("videos", "users", "teams", "languages", "messages"), "link")

TABLE: dict[str, Any] = {
    "index": INDEX,
    "languages": {"languages": TEXTS},
    "videos": VIDEO,
    "video": VIDEO,
    "duration": {"duration": "whole"},
    "video-urls": URL,
    "video-url": URL,
    "subtitle-languages": LANGUAGE,
    "subtitle-language": LANGUAGE,
    "subtitles": SUBTITLES,
    "subtitle-actions": [{"action": "text", "label": "text", "complete": "flag?"}],
    "subtitle-notes": {"user": "text?", "created": "time", "datetime": "time", "body": "text"},
    "users": USER,
    "user": USER,
    "user-me": USER,
    **dict.fromkeys(("user-keys", "user-key", "user-me-keys", "user-me-key"), KEY),
    "editor-login": {"url": "page"},
    "teams": TEAM,
    "team": TEAM,
    "team-members": MEMBER,
    "team-member": MEMBER,
    "safe-members": MEMBER,
    "safe-member": MEMBER,
    "team-projects": PROJECT,
    "team-project": PROJECT,
    "team-languages": {"preferred": "link", "blacklisted": "link"},
    "subtitle-report": {
        "version_number": "whole",
        "language_code": "text",
        "subtitle_count": "whole",
        "limits": dict.fromkeys(Limits._fields, "whole?"),
        "totals": dict.fromkeys(map(str, Kind), "whole"),
        "cues": [
            {
                "position": "whole",
                "start": "whole?",
                "end": "whole?",
                "problems": [{"kind": "text", "message": "text"}],
            }
        ],
        "formats": dict.fromkeys(("dfxp", "json", "sbv", "srt", "ssa", "txt", "vtt"), ["text"]),
        "resource_uri": "path",
    },
    "subtitle-diff": {
        "from": COMPARED,
        "to": COMPARED,
        "totals": dict.fromkeys(map(str, Change), "whole"),
        "changes": [
            {
                "kind": "text",
                "from": [COMPARED_CUE],
                "to": [COMPARED_CUE],
                "words": [{"op": "text", "text": "text"}],
                "retimed": "flag",
            }
        ],
        "resource_uri": "path",
    },
    "subtitle-restore": SUBTITLES,
    "subtitle-transform": SUBTITLES,
    "team-coverage": {
        "video": "text",
        "title": "text",
        "project": "text?",
        "primary_audio_language_code": "text?",
        "languages": [{"language_code": "text", "state": "text"}],
        "video_uri": "path",
    },
    "team-preferred": ["text"],
    "team-blacklisted": ["text"],
    "team-tasks": TASK,
    "team-task": TASK,
    "team-applications": APPLICATION,
    "team-application": APPLICATION,
    "subtitle-requests": REQUEST,
    "subtitle-request": REQUEST,
    "team-subtitle-requests": REQUEST,
    "team-subtitle-request": REQUEST,
    "team-remote-requests": {**REMOTE, "created": "time", "completed": "time?"},
    "video-activity": ACTIVITY,
    "team-activity": ACTIVITY,
    "user-activity": ACTIVITY,
    "legacy-activity": LEGACY,
    "legacy-activity-item": LEGACY,
    "team-callbacks": CALLBACK,
    "team-callback": CALLBACK,
    "callback-rotate": CALLBACK,
    "callback-test": NOTIFICATION,
    "team-notifications": NOTIFICATION,
    "team-notification": NOTIFICATION,
    "notification-resend": NOTIFICATION,
}
# What they answer is no object.
BARE = {"messages"}
# What is not stored is told in another shape, which no form before today's had.
DRY = {"transform-dry", "subtitles-dry-run"}


def answers() -> Iterator[tuple[str, str, Any]]:
    """(case, route, body) of every success in the form of 2012; pages are their objects."""
    for case in CASES:
        path = GOLDEN / name_of(PARTNERS) / f"{case.name}.json"
        today = GOLDEN / str(CURRENT) / f"{case.name}.json"
        # There is no file where only the prefix differs.
        text = path.read_text() if path.exists() else today.read_text().replace("/api/", SECOND)
        kept = json.loads(text)
        if (
            case.name in DRY
            or kept["status"] >= 300
            or case.method == "OPTIONS"
            or isinstance(kept["body"], str)
        ):
            continue
        route = resolve(f"{SECOND}{case.path.partition('?')[0]}").url_name or ""
        body = kept["body"]
        page = isinstance(body, dict) and "objects" in body
        for each in body["objects"] if page else [body]:
            yield case.name, route, each


ANSWERS = list(answers())


def wrong(value: Any, row: Any, where: str, shown: set[str]) -> Iterator[str]:
    """What is otherwise than the row says; ``shown`` gathers the members that were met."""
    if row == "cues":
        row = [CUE] if isinstance(value, list) else "text"
    if isinstance(row, str):
        kind = row.removesuffix("?")
        if not (value is None and kind != row) and not KINDS[kind](value):
            yield f"{where} is no {row}: {value!r}"
    elif isinstance(row, list):
        for item in value:
            yield from wrong(item, row[0], f"{where}[]", shown)
    # Most versions are no translations.
    elif value is not None or not (MAYBE in where or where.endswith(".translated_from")):
        yield from _wrong_members(value, row, where, shown)


def _wrong_members(value: Any, row: dict[str, Any], where: str, shown: set[str]) -> Iterator[str]:
    told = {name.removeprefix(MAYBE): item for name, item in row.items()}
    if unknown := value.keys() - told.keys():
        yield f"{where} has {sorted(unknown)}, which no row tells of"
    for name, item in told.items():
        if name in value:
            shown.add(f"{where}.{name}")
            yield from wrong(value[name], item, f"{where}.{name}", shown)
        elif name in row:
            yield f"{where} lacks {name}"


@pytest.mark.parametrize("route", sorted(TABLE))
def test_every_member_is_as_it_was_printed(route):
    shown: set[str] = set()
    found = [
        (case, problem)
        for case, met, body in ANSWERS
        if met == route
        for problem in wrong(body, TABLE[route], "", shown)
    ]
    assert not found, found[:5]
    if isinstance(TABLE[route], dict):
        never = {n for n in TABLE[route] if not n.startswith(MAYBE)} - {
            name[1:] for name in shown if name.count(".") == 1
        }
        assert not never


def test_every_route_has_a_row_and_an_answer():
    names = {route.name for route in routes}
    assert TABLE.keys() | BARE == names
    assert {route for _, route, _ in ANSWERS} >= TABLE.keys()


def test_no_address_of_the_api_has_its_host_but_in_links():
    """Whatever its member is called; pages of lists print whole addresses too."""
    links = {"index", "team-languages"}
    bad = [
        (case, route)
        for case, route, body in ANSWERS
        if route not in links and f"http://testserver{SECOND}" in json.dumps(body)
    ]
    assert not bad


def test_the_table_finds_what_is_wrong():
    """A table that takes anything would be none."""
    video = next(body for _, route, body in ANSWERS if route == "video" and body["languages"])
    assert not list(wrong(video, VIDEO, "", set()))
    (language,) = [video["languages"][0]]
    for changed in (
        {**video, "resource_uri": f"http://testserver{video['resource_uri']}"},
        {**video, "created": f"{video['created']}Z"},
        {**video, "new": 1},
        {name: item for name, item in video.items() if name != "site_url"},
        {
            **video,
            "languages": [{**language, "subtitles_uri": "http://testserver/api2/partners/x"}],
        },
        {**video, "languages": [{n: v for n, v in language.items() if n != "published"}]},
        {**video, "duration": "62"},
    ):
        assert list(wrong(changed, VIDEO, "", set())), changed
