"""1 December 2016: people are objects ``{username, id, uri}``; ``visible`` became ``published``.

Source: the announcement "API Changes December 2016".
"""

from urllib.parse import quote

from amara_api.kernel.versions.base import Body, Change, renamed

DATE = 20161201


def _author_as_name(body: Body) -> Body:
    older: Body = {}
    for key, value in body.items():
        if key == "author":
            older["author"] = value and value["username"]
            older["author_uri"] = value and _uri_by_name(value)
        else:
            older[key] = value
    return older


def _uri_by_name(user: Body) -> str:
    """Today's link names a person by id; the older one named them by user name."""
    path, question_mark, query = user["uri"].partition("?")
    collection = path.rstrip("/").rpartition("/")[0]
    return f"{collection}/{quote(user['username'])}/{question_mark}{query}"


def _user_as_name(body: Body) -> Body:
    return {**body, "user": body["user"] and body["user"]["username"]}


def _with_safe_members(body: Body) -> Body:
    older: Body = {}
    for key, value in body.items():
        older[key] = value
        if key == "members_uri":
            before, _, after = (value or "").rpartition("/members/")
            older["safe_members_uri"] = value and f"{before}/safe-members/{after}"
    return older


def _member_as_name(body: Body) -> Body:
    user = body.get("user")
    return {
        "username": user and user["username"],
        "user_uri": user and _uri_by_name(user),
        "role": body["role"],
    }


def _assignee_as_name(body: Body) -> Body:
    return {**body, "assignee": body["assignee"] and body["assignee"]["username"]}


def _seats_as_names(body: Body) -> Body:
    seats = ("subtitler", "reviewer", "approver", "evaluator")
    names = {seat: body[seat] and body[seat]["username"] for seat in seats}
    uris = {f"{seat}_uri": body[seat] and _uri_by_name(body[seat]) for seat in seats[:3]}
    return {**body, **names, **uris}


def _activity_by_name(body: Body) -> Body:
    user, older = body["user"], {}
    for key, value in body.items():
        if key == "video_uri":
            older["user_uri"] = user and _uri_by_name(user)
        older[key] = value
    return {**older, "user": user and user["username"]}


def _username_as_user(body: Body) -> Body:
    if "username" not in body:
        return body
    return {"user": body["username"], **{k: v for k, v in body.items() if k != "username"}}


CHANGES = [
    renamed(
        DATE,
        "video_language",
        new="published",
        old="visible",
        note="Languages inside a video say `published` where they said `visible`.",
    ),
    Change(
        DATE,
        "subtitle_version",
        "The author of a version is an object; it was a user name, with `author_uri` beside it.",
        down=_author_as_name,
    ),
    Change(
        DATE,
        "team",
        "Teams had a `safe_members_uri`.",
        down=_with_safe_members,
    ),
    Change(
        DATE,
        "team_member",
        "A member is `user`, an object, with a `resource_uri`; it was `username`, `user_uri` and "
        "`role`, and an unknown one was named in the error.",
        down=_member_as_name,
        up=_username_as_user,
        error_keys={"user": "username"},
        error_texts={"user": {"Invalid User": "User does not exist: {sent}"}},
    ),
    Change(
        DATE,
        "safe_member",
        "Safe members, who are invited and not simply added, are gone.",
        removes=True,
    ),
    Change(
        DATE,
        "task",
        "The assignee of a task is an object; it was a user name.",
        down=_assignee_as_name,
    ),
    Change(
        DATE,
        "subtitle_request",
        "Who works on a subtitle request is an object; it was a user name.",
        down=_seats_as_names,
    ),
    Change(
        DATE,
        "application",
        "The applicant is an object; it was a user name.",
        down=_user_as_name,
    ),
    Change(
        DATE,
        "activity",
        "Who did something is an object; it was a user name, with `user_uri` beside it.",
        down=_activity_by_name,
    ),
    Change(
        DATE,
        "note",
        "The author of a note is an object; it was a user name.",
        down=_user_as_name,
    ),
]
