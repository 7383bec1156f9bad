"""Who may do what: one row for each route and method, one letter for each role.

The order of `ROLES` is the order of the letters, and the spaces only group them: people outside
teams, the members of both teams, and accounts with a flag.

    +  the row's status        !  401, an account is needed
    -  403, seen but not yours  ?  404, as if it did not exist
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

ROLES = (
    *("anonymous", "stranger", "adder"),
    *("contributor", "manager", "admin", "owner"),
    *("partner", "staff", "superuser"),
)
OUTSIDERS = ("anonymous", "stranger", "adder", "partner", "staff", "superuser")
REFUSALS = {"!": 401, "-": 403, "?": 404}
VIDEOS = ("open_video", "team_video", "hidden_video")

SRT = "1\n00:00:01,000 --> 00:00:02,000\nHello\n"
NEW_URL = "https://media.example.com/new.mp4"


class Row(NamedTuple):
    """``path`` and ``body`` may hold names of the world in braces. ``letters`` has one text for
    each of `VIDEOS`, or one alone where the route is not below a video."""

    route: str
    method: str
    path: str
    ok: int
    letters: tuple[str, ...]
    body: Any = None

    @property
    def able(self) -> str:
        """A role that may, for the video that is everybody's: the last of those there are."""
        letters = self.letters[0].replace(" ", "")
        return ROLES[letters.rindex("+")]


VIDEO = "videos/{video}/"
LANGUAGE = VIDEO + "languages/en/"
SUBTITLES = LANGUAGE + "subtitles/"

# What everybody sees, and what nobody outside the hidden team does.
SEEN = ("+++ ++++ +++", "+++ ++++ +++", "??? ++++ ???")
# The same where an account is needed at all.
ACCOUNTS = ("!++ ++++ +++", "!++ ++++ +++", "!?? ++++ ???")
# Every account's, whatever there is to see.
ANYBODY = ("!++ ++++ +++",)
# Open videos are everybody's to work on; a team's are its members'.
EDITORS = ("!++ ++++ +++", "!-- ++++ ---", "!?? ++++ ???")
# By the default policy anybody works on the subtitles of a team that they can see.
SUBTITLERS = ("!++ ++++ +++", "!++ ++++ +++", "!?? ++++ ???")
DELETERS = ("!-+ ---- -++", "!-- --++ --+", "!?? --++ ???")
SUBTITLE_DELETERS = ("!-- ---- --+", "!-- --++ --+", "!?? --++ ???")

ROWS = [
    Row("index", "GET", "", 200, ("+++ ++++ +++",)),
    Row("languages", "GET", "languages/", 200, ("+++ ++++ +++",)),
    Row("videos", "GET", "videos/", 200, ("+++ ++++ +++",)),
    Row("videos", "POST", "videos/", 201, ("!++ ++++ +++",), {"video_url": NEW_URL}),
    Row("video", "GET", VIDEO, 200, SEEN),
    Row("video", "PUT", VIDEO, 200, EDITORS, {"title": "New"}),
    Row("video", "PATCH", VIDEO, 200, EDITORS, {"title": "New"}),
    Row("video", "DELETE", VIDEO, 204, DELETERS),
    Row("duration", "GET", VIDEO + "duration/", 200, ACCOUNTS),
    Row("duration", "PUT", VIDEO + "duration/", 200, EDITORS, {"duration": 60}),
    Row("video-urls", "GET", VIDEO + "urls/", 200, SEEN),
    Row("video-urls", "POST", VIDEO + "urls/", 201, EDITORS, {"url": NEW_URL}),
    Row("video-url", "GET", VIDEO + "urls/{url}/", 200, SEEN),
    Row("video-url", "PUT", VIDEO + "urls/{url}/", 200, EDITORS, {"primary": True}),
    Row("video-url", "PATCH", VIDEO + "urls/{url}/", 200, EDITORS, {"original": True}),
    Row("video-url", "DELETE", VIDEO + "urls/{url}/", 204, EDITORS),
    Row("subtitle-languages", "GET", VIDEO + "languages/", 200, SEEN),
    Row(
        "subtitle-languages",
        "POST",
        VIDEO + "languages/",
        201,
        SUBTITLERS,
        {"language_code": "fr"},
    ),
    Row("subtitle-language", "GET", LANGUAGE, 200, SEEN),
    Row("subtitle-language", "PUT", LANGUAGE, 200, SUBTITLERS, {"subtitles_complete": True}),
    Row("subtitle-language", "PATCH", LANGUAGE, 200, SUBTITLERS, {"soft_limit_cpl": 42}),
    Row("subtitles", "GET", SUBTITLES, 200, SEEN),
    Row("subtitles", "POST", SUBTITLES, 201, SUBTITLERS, {"subtitles": SRT, "sub_format": "srt"}),
    Row("subtitles", "DELETE", SUBTITLES, 204, SUBTITLE_DELETERS),
    Row("subtitle-actions", "GET", SUBTITLES + "actions/", 200, SUBTITLERS),
    Row("subtitle-actions", "POST", SUBTITLES + "actions/", 200, SUBTITLERS, {"action": "publish"}),
    Row("subtitle-report", "GET", SUBTITLES + "report/", 200, SEEN),
    Row("subtitle-diff", "GET", SUBTITLES + "diff/?from=1&to=1", 200, SEEN),
    Row("subtitle-restore", "POST", SUBTITLES + "restore/", 201, SUBTITLERS, {"version_number": 1}),
    Row(
        "subtitle-transform",
        "POST",
        SUBTITLES + "transform/",
        201,
        SUBTITLERS,
        {"operation": "shift", "by": 500},
    ),
    Row("subtitle-notes", "GET", SUBTITLES + "notes/", 200, ACCOUNTS),
    Row("subtitle-notes", "POST", SUBTITLES + "notes/", 201, SUBTITLERS, {"body": "Mind the gap"}),
    Row("video-activity", "GET", VIDEO + "activity/", 200, ACCOUNTS),
    Row("user-activity", "GET", "users/adder/activity/", 200, ANYBODY),
    Row("legacy-activity", "GET", "activity/", 200, ANYBODY),
    Row("legacy-activity-item", "GET", "activity/{record}/", 200, ACCOUNTS),
    # Of the second version alone.
    Row("users", "GET", "/api2/partners/users/", 200, ANYBODY),
    Row("users", "POST", "users/", 201, ("!-- ---- +++",), {"username": "new"}),
    Row(
        "editor-login",
        "POST",
        "editor-login/",
        201,
        ("!-+ ---- -++",),
        {"video_id": "{video}", "user": "adder"},
    ),
    Row("user-me", "GET", "users/me/", 200, ("!++ ++++ +++",)),
    Row("user-me-keys", "GET", "users/me/keys/", 200, ANYBODY),
    Row("user-me-keys", "POST", "users/me/keys/", 201, ANYBODY, {"label": "Robot"}),
    Row("user-me-key", "GET", "users/me/keys/{key}/", 200, ("!?+ ???? ???",)),
    Row("user-me-key", "DELETE", "users/me/keys/{key}/", 204, ("!?+ ???? ???",)),
    # Staff have the admin for the keys of others.
    Row("user-keys", "GET", "users/adder/keys/", 200, ("!-+ ---- ---",)),
    Row("user-keys", "POST", "users/adder/keys/", 201, ("!-+ ---- ---",), {"scope": "read"}),
    Row("user-key", "GET", "users/adder/keys/{key}/", 200, ("!-+ ---- ---",)),
    Row("user-key", "DELETE", "users/adder/keys/{key}/", 204, ("!-+ ---- ---",)),
    Row("user", "GET", "users/adder/", 200, ("!++ ++++ +++",)),
    Row("user", "PUT", "users/adder/", 200, ("!-+ ---- -++",), {"biography": "New"}),
    Row("user", "PATCH", "users/adder/", 200, ("!-+ ---- -++",), {"biography": "New"}),
]

# What is asked for by the address alone.
WITHOUT_BODY = {"callback-rotate", "callback-test", "notification-resend"}

# The same three questions under each video policy of the team, for its members only.
POLICIES = [
    # video policy, who may edit, who may add
    ("MEMBERS", "++++"),
    ("MANAGERS", "-+++"),
    ("ADMINS", "--++"),
]


def cells(letters: str, ok: int) -> Iterator[tuple[str, int]]:
    """(role, status) for each letter."""
    plain = letters.replace(" ", "")
    assert len(plain) == len(ROLES), letters
    for role, letter in zip(ROLES, plain, strict=True):
        yield role, ok if letter == "+" else REFUSALS[letter]
