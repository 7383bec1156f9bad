"""The addresses that Amara's pages had, and which page of ours each leads to.

Programs and documents link to them, so they answer by redirect, with a language in front
(`/en/videos/ID/info/`) and without, with their final slash and without. One line a kind of address:
whoever builds a page that is missing here (the editor, the search) changes where its line leads.

Who may not see what an address names gets the 404 of what does not exist, here already. Where a
redirect leads comes from our own routes and from names that were found, never from the request.

Permanent (301) is what leads to the same thing under its new address. All else is temporary (302):
the page that stands in for one that is missing, and what depends on which versions there are.
People see different things, so no cache that many share keeps either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol
from urllib.parse import quote, urlencode

import orjson
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import (
    Resolver404,
    URLPattern,
    URLResolver,
    include,
    path,
    register_converter,
    resolve,
    reverse,
)
from django.views.decorators.http import require_safe

from amara_api.kernel import languages
from amara_api.kernel.errors import NotThere
from amara_api.kernel.shapes import Data
from subtitles.api.renderers import DOWNLOADS
from subtitles.models import SubtitleLanguage, SubtitleVersion
from subtitles.pages import find_visible_version
from teams.policies import find_team, may_view_private_versions, may_view_version
from teams.workflows import may_work_on
from users.lookups import find_user
from users.models import User
from videos.models import Video
from videos.pages import edit_page, find_visible_video, subtitles_file

if TYPE_CHECKING:
    from teams.policies.roles import Caller

# Our names for formats that pages of old knew by another one.
_FORMATS = {**{name: name for name in DOWNLOADS}, "xml": "dfxp"}
# What a version was called, in the order of the pages that called it so.
_VERSION = ("version", "version_number", "revision")
_SAFE = "/$@+!*'(),:;=~"

# Of an address, as its converter reads it.
Part = int | str


class Leads(Protocol):
    """Each takes the parts that its addresses have."""

    def __call__(self, request: HttpRequest, *args: Data, **parts: Data) -> str: ...


class _View(Protocol):
    def __call__(self, request: HttpRequest, prefix: str = "", **parts: Part) -> HttpResponse: ...


class _LogIn(Exception):
    """Only for people who are known."""


class Old(NamedTuple):
    """A kind of address, without its final slash, and where it leads.

    ``leads`` is called with the request and the parts of the address; it returns a path, or raises
    Http404. ``keep`` names the parameters that the page there understands too.
    """

    address: str
    leads: Leads
    for_good: bool = False
    keep: tuple[str, ...] = ()


class _Prefix:
    """The language that people read the pages in: any that is known, in any spelling."""

    regex = r"[A-Za-z0-9_-]{1,35}"

    def to_python(self, value: str) -> str:
        code = languages.normalise(value)
        if code is None:
            raise ValueError(value)
        return code

    def to_url(self, value: str) -> str:
        return value


class _Rest:
    """Whatever follows, slashes and all: titles are written in any script."""

    regex = r"[^\x00]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class _Tab(_Rest):
    """The pages of a team."""

    regex = (
        "activity|add|applications|approvals|collaborations|dashboard|feeds|languages?|manage|"
        "members|move-videos|permissions|projects?|requests|resources|settings|statistics|"
        "subtitle-requests|tasks|videos|welcome"
    )


class _Own(_Rest):
    """The pages that people had of themselves."""

    regex = (
        "account|activity|dashboard|edit|edit_avatar|generate-api-key|mine|notifications|"
        "send_message|sync"
    )


register_converter(_Prefix, "prefix")
register_converter(_Rest, "rest")
register_converter(_Tab, "tab")
register_converter(_Own, "own")


# --- where they lead -----------------------------------------------------------------------------


def _to(name: str) -> Leads:
    """A page that is the same for everybody, or that asks people to log in itself."""
    return lambda request, **parts: reverse(name)


_home, _account, _login, _inbox = _to("home"), _to("account"), _to("login"), _to("inbox")
_forgotten = _to("forgotten")
_videos = _to("videos-page")
_teams, _reference = _to("teams-page"), _to("api:docs")


def _user(request: HttpRequest) -> Caller:
    # Below the API's prefixes nobody has looked for a session where there are no cookies.
    return getattr(request, "user", None) or AnonymousUser()


def _video(request: HttpRequest, id: str, **parts: Part) -> str:
    return _page_of(find_visible_video(_user(request), id))


def _editor(request: HttpRequest, id: str, lang: str, **parts: Part) -> str:
    """For whoever may work on the language; others see the video."""
    user, video = _user(request), find_visible_video(_user(request), id)
    code = languages.normalise(lang)
    if code and isinstance(user, User) and may_work_on(user, video, code):
        return edit_page(video, code)
    return _page_of(video)


def _page_of(video: Video) -> str:
    return reverse("video-page", args=[video.video_id])


def _subtitles(request: HttpRequest, id: str, lang: str, **parts: Part) -> str:
    """The newest version that the reader may see; the video where there is none.

    Numbers of languages are not asked for: those in documents are another server's.
    """
    user = _user(request)
    video = find_visible_video(user, id)
    may_see_all = bool(may_view_private_versions(user, video))
    language = _language(video, language_code__in=languages.spellings(lang))
    tip = None
    if language is not None:
        tip = language.tip if may_see_all else language.public_tip
    return _page_of(video) if tip is None else _page_of_version(tip)


def _language(video: Video, **named: int | list[str]) -> SubtitleLanguage | None:
    found = SubtitleLanguage.objects.filter(video=video, **named)
    return found.select_related("tip__language__video", "public_tip__language__video").first()


def _page_of_version(version: SubtitleVersion) -> str:
    language = version.language
    place = [language.video.video_id, language.language_code, language.pk, version.pk]
    return reverse("subtitles-page", args=place)


def _version(request: HttpRequest, id: str, lang: str, n: int, version: int) -> str:
    """The same numbers, if they are this server's."""
    user = _user(request)
    video = find_visible_video(user, id)
    return _page_of_version(find_visible_version(user, video, lang, n, version))


def _revision(request: HttpRequest, version: int, **parts: Part) -> str:
    """A version that is named by its number alone."""
    versions = SubtitleVersion.objects.filter(pk=version)
    place = ("language__video__video_id", "language__language_code", "language")
    found = versions.values_list(*place).first()
    if found is None:
        raise Http404
    id, lang, n = found
    return _version(request, id, lang, n, version)


def _configured(request: HttpRequest, **parts: Part) -> str:
    """The video that the old editor was told of: ``?config={"videoID": "..."}``."""
    try:
        config = orjson.loads(request.GET.get("config", "{}"))
    except orjson.JSONDecodeError:
        config = {}
    named = config.get("videoID") if isinstance(config, dict) else None
    if not isinstance(named, str) or "\x00" in named:
        return _home(request)
    return _video(request, named)


def _embed_script(request: HttpRequest, **parts: Part) -> str:
    """The script of other people's pages that puts videos into them."""
    return static("amara_api/embed/old.js")


# What the markup called it (as a script reads `data-video-id`), and what a frame of ours does.
_MARKUP = {
    "videoId": "video_id",
    "url": "url",
    "team": "team",
    "initialLanguage": "language",
    "showSubtitlesDefault": "subtitles",
    "showTranscriptDefault": "transcript",
}


def _embedded(request: HttpRequest, **parts: Part) -> str:
    """The frame that Amara's script made: ``?data={"url": "..."}``, the markup's attributes."""
    try:
        data = orjson.loads(request.GET.get("data", "{}"))
    except orjson.JSONDecodeError:
        data = {}
    said = data.items() if isinstance(data, dict) else ()
    kept = {
        _MARKUP[name]: str(value)
        for name, value in said
        if name in _MARKUP and isinstance(value, str | bool | int)
    }
    return f"{reverse('embed-by-url')}?{urlencode(kept)}"


def _file(request: HttpRequest, id: str, lang: str, file: str) -> str:
    """`TITLE.LANG.srt`: the last part names the format."""
    video = find_visible_video(_user(request), id)
    name, dot, format = file.rpartition(".")
    return _download(request, video, languages.spellings(lang), format)


def _widget_file(request: HttpRequest, format: str) -> str:
    """Named by parameters. Without a language it is the one that is spoken."""
    asked = request.GET
    named = asked.get("video_id", "")
    if not named or "\x00" in named:
        raise Http404
    video = find_visible_video(_user(request), named)
    number, code = asked.get("lang_pk", ""), asked.get("lang") or asked.get("language_code")
    if number:
        language = _language(video, pk=_number(number))
        codes = [language.language_code] if language else []
    else:
        codes = languages.spellings(code or video.primary_audio_language_code)
    return _download(request, video, codes, format)


def _download(request: HttpRequest, video: Video, codes: list[str], format: str) -> str:
    """The API's download of the version that ``?version=`` names, else of the newest public one."""
    sub_format = format.lower()
    if sub_format != "json" and sub_format not in _FORMATS:
        raise Http404
    asked = next(filter(None, (request.GET.get(name) for name in _VERSION)), "")
    versions = SubtitleVersion.objects.filter(
        language__video=video,
        language__language_code__in=[code for code in codes if "\x00" not in code],
        is_deleted=False,
    )
    if asked == "last" and may_view_private_versions(_user(request), video):
        versions = versions.filter(language__tip=F("pk"))
    elif asked in ("", "last"):
        versions = versions.filter(language__public_tip=F("pk"))
    else:
        versions = versions.filter(version_number=_number(asked))
    version = versions.select_related("language").first()
    if version is None or not may_view_version(_user(request), version, video):
        raise Http404
    query = {"version_number": asked} if asked else {}
    query["format"] = _FORMATS.get(sub_format, sub_format)
    return f"{subtitles_file(video, version.language.language_code)}?{urlencode(query)}"


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise Http404
    return int(text)


def _team(request: HttpRequest, team: str, **parts: Part) -> str:
    found = find_team(_user(request), team)
    if found is None:
        raise Http404
    return reverse("team-page", args=[found.slug])


_TABS = {"tasks": "tasks-page", "requests": "requests-page", "subtitle-requests": "requests-page"}


def _tab(request: HttpRequest, team: str, tab: str, **parts: Part) -> str:
    """The list of the team's work, where it was one; else the team."""
    to = _team(request, team)
    return reverse(_TABS[tab], args=[team]) if tab in _TABS else to


def _video_of_team(request: HttpRequest, team: str, id: str, **parts: Part) -> str:
    """The video, wherever it has gone since, for whoever sees both."""
    _team(request, team)
    return _video(request, id)


def _person(request: HttpRequest, name: str, **parts: Part) -> str:
    """Their own account; of others, what the API tells, to whom it tells it: who has an account."""
    user = _user(request)
    if not user.is_authenticated:
        raise _LogIn
    try:
        person = find_user(name)
    except NotThere as error:
        raise Http404 from error
    return _account(request) if person == user else reverse("api:user", args=[person.username])


# --- the table -----------------------------------------------------------------------------------

# Kinds of address that today's routes would take for something else.
AHEAD = [
    Old("videos/watch", _home),
    Old("videos/watch/<rest:list>", _home),
    Old("videos/create", _home),
    Old("videos/create/<rest:how>", _home),
    Old("videos/activities/<video:id>", _video),
    Old("videos/revision/<number:version>", _revision, for_good=True),
    Old("videos/diffing/<number:version>/<number:older>", _revision),
]
SITE = [
    Old("videos", _videos),
    Old("videos/<video:id>", _video, for_good=True),
    Old("videos/<video:id>/info", _video, for_good=True),
    Old("videos/<video:id>/info/<rest:title>", _video, for_good=True),
    Old("videos/<video:id>/url/<rest:n>", _video, for_good=True),
    # A title, in some documents.
    Old("videos/<video:id>/<language:lang>", _subtitles),
    Old("videos/<video:id>/<language:lang>/<number:n>", _subtitles),
    Old("videos/<video:id>/<language:lang>/<number:n>/<number:version>", _version, for_good=True),
    Old("subtitles/editor/<video:id>", _video),
    Old("subtitles/editor/<video:id>/<language:lang>", _editor),
    Old("subtitles/old-editor/<video:id>/<language:lang>", _editor),
    Old("subtitles/<video:id>/<language:lang>/download/<rest:file>", _file, for_good=True),
    Old("subtitles/<video:id>/download/<rest:file>", _video),
    Old("widget/download/<language:format>", _widget_file),
    Old("onsite_widget", _configured),
    Old("onsite_widget_resume", _configured),
    Old("embed.js", _embed_script),
    Old("embed<number:n>.js", _embed_script),
    Old("embedder-iframe", _embed_script),
    Old("embedder-widget-iframe", _embedded),
    Old("embedder-widget-iframe/<rest:how>", _embedded),
    Old("embedder", _home),
    Old("get-code", _home),
    Old("search", _home),
    Old("search/<rest:what>", _home),
    Old("teams/invite/<rest:answer>", _inbox),
    Old("teams/join_team/<slug:team>", _team),
    Old("teams/leave_team/<slug:team>", _team),
    Old("teams/<slug:team>", _team, for_good=True),
    Old("teams/<slug:team>/videos/<video:id>/collaborations", _video_of_team),
    Old("teams/<slug:team>/<tab:tab>", _tab),
    Old("teams/<slug:team>/<tab:tab>/<rest:what>", _team),
    Old("profiles", _account),
    Old("profiles/profile/<user:name>", _person),
    Old("profiles/videos/<user:name>", _person),
    Old("profiles/<own:page>", _account),
    Old("dashboard", _account),
    Old("logout", _account),
    Old("auth/create", _login, keep=("next",)),
    Old("auth/login_post", _login, keep=("next",)),
    Old("auth/password_reset", _forgotten),
    Old("password_reset/done", _login),
    Old("reset/<rest:token>", _forgotten),
    Old("messages/<rest:what>", _inbox),
    Old("api2/documentation", _reference, for_good=True),
]
# Below the API's prefixes, after its own routes.
API = [
    Old("documentation", _reference, for_good=True),
    Old("documentation/<rest:what>", _reference, for_good=True),
    Old("1.0/documentation", _reference, for_good=True),
    Old("docs/<rest:what>", _reference, for_good=True),
]
PARTNERS = [
    Old("documentation", _reference, for_good=True),
    Old("docs", _reference, for_good=True),
    # A page, as the documentation of 2012 prints its address.
    Old("videos/<video:id>/<language:lang>/<number:n>", _subtitles),
]


# --- routes --------------------------------------------------------------------------------------


def routes(table: list[Old]) -> list[URLPattern]:
    """Each address with its final slash and without."""
    return [path(f"{old.address}{slash}", _view(old)) for old in table for slash in ("/", "")]


def _view(old: Old) -> _View:
    @require_safe
    def lead(request: HttpRequest, prefix: str = "", **parts: Part) -> HttpResponse:
        try:
            to = old.leads(request, **parts)
        except _LogIn:
            return _private(redirect_to_login(request.get_full_path()))
        kept = {name: request.GET.getlist(name) for name in old.keep if name in request.GET}
        query = f"?{urlencode(kept, doseq=True)}" if kept else ""
        return _redirect(f"{to}{query}", for_good=old.for_good)

    return lead


@require_safe
def _same_page(request: HttpRequest, prefix: str, rest: str = "") -> HttpResponse:
    """A page of today that hides nothing, with a language in front of its address."""
    for address in (f"/{rest}", f"/{rest}/"):
        try:
            found = resolve(address)
        except Resolver404:
            continue
        # The API never had languages in front.
        if not {"api", "partners"} & set(found.namespaces) and "prefix" not in found.kwargs:
            query = request.META.get("QUERY_STRING", "")
            return _redirect(
                quote(address, safe=_SAFE) + (f"?{query}" if query else ""), for_good=True
            )
    raise Http404


def _redirect(to: str, *, for_good: bool) -> HttpResponse:
    response = HttpResponseRedirect(to)
    response.status_code = 301 if for_good else 302
    return _private(response)


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private"
    return response


def routes_of_site() -> list[URLPattern | URLResolver]:
    """Those at the root, and all with a language in front. To be taken after our own."""
    in_api = [old._replace(address=f"api/{old.address}") for old in API]
    with_language = [
        *routes([*AHEAD, *SITE, *in_api]),
        path("<rest:rest>", _same_page),
        path("", _same_page),
    ]
    return [
        *routes(SITE),
        path("<prefix:prefix>", _same_page),
        path("<prefix:prefix>/", include(with_language)),
    ]
