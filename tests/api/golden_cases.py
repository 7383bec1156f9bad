"""What the golden answers are answers to, and the world they are asked of."""

from types import SimpleNamespace
from typing import Any, NamedTuple

from tests.api.permission_matrix import SRT


class Case(NamedTuple):
    name: str
    method: str
    path: str
    body: Any = None
    who: str = "ana"
    headers: dict[str, str] = {}


V1, V2, V3, GONE = "videos/V00000000001", "videos/V00000000002", "videos/V00000000003", "videos/x"
EN = f"{V1}/languages/en"
DFXP = (
    '<?xml version="1.0"?><tt xmlns="http://www.w3.org/ns/ttml"><body><div>'
    '<p begin="00:00:01.000" end="00:00:02.000">Hello<br/>world</p></div></body></tt>'
)
FILM = "https://media.example.com/new.mp4"
LONG = "x" * 3000

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
    Case("subtitles-delete", "DELETE", f"{EN}/subtitles/", who="root"),
    Case("actions", "GET", f"{EN}/subtitles/actions/"),
    Case("actions-post", "POST", f"{EN}/subtitles/actions/", {"action": "publish"}),
    Case("actions-post-nothing", "POST", f"{EN}/subtitles/actions/", {}),
    Case("actions-post-unknown", "POST", f"{EN}/subtitles/actions/", {"action": "approve"}),
    Case(
        "actions-post-none", "POST", f"{V1}/languages/fr/subtitles/actions/", {"action": "publish"}
    ),
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
    # --- every resource fails alike ---
    Case("error-key", "GET", "videos/", who="anonymous", headers={"X-api-key": "0" * 40}),
    Case("error-login", "GET", f"{V1}/duration/", who="anonymous"),
    Case("error-method", "DELETE", "videos/"),
    Case("error-accept", "GET", "videos/", headers={"Accept": "image/png"}),
    Case("error-format", "GET", "videos/?format=nonsense"),
    Case("error-media-type", "POST", "videos/", "x", headers={"Content-Type": "text/plain"}),
    Case("error-path", "GET", "nothing/here/"),
    Case("options", "OPTIONS", f"{V1}/"),
]

# The same in the other formats, as text.
TEXTS = [
    ("video.xml", f"{V1}/?format=xml"),
    ("video.yaml", f"{V1}/?format=yaml"),
    ("subtitles.xml", f"{EN}/subtitles/?format=xml"),
    ("subtitles.yaml", f"{EN}/subtitles/?format=yaml"),
    ("error.xml", f"{GONE}/?format=xml"),
    ("error.yaml", f"{GONE}/?format=yaml"),
]


def build(api_for: Any) -> SimpleNamespace:
    """Four people, a team with a project, and three videos: full, in the team, and bare."""
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
    people = {"ana": ana, "bob": bob, "acme": acme, "root": root}
    return SimpleNamespace(
        api={"anonymous": api_for(None)} | {name: api_for(p) for name, p in people.items()}
    )
