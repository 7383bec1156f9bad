"""What the golden answers are answers to, and the world they are asked of."""

from types import SimpleNamespace
from typing import Any, NamedTuple

from tests.api.permission_matrix import SRT


class Case(NamedTuple):
    """A request; ``after`` are those that somebody makes before it, whose answers are not kept."""

    name: str
    method: str
    path: str
    body: Any = None
    who: str = "ana"
    headers: dict[str, str] = {}
    after: tuple["Case", ...] = ()

    def lead_up(self, api: Any) -> None:
        for earlier in self.after:
            answer = api[earlier.who].request(earlier.method, earlier.path, earlier.body)
            assert answer.status_code < 300, (self.name, answer.content)

    def told(self) -> dict[str, Any]:
        """The request as a golden file tells it."""
        told = {"method": self.method, "path": f"/api/{self.path}", "as": self.who}
        return told | ({"body": self.body} if self.body is not None else {})


V1, V2, V3, GONE = "videos/V00000000001", "videos/V00000000002", "videos/V00000000003", "videos/x"
EN = f"{V1}/languages/en"
DFXP = (
    '<?xml version="1.0"?><tt xmlns="http://www.w3.org/ns/ttml"><body><div>'
    '<p begin="00:00:01.000" end="00:00:02.000">Hello<br/>world</p></div></body></tt>'
)
MENDED = Case(
    "mended",
    "POST",
    f"{EN}/subtitles/",
    {"subtitles": DFXP.replace("world", "there, world"), "sub_format": "dfxp"},
)
SHIFTED = {"operation": "shift", "by": 1500}
FILM = "https://media.example.com/new.mp4"
LONG = "x" * 3000
FILMS, GUILD = "teams/films", "teams/guild"
WORDS = {"subject": "Tonight", "content": "We meet\nat eight."}
# The film V2 is subtitled under review and approval; then task 502 is to review it.
TIMINGS_OF_NONE = {"from_language": "ja", "title": "Titel"}
DRAFT = {"subtitles": SRT, "sub_format": "srt"}
BEGUN = (
    Case(
        "tasks on",
        "PUT",
        f"{FILMS}/",
        {"workflow_enabled": True, "review_allowed": "peer", "approve_allowed": "manager"},
    ),
    Case("draft", "POST", f"{V2}/languages/en/subtitles/", DRAFT, who="cyd"),
)
IN_REVIEW = (*BEGUN, Case("done", "PUT", f"{FILMS}/tasks/501/", {"complete": True}, who="cyd"))
CORRECTED = (*IN_REVIEW, Case("correction", "POST", f"{V2}/languages/en/subtitles/", DRAFT))
# A team of acme's that works by requests, another that evaluates, and a film to be subtitled.
CREW, JOB = "teams/crew", "subtitle-requests/V00000000005/"
_CREW = {"name": "Crew", "slug": "crew", "type": "collaboration", "is_visible": False}
WANTED = {
    "video": "V00000000004",
    "language": "fr",
    "evaluation_teams": ["critics"],
    "due": "2016-04-01",
}
FOUNDED = (
    Case("a team", "POST", "teams/", {**_CREW, "review_allowed": "peer"}, who="acme"),
    Case("critics", "POST", "teams/", {**_CREW, "name": "C", "slug": "critics"}, who="acme"),
    Case("cyd", "POST", f"{CREW}/members/", {"user": "cyd", "role": "contributor"}, who="acme"),
    Case("a film", "POST", "videos/", {"video_url": FILM, "team": "crew"}, who="acme"),
)
ASKED = (*FOUNDED, Case("a request", "POST", "subtitle-requests/", WANTED, who="acme"))
WORK = f"videos/{WANTED['video']}/languages/{WANTED['language']}/subtitles/actions/"
TAKEN = (*ASKED, Case("taken", "PUT", JOB, {"subtitler": "cyd"}, who="cyd"))
SENT_OUT = (*ASKED, Case("sent out", "PUT", JOB, {"team": "critics"}, who="acme"))
# Another key of ana's.
KEYED = (Case("a key", "POST", "users/me/keys/", {"label": "Robot", "expires": "2017-01-01"}),)
# Of the film V1 and of the team *films* something is told to two addresses.
HOOK = {"url": "https://hooks.example.com/amara", "headers": {"X-Route": "subtitles"}}
OLD_HOOK = {"url": "https://old.example.com/", "encoding": "form", "events": ["video-edited"]}
PUBLISHED = {**DRAFT, "action": "publish"}
HOOKED = (
    Case("a callback", "POST", f"{FILMS}/callbacks/", HOOK),
    Case("an older one", "POST", f"{FILMS}/callbacks/", OLD_HOOK),
    Case("subtitles", "POST", f"{V2}/languages/fr/subtitles/", PUBLISHED, who="cyd"),
    Case("a rename", "PUT", f"{V2}/", {"title": "Renamed", "team": "films", "project": "features"}),
)
NOTICES = f"{FILMS}/notifications"
COPY = f"{V1}/urls/"
EVENTFUL = (
    Case("a url", "POST", COPY, {"url": FILM}),
    Case("another url", "POST", COPY, {"url": FILM.replace("new", "newer"), "primary": True}),
    Case("the url goes", "DELETE", f"{COPY}305/"),
    Case("a rename", "PUT", f"{V1}/", {"title": "Renamed"}),
    Case("a film", "POST", "videos/", {"video_url": f"{FILM}?v=2", "team": "films"}),
    Case("it goes", "DELETE", "videos/V00000000004/", who="acme"),
    Case("moved", "PUT", f"{V2}/", {"team": None}, who="acme"),
    Case("cyd leaves", "DELETE", f"{FILMS}/members/cyd/", who="acme"),
)

CASES = [
    Case("index", "GET", ""),
    Case("languages", "GET", "languages/"),
    # --- videos ---
    Case("videos", "GET", "videos/"),
    Case("videos-first", "GET", "videos/?order_by=title&limit=1", who="anonymous"),
    Case("videos-middle", "GET", "videos/?order_by=title&limit=1&offset=1", who="anonymous"),
    Case("videos-of-team", "GET", "videos/?team=films&project=docs"),
    Case("videos-by-url", "GET", "videos/?video_url=https://youtu.be/dQw4w9WgXcQ"),
    Case("videos-none", "GET", "videos/?team=nothing"),
    Case("videos-format", "GET", "videos/?team=films&format=json"),
    Case("video", "GET", f"{V1}/", who="anonymous"),
    Case("video-of-team", "GET", f"{V2}/"),
    Case("video-bare", "GET", f"{V3}/"),
    Case("video-unknown", "GET", f"{GONE}/"),
    Case("video-post", "POST", "videos/", {"video_url": FILM}),
    Case(
        "video-post-full",
        "POST",
        "videos/",
        {
            "video_url": "https://vimeo.com/76979871?share=copy",
            "title": "  The New Vimeo Player  ",
            "description": "Trimmed and\nkept",
            "duration": 62,
            "primary_audio_language_code": "PT-BR",
            "thumbnail": "https://i.vimeocdn.com/video/452001751_640.jpg",
            "metadata": {"speaker-name": "Zoë", "location": "東京"},
            "team": "films",
            "project": "docs",
        },
    ),
    Case("video-post-nothing", "POST", "videos/", {}),
    Case("video-post-no-url", "POST", "videos/", {"video_url": "film"}),
    Case("video-post-no-provider", "POST", "videos/", {"video_url": "https://example.com/page"}),
    Case("video-post-exists", "POST", "videos/", {"video_url": "http://youtu.be/dQw4w9WgXcQ?t=3"}),
    Case("video-post-unknown-team", "POST", "videos/", {"video_url": FILM, "team": "nothing"}),
    Case("video-post-no-team", "POST", "videos/", {"video_url": FILM, "project": "docs"}),
    Case(
        "video-post-unknown-project",
        "POST",
        "videos/",
        {"video_url": FILM, "team": "films", "project": "nothing"},
    ),
    Case("video-post-metadata", "POST", "videos/", {"video_url": FILM, "metadata": {"mood": "x"}}),
    Case(
        "video-post-wrong",
        "POST",
        "videos/",
        {
            "video_url": 7,
            "title": ["x"],
            "description": {"x": 1},
            "duration": "soon",
            "primary_audio_language_code": "klingon",
            "thumbnail": "nowhere",
            "metadata": "x",
            "team": 1,
            "project": [],
        },
    ),
    Case("video-post-long", "POST", "videos/", {"video_url": FILM, "title": LONG}),
    Case(
        "video-post-empty",
        "POST",
        "videos/",
        {"video_url": FILM, "title": "", "team": "null", "duration": ""},
    ),
    Case("video-post-anonymous", "POST", "videos/", {"video_url": FILM}, who="anonymous"),
    Case("video-post-list", "POST", "videos/", ["x"]),
    Case("video-post-broken", "POST", "videos/", '{"video_url": '),
    Case(
        "video-put",
        "PUT",
        f"{V1}/",
        {"title": "Renamed", "metadata": {"location": "Paris"}, "duration": 9, "unknown": 1},
    ),
    Case("video-put-team", "PUT", f"{V1}/", {"team": "films"}),
    Case("video-put-no-team", "PUT", f"{V2}/", {"team": None}),
    Case("video-put-forbidden", "PUT", f"{V2}/", {"title": "Mine"}, who="bob"),
    Case("video-delete", "DELETE", f"{V1}/"),
    Case("video-delete-forbidden", "DELETE", f"{V1}/", who="bob"),
    Case("duration", "GET", f"{V1}/duration/"),
    Case("duration-put", "PUT", f"{V3}/duration/", {"duration": 62}),
    Case("duration-put-nothing", "PUT", f"{V3}/duration/", {}),
    Case("duration-put-wrong", "PUT", f"{V3}/duration/", {"duration": -1}),
    Case("duration-put-known", "PUT", f"{V1}/duration/", {"duration": 62}),
    # --- urls ---
    Case("urls", "GET", f"{V1}/urls/"),
    Case("url", "GET", f"{V1}/urls/302/"),
    Case("url-unknown", "GET", f"{V1}/urls/1/"),
    Case("url-post", "POST", f"{V1}/urls/", {"url": FILM, "primary": True}),
    Case("url-post-nothing", "POST", f"{V1}/urls/", {}),
    Case("url-post-no-url", "POST", f"{V1}/urls/", {"url": "film"}),
    Case("url-post-no-provider", "POST", f"{V1}/urls/", {"url": "https://example.com/page"}),
    Case("url-post-exists", "POST", f"{V1}/urls/", {"url": "https://media.example.com/bare.mp4"}),
    Case("url-put", "PUT", f"{V1}/urls/302/", {"primary": True, "url": "ignored"}),
    Case("url-put-original", "PUT", f"{V1}/urls/302/", {"original": True}),
    Case("url-put-wrong", "PUT", f"{V1}/urls/302/", {"primary": "perhaps", "original": []}),
    Case("url-delete", "DELETE", f"{V1}/urls/302/"),
    Case("url-delete-primary", "DELETE", f"{V1}/urls/301/"),
    # --- languages ---
    Case("subtitle-languages", "GET", f"{V1}/languages/"),
    Case("subtitle-language", "GET", f"{EN}/", who="anonymous"),
    Case("subtitle-language-unknown", "GET", f"{V1}/languages/de/"),
    Case(
        "subtitle-language-post",
        "POST",
        f"{V1}/languages/",
        {"language_code": "pt_BR", "is_primary_audio_language": True, "soft_limit_cpl": 42},
    ),
    Case("subtitle-language-post-exists", "POST", f"{V1}/languages/", {"language_code": "EN"}),
    Case(
        "subtitle-language-post-wrong",
        "POST",
        f"{V1}/languages/",
        {"language_code": "klingon", "is_original": "x", "soft_limit_cps": -1},
    ),
    Case("subtitle-language-put", "PUT", f"{EN}/", {"is_complete": True, "soft_limit_lines": 2}),
    # --- subtitles ---
    Case("subtitles", "GET", f"{EN}/subtitles/", who="anonymous"),
    Case("subtitles-srt", "GET", f"{EN}/subtitles/?sub_format=srt"),
    Case("subtitles-json", "GET", f"{EN}/subtitles/?sub_format=json"),
    Case("subtitles-first", "GET", f"{EN}/subtitles/?version_number=1&sub_format=vtt"),
    Case("subtitles-file", "GET", f"{EN}/subtitles/?format=srt"),
    Case("subtitles-no-version", "GET", f"{EN}/subtitles/?version_number=9"),
    Case("subtitles-no-number", "GET", f"{EN}/subtitles/?version_number=nine"),
    Case("subtitles-no-format", "GET", f"{EN}/subtitles/?sub_format=nonsense"),
    Case("subtitles-none", "GET", f"{V1}/languages/fr/subtitles/"),
    Case(
        "subtitles-post",
        "POST",
        f"{V1}/languages/de/subtitles/",
        {"subtitles": SRT, "sub_format": "srt", "title": "Titel", "action": "publish"},
    ),
    Case("subtitles-post-dfxp", "POST", f"{EN}/subtitles/", {"subtitles": DFXP}),
    Case(
        "subtitles-post-json",
        "POST",
        f"{EN}/subtitles/",
        {
            "sub_format": "json",
            "subtitles": [{"start": 1000, "end": None, "text": "Hello", "position": 1}],
            "metadata": {"location": "Rome"},
            "is_complete": False,
        },
    ),
    Case("subtitles-post-nothing", "POST", f"{EN}/subtitles/", {}),
    Case(
        "subtitles-post-broken",
        "POST",
        f"{EN}/subtitles/",
        {"subtitles": "1\n00:00:01,000 -> x\nHello\n", "sub_format": "srt"},
    ),
    Case("subtitles-post-wrong", "POST", f"{EN}/subtitles/", {"subtitles": 7, "metadata": []}),
    Case(
        "subtitles-post-no-format",
        "POST",
        f"{EN}/subtitles/",
        {"subtitles": SRT, "sub_format": "x"},
    ),
    Case(
        "subtitles-post-no-action",
        "POST",
        f"{EN}/subtitles/",
        {"subtitles": SRT, "sub_format": "srt", "action": "approve"},
    ),
    Case(
        "subtitles-post-not-complete",
        "POST",
        f"{EN}/subtitles/",
        {"subtitles": "x", "sub_format": "txt", "action": "publish"},
    ),
    Case(
        "subtitles-post-no-language",
        "POST",
        f"{V1}/languages/klingon/subtitles/",
        {"subtitles": DFXP},
    ),
    Case(
        "subtitles-post-timings", "POST", f"{V1}/languages/de/subtitles/", {"from_language": "en"}
    ),
    Case("subtitles-post-timings-none", "POST", f"{V1}/languages/de/subtitles/", TIMINGS_OF_NONE),
    Case("subtitles-delete", "DELETE", f"{EN}/subtitles/", who="root"),
    Case("actions", "GET", f"{EN}/subtitles/actions/"),
    Case("actions-post", "POST", f"{EN}/subtitles/actions/", {"action": "publish"}),
    Case("actions-post-nothing", "POST", f"{EN}/subtitles/actions/", {}),
    Case("actions-post-unknown", "POST", f"{EN}/subtitles/actions/", {"action": "approve"}),
    Case(
        "actions-post-none", "POST", f"{V1}/languages/fr/subtitles/actions/", {"action": "publish"}
    ),
    Case("report", "GET", f"{EN}/subtitles/report/"),
    Case("report-nothing", "GET", f"{EN}/subtitles/report/?version_number=99"),
    Case(
        "subtitles-dry-run",
        "POST",
        f"{EN}/subtitles/?dry_run=true",
        {"subtitles": "Cafe", "sub_format": "txt"},
    ),
    Case(
        "subtitles-post-machine",
        "POST",
        f"{EN}/subtitles/",
        {
            "subtitles": SRT,
            "sub_format": "srt",
            "origin": "machine",
            "translated_from": {"language_code": "en", "version_number": 1},
        },
    ),
    Case(
        "subtitles-post-origin-wrong",
        "POST",
        f"{EN}/subtitles/",
        {
            "subtitles": SRT,
            "sub_format": "srt",
            "origin": "rollback",
            "translated_from": "the English ones",
        },
    ),
    Case("diff", "GET", f"{EN}/subtitles/diff/?from=1&to=3&all=yes", after=(MENDED,)),
    Case("diff-nothing", "GET", f"{EN}/subtitles/diff/?from=0&to=1"),
    Case("diff-wrong", "GET", f"{EN}/subtitles/diff/?from=first"),
    Case("restore", "POST", f"{EN}/subtitles/restore/", {"version_number": 1}, after=(MENDED,)),
    Case("restore-nothing", "POST", f"{EN}/subtitles/restore/", {"action": "publish"}),
    Case("restore-unknown", "POST", f"{EN}/subtitles/restore/", {"version_number": 9}),
    Case("transform", "POST", f"{EN}/subtitles/transform/", SHIFTED),
    Case("transform-dry", "POST", f"{EN}/subtitles/transform/", {**SHIFTED, "dry_run": True}),
    Case(
        "transform-refused",
        "POST",
        f"{EN}/subtitles/transform/",
        {"operation": "shift", "by": -60_000, "dry_run": True},
    ),
    Case(
        "transform-wrong",
        "POST",
        f"{EN}/subtitles/transform/",
        {"operation": "snap", "by": 1.5, "anchors": [[1, 2]], "gap": 0, "version_number": "x"},
    ),
    Case("transform-nothing", "POST", f"{EN}/subtitles/transform/", {"operation": "turn"}),
    Case("notes", "GET", f"{EN}/subtitles/notes/"),
    Case("notes-post", "POST", f"{EN}/subtitles/notes/", {"body": " Mind the gap "}),
    Case("notes-post-nothing", "POST", f"{EN}/subtitles/notes/", {"body": " "}),
    # --- users ---
    Case(
        "user-post",
        "POST",
        "users/",
        {
            "username": "new.person+1@x",
            "email": "new@example.com",
            "password": "secret",
            "first_name": "New",
            "full_name": "New Person",
            "homepage": "https://example.com/",
            "create_login_token": True,
        },
        who="acme",
    ),
    Case(
        "user-post-varied",
        "POST",
        "users/",
        {"username": "ana", "find_unique_username": "true"},
        who="acme",
    ),
    Case("user-post-nothing", "POST", "users/", {}, who="acme"),
    Case("user-post-taken", "POST", "users/", {"username": "ana"}, who="acme"),
    Case("user-post-31", "POST", "users/", {"username": "x" * 31}, who="acme"),
    Case("user-post-name", "POST", "users/", {"username": "jürgen m"}, who="acme"),
    Case(
        "user-post-long",
        "POST",
        "users/",
        {"username": "a" * 25, "find_unique_username": True},
        who="acme",
    ),
    Case(
        "user-post-wrong",
        "POST",
        "users/",
        {
            "username": "fine",
            "email": "nobody",
            "first_name": "x" * 31,
            "homepage": "x",
            "is_partner": "maybe",
            "password": 7,
        },
        who="acme",
    ),
    Case("user-post-forbidden", "POST", "users/", {"username": "new"}),
    Case("user-me", "GET", "users/me/"),
    Case("user", "GET", "users/acme/"),
    Case("user-by-id", "GET", f"users/id$user-{2:038}/"),
    Case("user-unknown", "GET", "users/nobody/"),
    Case("user-put", "PUT", "users/ana/", {"biography": "Born", "username": "x", "email": ""}),
    Case("user-put-forbidden", "PUT", "users/bob/", {"biography": "Born"}),
    Case(
        "editor-login-post",
        "POST",
        "editor-login/",
        {"video_id": "V00000000001", "user": "bob", "language_code": "en"},
        who="root",
    ),
    Case("editor-login-post-wrong", "POST", "editor-login/", {"video_id": "x", "user": "bob"}),
    # --- teams ---
    Case("teams", "GET", "teams/"),
    Case("teams-middle", "GET", "teams/?limit=1&offset=1", who="bob"),
    Case("team", "GET", f"{FILMS}/", who="bob"),
    Case("team-unlisted", "GET", f"{GUILD}/", who="bob"),
    Case("team-hidden", "GET", "teams/hush/"),
    Case("team-unknown", "GET", "teams/nothing/"),
    Case("team-post", "POST", "teams/", {"name": "New", "slug": "new"}, who="acme"),
    Case(
        "team-post-full",
        "POST",
        "teams/",
        {
            "name": "  Ñandú  ",
            "slug": "nandu_2",
            "type": "collaboration",
            "description": "Trimmed and\nkept",
            "is_visible": False,
            "team_visibility": "unlisted",
            "membership_policy": "Invitation by any team member",
            "video_policy": "Managers and admins",
            "subtitle_policy": "Any team member",
            "translate_policy": "Only managers and admins",
            "task_assign_policy": "Any team member",
            "workflow_enabled": "yes",
            "review_allowed": "admin",
            "approve_allowed": "none",
            "max_tasks_per_member": "3",
            "task_expiration": None,
        },
        who="root",
    ),
    Case("team-post-nothing", "POST", "teams/", {}, who="acme"),
    Case(
        "team-post-wrong",
        "POST",
        "teams/",
        {
            "name": "",
            "slug": "two words",
            "type": "large",
            "description": ["x"],
            "is_visible": "perhaps",
            "team_visibility": "hidden",
            "video_visibility": 2,
            "membership_policy": "open",
            "video_policy": "Anyone",
            "subtitle_policy": "Nobody",
            "translate_policy": [],
            "task_assign_policy": "",
            "workflow_enabled": 7,
            "review_allowed": "owner",
            "approve_allowed": "peer",
            "max_tasks_per_member": -1,
            "task_expiration": "soon",
        },
        who="acme",
    ),
    Case("team-post-taken-slug", "POST", "teams/", {"name": "New", "slug": "hush"}, who="acme"),
    Case("team-post-taken-name", "POST", "teams/", {"name": "Hush", "slug": "new"}, who="acme"),
    Case("team-post-forbidden", "POST", "teams/", {"name": "New", "slug": "new"}),
    Case(
        "team-put",
        "PUT",
        f"{FILMS}/",
        {
            "slug": "movies",
            "type": "simple",
            "description": "",
            "membership_policy": "Application",
            "workflow_enabled": True,
        },
    ),
    Case("team-put-hidden", "PUT", f"{FILMS}/", {"is_visible": "false"}),
    Case("team-put-no-limits", "PUT", f"{GUILD}/", {"max_tasks_per_member": None, "name": None}),
    Case("team-put-wrong", "PUT", f"{FILMS}/", {"slug": "", "video_policy": "any"}),
    Case("team-put-taken", "PUT", f"{FILMS}/", {"slug": "guild"}),
    Case("team-put-forbidden", "PUT", f"{FILMS}/", {"description": "Mine"}, who="bob"),
    Case("team-delete", "DELETE", f"{FILMS}/"),
    # --- members ---
    Case("members", "GET", f"{FILMS}/members/"),
    Case("members-middle", "GET", f"{FILMS}/members/?limit=1&offset=1"),
    Case("members-forbidden", "GET", f"{FILMS}/members/", who="bob"),
    Case("members-hidden", "GET", "teams/hush/members/"),
    Case("member", "GET", f"{FILMS}/members/acme/"),
    Case("member-by-id", "GET", f"{FILMS}/members/id$user-{1:038}/"),
    Case("member-outsider", "GET", f"{FILMS}/members/bob/"),
    Case("member-unknown", "GET", f"{FILMS}/members/nobody/"),
    Case("member-post", "POST", f"{FILMS}/members/", {"user": "bob", "role": "manager"}),
    Case("member-post-username", "POST", f"{FILMS}/members/", {"username": "bob", "role": "admin"}),
    Case(
        "member-post-join",
        "POST",
        f"{FILMS}/members/",
        {"user": f"id$user-{2:038}", "role": "contributor"},
        who="bob",
    ),
    Case(
        "member-post-join-high",
        "POST",
        f"{FILMS}/members/",
        {"user": "bob", "role": "manager"},
        who="bob",
    ),
    Case("member-post-owner", "POST", f"{FILMS}/members/", {"user": "bob", "role": "owner"}),
    Case("member-post-nothing", "POST", f"{FILMS}/members/", {}),
    Case("member-post-wrong", "POST", f"{FILMS}/members/", {"user": "nobody", "role": "king"}),
    Case("member-post-again", "POST", f"{FILMS}/members/", {"user": "acme", "role": "admin"}),
    Case("member-put", "PUT", f"{FILMS}/members/cyd/", {"role": "manager"}),
    Case("member-put-nothing", "PUT", f"{FILMS}/members/cyd/", {}),
    Case("member-put-wrong", "PUT", f"{FILMS}/members/cyd/", {"role": "Manager"}),
    Case("member-put-owner", "PUT", f"{FILMS}/members/ana/", {"role": "owner"}, who="acme"),
    Case("member-put-last", "PUT", f"{FILMS}/members/acme/", {"role": "admin"}, who="acme"),
    Case("member-patch-nothing", "PATCH", f"{FILMS}/members/cyd/", {}),
    Case("member-delete", "DELETE", f"{FILMS}/members/cyd/"),
    Case("member-delete-self", "DELETE", f"{FILMS}/members/ana/"),
    Case("member-delete-owner", "DELETE", f"{FILMS}/members/acme/"),
    # --- members who are asked first: only in the oldest form ---
    Case("safe-members", "GET", f"{FILMS}/safe-members/"),
    Case("safe-member", "GET", f"{FILMS}/safe-members/cyd/"),
    Case(
        "safe-member-post",
        "POST",
        f"{FILMS}/safe-members/",
        {"username": "bob", "role": "contributor", "note": "Come in"},
    ),
    Case(
        "safe-member-post-new",
        "POST",
        f"{FILMS}/safe-members/",
        {"username": "dora", "role": "manager", "email": "dora@example.com"},
    ),
    Case("safe-member-post-nothing", "POST", f"{FILMS}/safe-members/", {}),
    Case(
        "safe-member-post-wrong",
        "POST",
        f"{FILMS}/safe-members/",
        {"username": "dora", "role": "king", "email": "nowhere"},
    ),
    Case(
        "safe-member-post-name",
        "POST",
        f"{FILMS}/safe-members/",
        {"username": "jürgen m", "role": "admin", "email": "jm@example.com"},
    ),
    Case(
        "safe-member-post-no-email",
        "POST",
        f"{FILMS}/safe-members/",
        {"username": "dora", "role": "admin"},
    ),
    Case(
        "safe-member-post-again",
        "POST",
        f"{FILMS}/safe-members/",
        {"username": "cyd", "role": "admin"},
    ),
    Case("safe-member-put", "PUT", f"{FILMS}/safe-members/cyd/", {"role": "manager"}),
    Case("safe-member-delete", "DELETE", f"{FILMS}/safe-members/cyd/"),
    # --- projects ---
    Case("projects", "GET", f"{FILMS}/projects/"),
    Case("projects-forbidden", "GET", f"{FILMS}/projects/", who="bob"),
    Case("project", "GET", f"{FILMS}/projects/docs/"),
    Case("project-default", "GET", f"{FILMS}/projects/_root/"),
    Case("project-unknown", "GET", f"{FILMS}/projects/nothing/"),
    Case(
        "project-post",
        "POST",
        f"{FILMS}/projects/",
        {
            "name": " Shorts ",
            "slug": "shorts",
            "description": "Below 20 minutes",
            "guidelines": "Two\nlines",
            "workflow_enabled": True,
        },
    ),
    Case("project-post-nothing", "POST", f"{FILMS}/projects/", {}),
    Case(
        "project-post-wrong",
        "POST",
        f"{FILMS}/projects/",
        {
            "name": "",
            "slug": "two words",
            "description": 1,
            "guidelines": [],
            "workflow_enabled": "perhaps",
        },
    ),
    Case("project-post-taken", "POST", f"{FILMS}/projects/", {"name": "New", "slug": "docs"}),
    Case("project-post-default", "POST", f"{FILMS}/projects/", {"name": "New", "slug": "_root"}),
    Case("project-post-name", "POST", f"{FILMS}/projects/", {"name": "Features", "slug": "new"}),
    Case("project-put", "PUT", f"{FILMS}/projects/docs/", {"slug": "facts", "description": ""}),
    Case("project-put-taken", "PUT", f"{FILMS}/projects/docs/", {"slug": "features"}),
    Case("project-delete", "DELETE", f"{FILMS}/projects/docs/"),
    Case("project-delete-forbidden", "DELETE", f"{FILMS}/projects/docs/", who="cyd"),
    # --- languages of teams ---
    Case("team-languages", "GET", f"{FILMS}/languages/", who="cyd"),
    Case("team-languages-outside", "GET", f"{FILMS}/languages/", who="bob"),
    Case("team-preferred", "GET", f"{FILMS}/languages/preferred/", who="cyd"),
    Case("team-blacklisted", "GET", f"{FILMS}/languages/blacklisted/", who="cyd"),
    Case("team-preferred-put", "PUT", f"{FILMS}/languages/preferred/", ["FR", "pt_BR", "de", "fr"]),
    Case("team-preferred-put-none", "PUT", f"{FILMS}/languages/preferred/", []),
    Case("team-preferred-put-wrong", "PUT", f"{FILMS}/languages/preferred/", ["en", "klingon"]),
    Case("team-preferred-put-no-list", "PUT", f"{FILMS}/languages/preferred/", {"en": 1}),
    Case("team-blacklisted-put", "PUT", f"{FILMS}/languages/blacklisted/", ["es"]),
    Case(
        "team-blacklisted-put-forbidden",
        "PUT",
        f"{FILMS}/languages/blacklisted/",
        ["es"],
        who="cyd",
    ),
    Case("subtitle-language-post-blacklisted", "POST", f"{V2}/languages/", {"language_code": "de"}),
    Case(
        "subtitles-post-blacklisted",
        "POST",
        f"{V2}/languages/de/subtitles/",
        {"subtitles": SRT, "sub_format": "srt"},
    ),
    # --- tasks ---
    Case("tasks", "GET", f"{FILMS}/tasks/"),
    Case("tasks-of-person", "GET", f"{FILMS}/tasks/?assignee=cyd&open&order_by=-priority"),
    Case("tasks-none", "GET", f"{FILMS}/tasks/?completed&completed-after=1457136000"),
    Case("tasks-wrong", "GET", f"{FILMS}/tasks/?completed-before=noon&priority=high"),
    Case("task", "GET", f"{FILMS}/tasks/501/"),
    Case("task-unknown", "GET", f"{FILMS}/tasks/1/"),
    Case("tasks-forbidden", "GET", f"{FILMS}/tasks/", who="bob"),
    Case(
        "task-post",
        "POST",
        f"{FILMS}/tasks/",
        {
            "video_id": "V00000000002",
            "type": "Translate",
            "language": "PT_BR",
            "assignee": "cyd",
            "priority": 3,
        },
    ),
    Case(
        "task-post-again",
        "POST",
        f"{FILMS}/tasks/",
        {"video_id": "V00000000002", "type": "Subtitle", "language": "en"},
    ),
    Case(
        "task-post-unknown-video",
        "POST",
        f"{FILMS}/tasks/",
        {"video_id": "V00000000001", "type": "Subtitle"},
    ),
    Case(
        "task-post-blacklisted",
        "POST",
        f"{FILMS}/tasks/",
        {"video_id": "V00000000002", "type": "Translate", "language": "de"},
    ),
    Case("task-post-nothing", "POST", f"{FILMS}/tasks/", {}),
    Case(
        "task-post-wrong",
        "POST",
        f"{FILMS}/tasks/",
        {"video_id": "nope", "type": "Watch", "language": "xx", "assignee": "nobody"},
    ),
    Case("task-put", "PUT", f"{FILMS}/tasks/501/", {"priority": 7, "language": "fr"}),
    Case("task-put-nobody", "PUT", f"{FILMS}/tasks/501/", {"assignee": None}),
    Case("task-put-outsider", "PUT", f"{FILMS}/tasks/501/", {"assignee": "root"}),
    Case("task-put-send-back", "PUT", f"{FILMS}/tasks/501/", {"send_back": True}),
    Case("task-put-complete", "PUT", f"{FILMS}/tasks/501/", {"complete": True}),
    Case("task-put-version", "PUT", f"{FILMS}/tasks/501/", {"complete": 1, "version_number": 9}),
    Case("task-put-done", "PUT", f"{FILMS}/tasks/501/", {"complete": True}, who="cyd", after=BEGUN),
    Case("task-put-others", "PUT", f"{FILMS}/tasks/501/", {"complete": True}, after=BEGUN),
    Case("task-put-approved", "PUT", f"{FILMS}/tasks/502/", {"complete": True}, after=IN_REVIEW),
    Case("task-put-stage", "PUT", f"{FILMS}/tasks/501/", {"approved": "Maybe"}),
    Case("task-put-sent-back", "PUT", f"{FILMS}/tasks/502/", {"send_back": True}, after=IN_REVIEW),
    Case("task-corrected", "GET", f"{FILMS}/tasks/502/", after=CORRECTED),
    Case("task-delete", "DELETE", f"{FILMS}/tasks/501/"),
    Case("task-delete-forbidden", "DELETE", f"{FILMS}/tasks/501/", who="cyd"),
    # --- applications ---
    Case("applications", "GET", f"{GUILD}/applications/"),
    Case("applications-of-status", "GET", f"{GUILD}/applications/?status=Denied"),
    Case("applications-of-user", "GET", f"{GUILD}/applications/?user=bob&after=2016-03-05"),
    Case("applications-none", "GET", f"{GUILD}/applications/?before=2016-03-05"),
    Case("applications-wrong", "GET", f"{GUILD}/applications/?before=noon"),
    Case("applications-open-team", "GET", f"{FILMS}/applications/"),
    Case("applications-forbidden", "GET", f"{GUILD}/applications/", who="bob"),
    Case("application", "GET", f"{GUILD}/applications/401/"),
    Case("application-unknown", "GET", f"{GUILD}/applications/1/"),
    Case("application-put", "PUT", f"{GUILD}/applications/401/", {"status": "Approved"}),
    Case("application-put-denied", "PUT", f"{GUILD}/applications/401/", {"status": "Denied"}),
    Case("application-put-nothing", "PUT", f"{GUILD}/applications/401/", {}),
    Case("application-put-wrong", "PUT", f"{GUILD}/applications/401/", {"status": "Pending"}),
    Case("application-put-unknown", "PUT", f"{GUILD}/applications/401/", {"status": "approved"}),
    Case("application-put-again", "PUT", f"{GUILD}/applications/402/", {"status": "Approved"}),
    Case("application-delete", "DELETE", f"{GUILD}/applications/401/"),
    # --- subtitle requests ---
    Case("requests", "GET", f"{CREW}/subtitle-requests/", who="acme", after=ASKED),
    Case("requests-remote", "GET", f"{CREW}/subtitle-requests/remote/", who="acme", after=SENT_OUT),
    Case("requests-everywhere", "GET", "subtitle-requests/?type=local", who="cyd", after=TAKEN),
    Case("requests-evaluated", "GET", "teams/critics/subtitle-requests/", who="acme", after=ASKED),
    Case("request", "GET", JOB, who="cyd", after=TAKEN),
    Case("request-of-team", "GET", f"{CREW}/{JOB}", who="acme", after=TAKEN),
    Case("request-stranger", "GET", JOB, who="bob", after=ASKED),
    Case("request-post", "POST", "subtitle-requests/", WANTED, who="acme", after=FOUNDED),
    Case("request-post-again", "POST", "subtitle-requests/", WANTED, who="acme", after=ASKED),
    Case("request-post-nothing", "POST", "subtitle-requests/", {}, who="acme"),
    Case("request-post-forbidden", "POST", "subtitle-requests/", WANTED, who="cyd", after=FOUNDED),
    Case(
        "request-post-wrong",
        "POST",
        "subtitle-requests/",
        {"video": 7, "language": "klingon", "evaluation_teams": "critics", "due": "soon"},
        who="acme",
    ),
    Case("request-actions", "GET", WORK, who="cyd", after=TAKEN),
    Case("request-actions-none", "GET", WORK, who="acme", after=FOUNDED),
    Case("request-take", "PUT", JOB, {"subtitler": "cyd"}, who="cyd", after=ASKED),
    Case("request-give", "PUT", JOB, {"reviewer": "nobody"}, who="acme", after=ASKED),
    Case("request-complete", "PUT", JOB, {"work_status": "complete"}, who="acme", after=TAKEN),
    Case("request-state", "PUT", JOB, {"state": "being-reviewed"}, who="acme", after=TAKEN),
    Case("request-delete", "DELETE", JOB, who="acme", after=TAKEN),
    # --- activity ---
    Case("activity-of-video", "GET", f"{V1}/activity/", who="bob"),
    Case("activity-of-video-all", "GET", f"{V1}/activity/", after=EVENTFUL),
    Case("activity-of-video-filtered", "GET", f"{V1}/activity/?type=version-added&language=EN"),
    Case("activity-of-video-by-user", "GET", f"{V1}/activity/?user=bob&before=2016-03-06"),
    Case("activity-of-video-none", "GET", f"{V1}/activity/?after=2016-03-06"),
    Case("activity-of-video-wrong-type", "GET", f"{V1}/activity/?type=nothing"),
    Case("activity-of-video-wrong", "GET", f"{V1}/activity/?after=noon"),
    Case("activity-of-video-unknown", "GET", f"{GONE}/activity/"),
    Case("activity-of-team", "GET", f"{FILMS}/activity/", who="acme", after=EVENTFUL),
    Case("coverage", "GET", f"{FILMS}/coverage/", who="cyd"),
    Case("coverage-outside", "GET", f"{FILMS}/coverage/", who="bob"),
    Case(
        "coverage-of-language",
        "GET",
        f"{FILMS}/coverage/?language=EN&project=null&limit=1",
        who="cyd",
    ),
    Case("coverage-of-no-project", "GET", f"{FILMS}/coverage/?project=none", who="cyd"),
    Case("activity-of-team-outside", "GET", f"{FILMS}/activity/", who="bob", after=EVENTFUL),
    Case("activity-of-team-work", "GET", f"{CREW}/activity/", who="acme", after=TAKEN),
    Case("activity-of-team-hidden", "GET", "teams/hush/activity/"),
    Case("activity-of-user", "GET", "users/ana/activity/?video_language=en", who="bob"),
    Case("activity-of-user-in-team", "GET", "users/ana/activity/?team=films", after=EVENTFUL),
    Case("activity-of-user-unknown", "GET", "users/nobody/activity/"),
    Case("legacy-activity", "GET", "activity/", after=EVENTFUL),
    Case("legacy-activity-of-team", "GET", "activity/?team=films&type=1", after=EVENTFUL),
    Case("legacy-activity-joins", "GET", "activity/?team=films&team-activity=1", after=EVENTFUL),
    Case("legacy-activity-of-video", "GET", f"activity/?video={V1[7:]}&type=3", who="bob"),
    Case("legacy-activity-hidden", "GET", "activity/?team=hush"),
    Case("legacy-activity-forbidden", "GET", "activity/?team=films", who="bob"),
    Case("legacy-activity-wrong", "GET", "activity/?after=noon"),
    Case("legacy-activity-item", "GET", "activity/701/"),
    Case("legacy-activity-item-unknown", "GET", "activity/1/"),
    # --- keys ---
    Case("keys", "GET", "users/me/keys/", after=KEYED),
    Case("keys-by-name", "GET", "users/ana/keys/", after=KEYED),
    Case("keys-of-another", "GET", "users/cyd/keys/"),
    Case("key", "GET", "users/me/keys/806/", after=KEYED),
    Case("key-by-name", "GET", "users/ana/keys/806/", after=KEYED),
    Case("key-unknown", "GET", "users/me/keys/1/"),
    Case("key-post", "POST", "users/me/keys/", {"label": "Robot", "scope": "read"}),
    Case("key-post-by-name", "POST", "users/ana/keys/", {}),
    Case("key-post-of-another", "POST", "users/cyd/keys/", {}),
    Case("key-post-wrong", "POST", "users/me/keys/", {"scope": "root", "expires": "2010-01-01"}),
    Case("key-delete", "DELETE", "users/me/keys/806/", after=KEYED),
    # --- callbacks ---
    Case("callbacks", "GET", f"{FILMS}/callbacks/", after=HOOKED),
    Case("callbacks-forbidden", "GET", f"{FILMS}/callbacks/", who="cyd", after=HOOKED),
    Case("callback", "GET", f"{FILMS}/callbacks/601/", after=HOOKED),
    Case("callback-unknown", "GET", f"{FILMS}/callbacks/1/", after=HOOKED),
    Case("callback-post", "POST", f"{FILMS}/callbacks/", HOOK),
    Case("callback-post-nothing", "POST", f"{FILMS}/callbacks/", {}),
    Case("callback-post-again", "POST", f"{FILMS}/callbacks/", HOOK, after=HOOKED),
    Case(
        "callback-post-wrong",
        "POST",
        f"{FILMS}/callbacks/",
        {"url": 7, "encoding": "xml", "events": "all", "headers": [], "is_on": "perhaps"},
    ),
    Case("callback-post-private", "POST", f"{FILMS}/callbacks/", {"url": "http://127.0.0.1/"}),
    Case("callback-post-event", "POST", f"{FILMS}/callbacks/", {**HOOK, "events": ["subs-new"]}),
    Case("callback-post-header", "POST", f"{FILMS}/callbacks/", {**HOOK, "headers": {"Host": "x"}}),
    Case("callback-put", "PUT", f"{FILMS}/callbacks/601/", {"is_on": False}, after=HOOKED),
    Case("callback-rotate", "POST", f"{FILMS}/callbacks/601/rotate/", after=HOOKED),
    Case("callback-test", "POST", f"{FILMS}/callbacks/602/test/", after=HOOKED),
    Case("callback-delete", "DELETE", f"{FILMS}/callbacks/601/", after=HOOKED),
    Case("notifications", "GET", f"{NOTICES}/", who="cyd", after=HOOKED),
    Case("notifications-forbidden", "GET", f"{NOTICES}/", who="bob", after=HOOKED),
    Case("notification", "GET", f"{NOTICES}/1/", who="cyd", after=HOOKED),
    Case("notification-unknown", "GET", f"{NOTICES}/99/", after=HOOKED),
    Case("notification-resend", "POST", f"{NOTICES}/1/resend/", after=HOOKED),
    # --- messages ---
    Case("message-post", "POST", "message/", {"user": "bob", "subject": "Hi", "content": "There"}),
    Case("message-post-team", "POST", "message/", {"team": "films", **WORDS}),
    Case("message-post-nothing", "POST", "message/", {}),
    Case("message-post-nobody", "POST", "message/", WORDS),
    Case("message-post-wrong", "POST", "message/", {"user": "x", "subject": [], "content": ""}),
    Case("message-post-unknown-team", "POST", "message/", {"team": "hush", **WORDS}),
    Case("message-post-forbidden", "POST", "message/", {"team": "films", **WORDS}, who="bob"),
    # --- what only older forms have ---
    Case("users", "GET", "users/?limit=2"),
    Case("language-by-number", "GET", f"{V1}/languages/201/"),
    # --- every resource fails alike ---
    Case("error-key", "GET", "videos/", who="anonymous", headers={"X-api-key": "0" * 40}),
    Case("error-login", "GET", f"{V1}/duration/", who="anonymous"),
    Case("error-method", "DELETE", "videos/"),
    Case("error-accept", "GET", "videos/", headers={"Accept": "image/png"}),
    Case("error-format", "GET", "videos/?format=nonsense"),
    Case("error-media-type", "POST", "videos/", "x", headers={"Content-Type": "text/plain"}),
    Case("error-path", "GET", "nothing/here/"),
    Case("options", "OPTIONS", f"{V1}/"),
    Case("options-of-team", "OPTIONS", f"{FILMS}/"),
]

# The same in the other formats, as text.
TEXTS = [
    ("video.xml", f"{V1}/?format=xml"),
    ("video.yaml", f"{V1}/?format=yaml"),
    ("subtitles.xml", f"{EN}/subtitles/?format=xml"),
    ("subtitles.yaml", f"{EN}/subtitles/?format=yaml"),
    ("team.xml", f"{GUILD}/?format=xml"),
    ("team.yaml", f"{GUILD}/?format=yaml"),
    ("preferred.xml", f"{FILMS}/languages/preferred/?format=xml"),
    ("preferred.yaml", f"{FILMS}/languages/preferred/?format=yaml"),
    ("error.xml", f"{GONE}/?format=xml"),
    ("error.yaml", f"{GONE}/?format=yaml"),
]


def build(api_for: Any) -> SimpleNamespace:
    """Five people, three teams, and three videos: full, in a team, and bare."""
    from subtitles.models import SubtitleLanguage
    from subtitles.services import add_language, add_note
    from subtitles.workflows.submit import perform
    from teams.models import Project
    from teams.workflows import workflow_for
    from tests.factories import (
        TeamFactory,
        TeamMemberFactory,
        UserFactory,
        VideoFactory,
        add_subtitles,
    )
    from videos.services import add_url

    ana = UserFactory(
        username="ana",
        full_name="Ana María",
        first_name="Ana",
        last_name="María",
        biography="Subtitles <everything> & more",
        homepage="https://example.com/ana",
        languages=["es", "pt-br"],
    )
    bob = UserFactory(username="bob")
    acme = UserFactory(username="acme", is_partner=True)
    root = UserFactory(username="root", is_staff=True, is_superuser=True)
    films = TeamFactory(slug="films", name="Films & more")
    TeamMemberFactory(team=films, user=ana, role_name="admin")
    docs = Project.objects.create(team=films, slug="docs", name="Documentaries")
    full = VideoFactory(
        user=ana,
        video_url="https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=1",
        title='Of "quotes", <tags> & ünïcödé 😀',
        description="Two\nlines",
        duration=212,
        thumbnail="https://i.ytimg.com/vi/dQw4w9WgXcQ/hqdefault.jpg",
        primary_audio_language_code="en",
        metadata={"speaker-name": "Rick"},
    )
    add_url(full, actor=bob, url="http://media.example.com/copy.webm")
    VideoFactory(
        user=ana,
        video_url="https://vimeo.com/22439234",
        title="In a team",
        team=films,
        project=docs,
    )
    VideoFactory(user=bob, video_url="https://media.example.com/bare.mp4")
    add_subtitles(full, "en", actor=ana)
    add_subtitles(full, "en", actor=bob, metadata={"location": "UK"})
    perform(workflow_for(full, "en"), actor=ana, action="publish")
    add_language(full, actor=ana, language_code="fr")
    add_subtitles(full, "ar", actor=bob, title="Title of the subtitles")
    english = SubtitleLanguage.objects.get(video=full, language_code="en")
    SubtitleLanguage.objects.filter(video=full, language_code="ar").update(translated_from=english)
    add_note(full, actor=bob, language_code="en", body="First")
    add_note(full, actor=ana, language_code="en", body="Second\nline")
    cyd = UserFactory(username="cyd")
    _build_teams(films, ana=ana, bob=bob, acme=acme, root=root, cyd=cyd)
    people = {"ana": ana, "bob": bob, "acme": acme, "root": root, "cyd": cyd}
    return SimpleNamespace(
        api={"anonymous": api_for(None)} | {name: api_for(p) for name, p in people.items()}
    )


def _build_teams(films: Any, *, ana: Any, bob: Any, acme: Any, root: Any, cyd: Any) -> None:
    """People and languages for *films*, which is open; *guild*, which has no setting at its
    default, with two applications; and *hush*, which is hidden from all but bob."""
    from teams.models import (
        Application,
        ApproveLevel,
        Project,
        ReviewLevel,
        SubtitlePolicy,
        Task,
        Team,
        TeamLanguage,
        Visibility,
    )
    from tests.factories import TeamFactory, TeamMemberFactory

    TeamMemberFactory(team=films, user=acme, role_name="owner")
    TeamMemberFactory(team=films, user=cyd)
    Project.objects.create(team=films, slug="features", name="Features", guidelines="Be brief")
    Task.objects.create(
        team=films, video=films.videos.earliest("pk"), type=10, language_code="en", assignee=cyd
    )
    for code, kind in (("es", "PREFERRED"), ("ar", "PREFERRED"), ("de", "BLACKLISTED")):
        films.languages.create(language_code=code, kind=TeamLanguage.Kind[kind])
    guild = TeamFactory(
        slug="guild",
        name='The "guild" 字幕',
        type="simple",
        description="Two\nlines",
        team_visibility=Visibility.UNLISTED,
        video_visibility=Visibility.PRIVATE,
        membership_policy=Team.MembershipPolicy.APPLICATION,
        video_policy=Team.VideoPolicy.ADMINS,
        subtitle_policy=SubtitlePolicy.MANAGERS,
        translate_policy=SubtitlePolicy.ADMINS,
        task_assign_policy=Team.TaskAssignPolicy.MANAGERS,
        workflow_enabled=True,
        review_allowed=ReviewLevel.PEERS,
        approve_allowed=ApproveLevel.MANAGERS,
        max_tasks_per_member=5,
        task_expiration=14,
        partner=acme,
    )
    TeamMemberFactory(team=guild, user=ana, role_name="owner")
    guild.applications.create(user=bob, note="I know <all> films")
    denied = guild.applications.create(user=root, status=Application.Status.DENIED)
    denied.modified = denied.created
    denied.save()
    hush = TeamFactory(slug="hush", is_visible=False)
    TeamMemberFactory(team=hush, user=bob, role_name="owner")
