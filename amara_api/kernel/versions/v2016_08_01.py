"""The second version of the API, that of 2012: what it said before the third, of August 2016.

Source: the API documentation of 2011 and 2012.
"""

from collections.abc import Iterable

from amara_api.kernel.versions.base import Body, Change, Convert, dropped

DATE = 20160801

_PLAIN = "Times had no zone, and addresses of the API were paths."
_NUMBERED = "Times had no zone, addresses of the API were paths, and `id` was a text."
_MILLISECONDS = 1000


# --- what all resources have in common -----------------------------------------------------------


def _older(times: Iterable[str] = (), *, numbered: bool = False) -> Convert:
    """Times without a zone, addresses inside the API as paths, the resource's id as a text."""
    naive = frozenset(times)

    def down(body: Body) -> Body:
        older: Body = {}
        for key, value in body.items():
            if key in naive and value is not None:
                value = value.removesuffix("Z")
            elif isinstance(value, str) and _is_address(key):
                value = _path(value)
            elif isinstance(value, dict) and "uri" in value:
                # A person inside another resource.
                value = {**value, "uri": _path(value["uri"])}
            elif key == "id" and numbered:
                value = str(value)
            older[key] = value
        return older

    return down


def _is_address(member: str) -> bool:
    """Whether a member is an address inside the API. Pages for people, `site_url` and `site_uri`,
    and what lies elsewhere, such as the `url` of a video, had their host."""
    return member == "language_url" or (member.endswith("_uri") and member != "site_uri")


def _path(uri: str) -> str:
    """``https://host/api2/partners/teams/test/`` → ``/api2/partners/teams/test/``."""
    _, _, rest = uri.partition("://")
    return f"/{rest.partition('/')[2]}"


def _plain(resource: str, *times: str) -> Change:
    return Change(DATE, resource, _PLAIN, _older(times))


def _numbered(resource: str, *times: str) -> Change:
    return Change(DATE, resource, _NUMBERED, _older(times, numbered=True))


# --- single resources ----------------------------------------------------------------------------


def _language_by_number(body: Body) -> Body:
    """The address of a language had its number, not its code."""
    before, _, _ = body["resource_uri"].rpartition(f"{body['language_code']}/")
    query = body["resource_uri"].partition("?")[1:]
    return {**body, "resource_uri": f"{before}{body['id']}/{''.join(query)}"}


def _person_by_name(body: Body) -> Body:
    before, _, after = body["resource_uri"].partition("/users/")
    _, slash, query = after.partition("/")
    return {**body, "resource_uri": f"{before}/users/{body['username']}{slash}{query}"}


def _seconds(milliseconds: int | None) -> float | None:
    """Whole seconds are whole numbers, as the documentation prints them."""
    if milliseconds is None:
        return None
    seconds, rest = divmod(milliseconds, _MILLISECONDS)
    return milliseconds / _MILLISECONDS if rest else seconds


def _cue_in_seconds(number: int, cue: Body) -> Body:
    return {
        **cue,
        "id": number,
        "start": _seconds(cue["start"]),
        "end": _seconds(cue["end"]),
        "start_of_paragraph": bool((cue.get("meta") or {}).get("new_paragraph")),
    }


def _subtitles_of_2012(body: Body) -> Body:
    # `note`, which was empty in what was printed, is today's.
    older = {**body, "site_url": body["site_uri"]}
    if isinstance(cues := body["subtitles"], list):
        older["subtitles"] = [_cue_in_seconds(n, cue) for n, cue in enumerate(cues, start=1)]
    return older


def _srt_unless_told(body: Body) -> Body:
    """`rst` is how the documentation misprints it."""
    named = body.get("sub_format")
    unnamed = named is None or (isinstance(named, str) and named.strip() in ("", "rst"))
    return {**body, "sub_format": "srt"} if unnamed else body


def _title_as_text(body: Body) -> Body:
    return {**body, "new_video_title": body["new_video_title"] or ""}


# What was printed for these is what the team's policies for subtitles are called.
_ASSIGNING = {
    "Anyone": "Any team member",
    "Only managers and admins": "Managers and admins",
    "Only admins": "Admins only",
}


def _assigning(body: Body) -> Body:
    policy = body.get("task_assign_policy")
    if not isinstance(policy, str) or policy not in _ASSIGNING:
        return body
    return {**body, "task_assign_policy": _ASSIGNING[policy]}


def _judged(body: Body) -> Body:
    return body if body["type"] in ("Review", "Approve") else {**body, "approved": None}


def _version_number(body: Body) -> Body:
    if "version_no" not in body:
        return body
    lifted = {key: value for key, value in body.items() if key != "version_no"}
    lifted.setdefault("version_number", body["version_no"])
    return lifted


CHANGES = [
    _plain("video", "created"),
    Change(DATE, "video", "Videos had a `site_url`, their page.", tells=("site_url",)),
    _plain("video_language"),
    dropped(
        DATE,
        "video_language",
        name="published",
        copy_of="visible",
        note="Languages inside a video said `published` and `visible`, which are the same.",
    ),
    _numbered("video_url", "created"),
    Change(
        DATE,
        "subtitle_language",
        "Languages had `completion`, `percent_done` and `site_url`; `original_language_code` was "
        "the language spoken where it is no translation; `resource_uri` had the number.",
        down=_language_by_number,
        tells=("completion", "percent_done", "site_url", "original_language_code"),
    ),
    _numbered("subtitle_language", "created"),
    Change(
        DATE,
        "subtitle_version",
        "Versions had `status`; `text_change` and `time_change` said whether they differ from the "
        "one before.",
        down=_older(("created",)),
        tells=("status", "text_change", "time_change"),
    ),
    Change(
        DATE,
        "subtitles",
        "Cues had their times in seconds, with `id` and `start_of_paragraph`; subtitles had `note` "
        "and `site_url`; `sub_format` was `srt` where none was asked for.",
        down=_subtitles_of_2012,
        tells=("sub_format",),
    ),
    _plain("subtitles", "created"),
    Change(
        DATE,
        "subtitles_input",
        "`sub_format` of new subtitles was `srt` unless told.",
        up=_srt_unless_told,
    ),
    _plain("note", "created", "datetime"),
    Change(
        DATE,
        "language_number",
        "The address of a language could have its number in place of its code.",
        removes=True,
    ),
    Change(DATE, "user_list", "Accounts were listed.", removes=True),
    Change(
        DATE,
        "user",
        "`resource_uri` of a person was a path with the user name.",
        down=_person_by_name,
    ),
    _plain("user"),
    Change(
        DATE,
        "team",
        "Teams had `created`, `deleted`, `header_html_text`, `is_moderated`, `logo` and "
        "`projects_enabled`.",
        tells=(
            *("created", "deleted", "header_html_text", "is_moderated", "logo"),
            "projects_enabled",
        ),
    ),
    _plain("team", "created"),
    Change(
        DATE,
        "team_input",
        "The policy for handing out tasks was also taken as `Anyone`, `Only managers and admins` "
        "and `Only admins`.",
        up=_assigning,
    ),
    Change(DATE, "team_deletion", "Owners deleted their teams.", removes=True),
    _plain("team_member"),
    _plain("project", "created", "modified"),
    _plain("coverage"),
    _plain("subtitle_report"),
    _plain("subtitle_diff"),
    _plain("compared_version", "created"),
    dropped(
        DATE,
        "task",
        name="version_no",
        copy_of="version_number",
        note="Tasks had `version_no`, a copy of `version_number`.",
    ),
    Change(
        DATE,
        "task",
        "`approved` was null for Subtitle and Translate tasks.",
        down=_judged,
    ),
    _numbered("task", "created", "modified", "completed"),
    Change(
        DATE,
        "task_input",
        "The version of a task was `version_no`.",
        up=_version_number,
        error_keys={"version_number": "version_no"},
    ),
    _numbered("application", "created", "modified"),
    Change(DATE, "application_deletion", "Applications were deleted.", removes=True),
    _numbered("legacy_activity", "created", "date"),
    Change(
        DATE,
        "legacy_activity",
        "`new_video_title` was an empty text where there is none.",
        down=_title_as_text,
    ),
    _plain("activity", "date"),
    _plain(
        "subtitle_request",
        *("created", "due", "completed", "work_completed", "evaluation_completed"),
    ),
    _plain("remote_request", "created", "completed"),
    _plain("callback", "created"),
    _plain("key", "created", "expires"),
    _plain("notification", "timestamp"),
]
