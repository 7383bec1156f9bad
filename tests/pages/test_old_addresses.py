"""The addresses that Amara's pages had: where each leads, for whom, and that they tell no more than
the pages do."""

import re
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from amara_api.kernel import languages
from amara_api.old_addresses import AHEAD, API, PARTNERS, SITE
from subtitles.models import SubtitleVersion
from tests.examples import examples
from tests.factories import SRT, VideoFactory, add_subtitles
from tests.headers import headers_of
from videos.models import Video

pytestmark = pytest.mark.django_db
TABLE = [
    *AHEAD,
    *SITE,
    *(old._replace(address=f"api/{old.address}") for old in API),
    *(old._replace(address=f"api2/partners/{old.address}") for old in PARTNERS),
]
PREFIXES = ["", "/en", "/EN", "/pt-br", "/pt_BR", "/zh-Hans", "/meta-tw"]
# Today's addresses, also with a language in front.
TODAY = ["/", "/account/", "/auth/login/", "/messages/", "/teams/", "/admin/", "/invitations/1/"]

OLD_SCRIPT = "/static/amara_api/embed/old.js"
OLD_FILM = "https://media.example.com/old.mp4"

# A kind of address → one of it, and where it leads. ID is a video with three public versions in
# English and one in German, FILM one of the team `films`; N and V are numbers: `en`, version 2.
EXAMPLES = {
    "videos/watch": ("/videos/watch", "/"),
    "videos/watch/<rest:list>": ("/videos/watch/volunteer/requested", "/"),
    "videos/create": ("/videos/create", "/"),
    "videos/create/<rest:how>": ("/videos/create/feed", "/"),
    "videos/activities/<video:id>": ("/videos/activities/ID", "/videos/ID/"),
    "videos/revision/<number:version>": ("/videos/revision/V", "/videos/ID/en/N/V/"),
    "videos/diffing/<number:version>/<number:older>": (
        "/videos/diffing/V/1",
        "/videos/ID/en/N/V/",
    ),
    "videos": ("/videos", "/videos/"),
    "videos/<video:id>": ("/videos/ID", "/videos/ID/"),
    "videos/<video:id>/info": ("/videos/ID/info", "/videos/ID/"),
    "videos/<video:id>/info/<rest:title>": ("/videos/ID/info/a-film-of-ships", "/videos/ID/"),
    "videos/<video:id>/url/<rest:n>": ("/videos/ID/url/12", "/videos/ID/"),
    "videos/<video:id>/<language:lang>": ("/videos/ID/en", "/videos/ID/en/N/LAST/"),
    "videos/<video:id>/<language:lang>/<number:n>": (
        "/videos/ID/en/987654",
        "/videos/ID/en/N/LAST/",
    ),
    "videos/<video:id>/<language:lang>/<number:n>/<number:version>": (
        "/videos/ID/en/N/V",
        "/videos/ID/en/N/V/",
    ),
    "subtitles/editor/<video:id>": ("/subtitles/editor/ID", "/videos/ID/"),
    "subtitles/editor/<video:id>/<language:lang>": (
        "/subtitles/editor/ID/fr",
        "/videos/ID/fr/edit/",
    ),
    "subtitles/old-editor/<video:id>/<language:lang>": (
        "/subtitles/old-editor/ID/en",
        "/videos/ID/en/edit/",
    ),
    "subtitles/<video:id>/<language:lang>/download/<rest:file>": (
        "/subtitles/ID/en/download/A film.en.srt",
        "/api/videos/ID/languages/en/subtitles/?format=srt",
    ),
    "subtitles/<video:id>/download/<rest:file>": ("/subtitles/ID/download/All.zip", "/videos/ID/"),
    "widget/download/<language:format>": (
        "/widget/download/srt?video_id=ID",
        "/api/videos/ID/languages/en/subtitles/?format=srt",
    ),
    "onsite_widget": ('/onsite_widget?config={"videoID": "ID", "mode": 1}', "/videos/ID/"),
    "onsite_widget_resume": ('/onsite_widget_resume?config={"videoID": "ID"}', "/videos/ID/"),
    "embed.js": ("/embed.js", OLD_SCRIPT),
    "embed<number:n>.js": ("/embed123.js", OLD_SCRIPT),
    "embedder-iframe": ("/embedder-iframe", OLD_SCRIPT),
    "embedder-widget-iframe": (
        f'/embedder-widget-iframe?data={{"url":"{OLD_FILM}","initialLanguage":"de"}}',
        f"/embed/?url={quote(OLD_FILM, safe='')}&language=de",
    ),
    "embedder-widget-iframe/<rest:how>": (
        f'/embedder-widget-iframe/noanalytics?data={{"url":"{OLD_FILM}","team":"null","x":[]}}',
        f"/embed/?url={quote(OLD_FILM, safe='')}&team=null",
    ),
    "embedder": ("/embedder", "/"),
    "get-code": ("/get-code", "/"),
    "search": ("/search?q=ships", "/"),
    "search/<rest:what>": ("/search/ships", "/"),
    "teams/invite/<rest:answer>": ("/teams/invite/accept/3", "/messages/"),
    "teams/join_team/<slug:team>": ("/teams/join_team/films", "/teams/films/"),
    "teams/leave_team/<slug:team>": ("/teams/leave_team/films", "/teams/films/"),
    "teams/<slug:team>": ("/teams/films", "/teams/films/"),
    "teams/<slug:team>/videos/<video:id>/collaborations": (
        "/teams/films/videos/FILM/collaborations",
        "/videos/FILM/",
    ),
    "teams/<slug:team>/<tab:tab>": ("/teams/films/dashboard", "/teams/films/"),
    "teams/<slug:team>/<tab:tab>/<rest:what>": ("/teams/films/members/ana", "/teams/films/"),
    "profiles": ("/profiles", "/account/"),
    "profiles/profile/<user:name>": ("/profiles/profile/adder", "/api/users/adder/"),
    "profiles/videos/<user:name>": ("/profiles/videos/adder", "/api/users/adder/"),
    "profiles/<own:page>": ("/profiles/dashboard", "/account/"),
    "dashboard": ("/dashboard", "/account/"),
    "logout": ("/logout", "/account/"),
    "auth/create": (
        "/auth/create?next=/teams/%3Fpage=1",
        "/auth/login/?next=%2Fteams%2F%3Fpage%3D1",
    ),
    "auth/login_post": ("/auth/login_post?a=b", "/auth/login/"),
    "auth/password_reset": ("/auth/password_reset", "/auth/forgotten/"),
    "password_reset/done": ("/password_reset/done", "/auth/login/"),
    "reset/<rest:token>": ("/reset/MQ/abc-def", "/auth/forgotten/"),
    "messages/<rest:what>": ("/messages/sent", "/messages/"),
    "api2/documentation": ("/api2/documentation", "/api/docs/"),
    "api/documentation": ("/api/documentation", "/api/docs/"),
    "api/documentation/<rest:what>": ("/api/documentation/videos/list", "/api/docs/"),
    "api/1.0/documentation": ("/api/1.0/documentation", "/api/docs/"),
    "api/docs/<rest:what>": ("/api/docs/videos", "/api/docs/"),
    "api2/partners/documentation": ("/api2/partners/documentation", "/api/docs/"),
    "api2/partners/docs": ("/api2/partners/docs", "/api/docs/"),
    "api2/partners/videos/<video:id>/<language:lang>/<number:n>": (
        "/api2/partners/videos/ID/en/1",
        "/videos/ID/en/N/LAST/",
    ),
}


@pytest.fixture
def world(cast: Any) -> SimpleNamespace:
    video = VideoFactory(
        user=cast.adder, title="A film", primary_audio_language_code="en", video_url=OLD_FILM
    )
    versions = [add_subtitles(video) for _ in range(3)]
    add_subtitles(video, "de")
    Video.objects.update(primary_audio_language_code="en")
    hidden = [add_subtitles(cast.hidden_video, actor=cast.owner) for _ in range(2)]
    names = {
        "ID": video.video_id,
        "FILM": cast.team_video.video_id,
        "N": versions[1].language_id,
        "V": versions[1].pk,
        "LAST": versions[2].pk,
    }
    return SimpleNamespace(
        cast=cast, video=video, versions=versions, hidden=hidden, names=names, stranger=Client()
    )


def put(text: str, names: dict[str, Any]) -> str:
    return re.sub(r"\b(ID|FILM|N|V|LAST)\b", lambda found: str(names[found[0]]), text)


def spelled(path: str, prefix: str, slash: str) -> str:
    path, mark, query = path.partition("?")
    return f"{prefix}{path}{slash}{mark}{query}"


def as_(user: Any, **headers: str) -> Client:
    client = Client(headers=headers)
    client.force_login(user)
    return client


def led(client: Client, path: str) -> tuple[int, str]:
    answer = client.get(path)
    return answer.status_code, answer.headers.get("Location", "")


def test_every_kind_has_an_example() -> None:
    assert [old.address for old in TABLE] == list(dict.fromkeys(old.address for old in TABLE))
    assert {old.address for old in TABLE} == set(EXAMPLES)


@pytest.mark.by_halves
@pytest.mark.parametrize("prefix", PREFIXES)
def test_each_leads_to_its_page(world: Any, prefix: str) -> None:
    client = as_(world.cast.stranger)
    for old in TABLE:
        if prefix and old.address.startswith("api2/partners/"):
            continue
        path, target = (put(text, world.names) for text in EXAMPLES[old.address])
        for slash in ("", "/"):
            asked = spelled(path, prefix, slash)
            if asked == target:
                continue  # a page of ours has the very address
            answer = client.get(asked)
            got = (answer.status_code, answer.headers.get("Location"))
            assert got == (301 if old.for_good else 302, target), asked
            assert answer.headers["Cache-Control"] == "private"
            head = client.head(asked)
            assert (head.status_code, head.headers["Location"]) == got, asked


def test_the_old_editor_leads_those_who_may_not_edit_to_the_video(world: Any) -> None:
    for lang in ("en", "no-such-language"):
        got = led(Client(), f"/subtitles/editor/{world.video.video_id}/{lang}/")
        assert got == (302, f"/videos/{world.video.video_id}/"), lang


def test_every_page_they_lead_to_is_there(world: Any) -> None:
    client = as_(world.cast.stranger)
    for path, _ in EXAMPLES.values():
        landed = client.get(put(path, world.names), follow=True)
        # People who are logged in have no business at the login.
        assert landed.status_code == 200, path
        assert len(landed.redirect_chain) <= 2, (path, landed.redirect_chain)


def test_todays_pages_have_a_language_in_front_too(world: Any) -> None:
    client = as_(world.cast.staff)
    for path in TODAY:
        for asked in (path, path.rstrip("/")):
            answer = client.get(f"/fr{asked}")
            assert (answer.status_code, answer.headers["Location"]) == (301, path), asked
    assert led(client, "/en/teams?page=2&page=3") == (301, "/teams/?page=2&page=3")
    assert led(client, "/en/auth/login/?next=/en/teams/") == (301, "/auth/login/?next=/en/teams/")


def test_every_known_language_may_be_in_front(world: Any) -> None:
    video = world.video.video_id
    codes = [*languages.listed(), "yue", "i-klingon", "zh-Hant-TW", "SR-latn"]
    for code in codes:
        for written in (code, code.upper(), code.replace("-", "_")):
            assert led(world.stranger, f"/{written}/videos/{video}/info/")[0] == 301, written


@pytest.mark.parametrize("prefix", ["/xx-unknown", "/nothing", "/e n", "/en/fr", "/videos", "/%00"])
def test_nothing_else_may(world: Any, prefix: str) -> None:
    assert led(world.stranger, f"{prefix}/subtitles/editor/{world.video.video_id}/en/")[0] == 404


@pytest.mark.parametrize(
    "path",
    ["/en/nothing/", "/en/api/videos/", "/en/api2/partners/videos/", "/en/fr/", "/en//teams/"],
)
def test_what_never_was_is_not_found(world: Any, path: str) -> None:
    assert led(world.stranger, path)[0] == 404


@pytest.mark.parametrize(
    "title",
    [
        "قصة-السفن",
        "船の映画",
        "a/b/c",
        "?",
        "%",
        "..",
        "//evil.example",
        "\\\\evil",
        "\n",
        "x" * 3000,
    ],
)
def test_titles_are_in_any_script(world: Any, title: str) -> None:
    video = world.video.video_id
    assert led(world.stranger, f"/en/videos/{video}/info/{quote(title, safe='')}/") == (
        301,
        f"/videos/{video}/",
    )


def test_a_title_may_stand_where_a_language_does(world: Any) -> None:
    video = world.video.video_id
    for name in ("A-film-of-ships", quote("船"), "fr", "x" * 64):
        assert led(world.stranger, f"/en/videos/{video}/{name}/") == (302, f"/videos/{video}/")


@pytest.mark.parametrize("written", ["en", "EN", "eng", "en-Latn"])
def test_languages_are_taken_in_any_spelling(world: Any, written: str) -> None:
    page = put("/videos/ID/en/N/LAST/", world.names)
    assert led(world.stranger, f"/videos/{world.video.video_id}/{written}/") == (302, page)


# --- hidden equals unknown -----------------------------------------------------------------------


def pairs(world: Any) -> list[tuple[str, str, str]]:
    """(hidden, unknown, today's page of what is unknown), for each kind that names something."""
    hidden = world.cast.hidden_video.video_id
    language, version = world.hidden[0].language_id, world.hidden[0].pk
    found = []
    for address, (path, _) in EXAMPLES.items():
        if "<slug:team>" in address:
            for other in ("FILM", hidden) if "FILM" in path else ("",):
                first = path.replace("films", "hush").replace("FILM", other)
                found.append((first, path.replace("films", "nowhere"), "/teams/nowhere/"))
        if "ID" in path or "FILM" in path:
            first = re.sub(r"\b(ID|FILM)\b", hidden, path)
            first = re.sub(r"\bN\b", str(language), re.sub(r"\bV\b", str(version), first))
            second = re.sub(r"\b(ID|FILM)\b", "abcdefghijkl", path)
            found.append((first, second, "/videos/abcdefghijkl/"))
        elif "V" in path:
            found.append(
                (re.sub(r"\bV\b", str(version), path), "/videos/revision/987654", "/videos/none/")
            )
    return [
        (put(hidden, world.names), put(unknown, world.names), today)
        for hidden, unknown, today in found
    ]


@pytest.mark.by_halves
@pytest.mark.parametrize("accept", ["text/html", "application/json", "*/*"])
@pytest.mark.parametrize("prefix", ["", "/en"])
def test_hidden_is_like_unknown(world: Any, prefix: str, accept: str) -> None:
    nobody = Client(headers={"Accept": accept})
    for client in (
        nobody,
        as_(world.cast.stranger, Accept=accept),
        as_(world.cast.superuser, Accept=accept),
    ):
        for hidden, unknown, today in pairs(world):
            in_front = "" if hidden.startswith("/api") else prefix
            for slash in ("", "/"):
                answers = [client.get(spelled(path, in_front, slash)) for path in (hidden, unknown)]
                if in_front == "" and slash == "/" and hidden == today.rstrip("/"):
                    continue
                assert [answer.status_code for answer in answers] == [404, 404], (hidden, unknown)
                if not today.startswith("/api") and not hidden.startswith("/api"):
                    answers.append(client.get(today))
                assert len({without_token(answer) for answer in answers}) == 1, hidden
                assert len({_headers(answer) for answer in answers}) == 1, hidden


def _headers(answer: Any) -> frozenset[tuple[str, str]]:
    """The length is that of the body, which is compared."""
    return frozenset(pair for pair in headers_of(answer) if pair[0] != "Content-Length")


def without_token(answer: Any) -> bytes:
    """The token of the button that logs out differs each time, and the header marks what the
    address is below."""
    changing = rb'name="csrfmiddlewaretoken" value="\w+"| aria-current="\w+"'
    return re.sub(changing, b"", answer.content)


def test_members_are_led_to_what_is_theirs(world: Any) -> None:
    client = as_(world.cast.contributor)
    for hidden, _, _ in pairs(world):
        asked = spelled(hidden, "" if hidden.startswith("/api") else "/en", "/")
        assert led(client, asked)[0] in (301, 302), asked


def test_drafts_are_like_none(world: Any) -> None:
    """A stranger is led to the video whether the language has drafts or nothing at all."""
    cast = world.cast
    public = add_subtitles(cast.team_video, actor=cast.owner)
    draft = add_subtitles(cast.team_video, actor=cast.owner)
    only = add_subtitles(cast.team_video, "fr", actor=cast.owner)
    SubtitleVersion.objects.filter(pk__in=(draft.pk, only.pk)).update(is_public=False)
    public.language.__class__.objects.filter(pk=public.language_id).update(public_tip=public)
    only.language.__class__.objects.filter(pk=only.language_id).update(public_tip=None)
    film = cast.team_video.video_id

    def page(version: Any) -> str:
        code = version.language.language_code
        return f"/videos/{film}/{code}/{version.language_id}/{version.pk}/"

    stranger, member = as_(cast.stranger), as_(cast.contributor)
    assert led(stranger, f"/en/videos/{film}/en/")[1] == page(public)
    assert led(member, f"/en/videos/{film}/en/")[1] == page(draft)
    for code in ("fr", "it"):
        assert led(stranger, f"/en/videos/{film}/{code}/") == (302, f"/videos/{film}/")
    assert led(member, f"/en/videos/{film}/fr/")[1] == page(only)
    for path in (
        f"/videos/revision/{only.pk}/",
        f"/en/videos/{film}/fr/{only.language_id}/{only.pk}/",
        f"/en/subtitles/{film}/fr/download/a.srt",
        f"/en/subtitles/{film}/fr/download/a.srt?version=1",
        f"/subtitles/{film}/en/download/a.srt?version=2",
        f"/widget/download/srt/?video_id={film}&lang_pk={only.language_id}",
    ):
        assert led(stranger, path)[0] == 404, path
    file = f"/subtitles/{film}/en/download/a.srt?version="
    api = f"/api/videos/{film}/languages/en/subtitles/?"
    assert led(member, f"{file}2")[1] == f"{api}version_number=2&format=srt"
    assert led(member, f"{file}last")[1] == f"{api}version_number=last&format=srt"
    assert member.get(f"{file}last", follow=True).status_code == 200


# --- downloads -----------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["srt", "vtt", "dfxp", "ssa", "sbv", "txt", "ass", "ttml"])
def test_downloads_are_those_of_the_api(world: Any, format: str) -> None:
    video = world.video
    text = SRT.replace("World", "Zweite")
    second = add_subtitles(video, text=text)
    add_subtitles(video)
    number, language = second.version_number, second.language_id
    for asked, parameters in (
        (f"/en/subtitles/{video.video_id}/en/download/A film.en.{format}", ""),
        (
            f"/subtitles/{video.video_id}/EN/download/{quote('船')}.{format.upper()}?version={number}",
            f"&version_number={number}",
        ),
        (f"/widget/download/{format}/?video_id={video.video_id}&lang_pk={language}", ""),
        (
            f"/fr/widget/download/{format}/?video_id={video.video_id}&lang=en&revision={number}",
            f"&version_number={number}",
        ),
    ):
        api = f"/api/videos/{video.video_id}/languages/en/subtitles/?format={format}{parameters}"
        expected = world.stranger.get(api)
        got = world.stranger.get(asked, follow=True)
        assert got.status_code == 200
        assert got.content == expected.content, asked
        assert got.headers["Content-Disposition"] == expected.headers["Content-Disposition"]
        assert (b"Zweite" in got.content) == bool(parameters)


def test_other_formats(world: Any) -> None:
    video = world.video.video_id
    start = f"/subtitles/{video}/en/download/a."
    assert world.stranger.get(f"{start}json", follow=True).json()["version_number"] == 3
    assert b"<tt" in world.stranger.get(f"{start}xml", follow=True).content
    for unknown in ("html", "zip", "srt.", "", "0"):
        assert led(world.stranger, f"{start}{unknown}")[0] == 404
    assert led(world.stranger, f"/subtitles/{video}/en/download/none")[0] == 404


@pytest.mark.parametrize(
    "query",
    ["version=0", "version=9", "version=-1", "version=x", "version=%D9%A1", f"version={'9' * 40}"],
)
def test_versions_that_never_were(world: Any, query: str) -> None:
    assert (
        led(world.stranger, f"/subtitles/{world.video.video_id}/en/download/a.srt?{query}")[0]
        == 404
    )


@pytest.mark.parametrize(
    "query",
    [
        "",
        "video_id=",
        "video_id=%00",
        "video_id=ID&lang=it",
        "video_id=ID&lang=%00",
        "video_id=ID&lang_pk=x",
        "video_id=ID&lang_pk=987654",
    ],
)
def test_files_of_the_widget_that_never_were(world: Any, query: str) -> None:
    assert led(world.stranger, f"/widget/download/srt/?{put(query, world.names)}")[0] == 404


def test_a_number_of_another_videos_language_is_none(world: Any) -> None:
    other = add_subtitles(VideoFactory())
    asked = f"/widget/download/srt/?video_id={world.video.video_id}&lang_pk={other.language_id}"
    assert led(world.stranger, asked)[0] == 404


@pytest.mark.parametrize(
    "config", ["", "{", "[]", "7", "null", '{"videoID": 7}', '{"videoID": "\\u0000"}', "[" * 4000]
)
def test_a_configuration_that_names_no_video(world: Any, config: str) -> None:
    assert led(world.stranger, f"/onsite_widget/?config={quote(config)}") == (302, "/")


# --- people, methods, and nothing outside --------------------------------------------------------


def test_people_are_for_those_who_have_an_account(world: Any) -> None:
    cast = world.cast
    for name in ("adder", "nobody-at-all"):
        path = f"/en/profiles/profile/{name}/"
        assert led(world.stranger, path) == (302, f"/auth/login/?next={path}")
    mine = as_(cast.adder)
    assert led(mine, "/profiles/profile/adder") == (302, "/account/")
    assert led(mine, f"/profiles/profile/id${cast.adder.public_id}/") == (302, "/account/")
    assert led(mine, f"/profiles/profile/id${cast.stranger.public_id}/")[1].endswith("/stranger/")
    unknown = mine.get("/en/profiles/profile/nobody-at-all/")
    assert unknown.status_code == 404
    assert without_token(unknown) == without_token(mine.get("/videos/abcdefghijkl/"))


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_only_reading_is_led(world: Any, method: str) -> None:
    for path in (
        f"/videos/{world.video.video_id}/info/",
        f"/en/videos/{world.video.video_id}/",
        f"/en/videos/{world.cast.hidden_video.video_id}/",
        "/en/videos/abcdefghijkl/",
        "/en/account/",
        "/search",
    ):
        answer = getattr(world.stranger, method)(path)
        assert (answer.status_code, answer.content) == (405, b""), path
        assert answer.headers["Allow"] == "GET, HEAD"
        assert "Location" not in answer.headers


@examples(300)
@given(
    start=st.sampled_from(
        [
            "/",
            "//",
            "/en/",
            "/en//",
            "/en/videos/",
            "/teams/",
            "/en/auth/",
            "/onsite_widget/?config=",
        ]
    ),
    rest=st.text(
        st.sampled_from([*"/\\.?#@:;&=%{}[]\"' \t\n\0aA1é船"]),
        max_size=12,
    )
    | st.lists(
        st.sampled_from(["/", "\\", "evil.example", "https:", "//", "videos", "ID", "info", "%2f"])
    ).map("".join),
    quoted=st.booleans(),
)
def test_no_address_leads_elsewhere_or_fails(
    world: Any, start: str, rest: str, quoted: bool
) -> None:
    path = start + (quote(rest, safe="") if quoted else rest)
    answer = world.stranger.get(put(path, world.names).split("#")[0])
    assert answer.status_code in (200, 301, 302, 400, 404), path
    if location := answer.headers.get("Location"):
        assert re.match(r"/(?![/\\])", location), (path, location)
        assert not re.search(r"[\s\\]", location), (path, location)


def test_strange_parameters_do_not_fail(world: Any) -> None:
    for query in ("next=%00", "next=%FF", "next=//evil.example", "next=a&next=b", "%FF=%FF"):
        for path in ("/auth/create", "/en/auth/login", "/en/teams", "/search"):
            answer = world.stranger.get(f"{path}?{query}")
            assert answer.status_code in (301, 302)
            assert answer.headers["Location"].startswith("/"), answer.headers


def test_a_page_of_ours_comes_first(world: Any) -> None:
    """Nothing that answers today is led away."""
    page = put("/videos/ID/en/N/V/", world.names)
    for path in (f"/videos/{world.video.video_id}/", page, "/teams/films/", "/", "/teams/"):
        assert world.stranger.get(path).status_code == 200


def test_they_cost_little(world: Any, django_assert_max_num_queries: Any) -> None:
    client = as_(world.cast.contributor)
    for path, _ in EXAMPLES.values():
        with django_assert_max_num_queries(7):
            client.get(put(path, world.names))
