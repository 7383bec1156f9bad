"""The page of one version, its cues as text, and the page where people upload and translate."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.generic import TemplateView

from amara_api.kernel import languages, site
from amara_api.kernel.content_policy import PlayerPolicy
from amara_api.kernel.errors import DomainError, InvalidInput, NotAllowed, sentences
from amara_api.kernel.intake.body import BodyTooLarge
from amara_api.kernel.names import kept_name
from amara_api.kernel.problems import problem
from amara_api.kernel.shapes import Data
from amara_api.kernel.standing import standing
from subtitles import queries
from subtitles.api.notes import MOST_LETTERS, NoteInput
from subtitles.api.subtitles import READABLE, SubtitlesInput, begin_translation_from, read_upload
from subtitles.cue_rows import cue_rows
from subtitles.formats import detect, readable
from subtitles.models import SubtitleLanguage, SubtitleNote, SubtitleVersion
from subtitles.report import report
from subtitles.timeline import strip
from subtitles.turns import turn_over
from subtitles.workflows.submit import submit
from teams.policies import (
    may_edit_subtitles,
    may_see_hidden,
    may_view_notes,
    may_view_version,
    readable_versions,
)
from teams.services import tasks
from teams.workflows import workflow_for
from users.models import User
from videos.models import Video
from videos.pages import (
    DOWNLOADS,
    NOT_YOURS,
    ShownLanguage,
    caption_tracks,
    checked,
    find_visible_video,
    may_work,
    shown_languages,
    status_of,
    subtitles_file,
)
from videos.players import CaptionTrack, player_of

if TYPE_CHECKING:
    from datetime import datetime

    from amara_api.kernel.decisions import Decision
    from teams.policies.roles import Caller


_NOBODY = "You are not logged in any more. Log in in another tab, then send the note again."
_OF_NOTES = {"body": "Note"}
# Older ones are in the API.
VERSIONS_SHOWN = 100
NOTES_SHOWN = 50


class ShownVersion(NamedTuple):
    """A version in the list of those that a reader sees."""

    number: int
    page: str
    author: str
    created: datetime
    origin: str
    source: str  # which version of which language it was translated from
    is_public: bool
    note: str


class SubtitlesPage(PlayerPolicy, TemplateView):
    """What ``site_uri`` of the subtitles resource leads to: a version beside the film."""

    template_name = "subtitles/version.html"

    def get_context_data(self, **kwargs: Data) -> dict[str, Data]:
        user = self.request.user
        video = find_visible_video(user, kwargs["video_id"])
        version = find_visible_version(
            user, video, kwargs["language_code"], kwargs["language"], kwargs["version"]
        )
        code = version.language.language_code
        track = queries.track_of(version.pk)
        versions = shown_versions(user, video, version.language)
        older = (each.number for each in versions if each.number < version.version_number)
        newest = versions[0] if versions else None
        limits = queries.limits_of(video.pk, code)
        with turn_over(track):
            found = report(track, limits)
        may_note = isinstance(user, User) and bool(may_edit_subtitles(user, video, code))
        wrong = {each.position: [said.message for said in each.problems] for each in found.cues}
        return super().get_context_data(
            video=video,
            shown=version,
            name=languages.name(code),
            direction=languages.direction(code),
            file=subtitles_file(video, code),
            formats=DOWNLOADS,
            cues=cue_rows(track.cues, code, wrong),
            strip=strip(track, wrong, video.duration and video.duration * 1000),
            problems=len(wrong),
            player=player_of(video, video.urls.all()),
            tracks=self._tracks(user, video, version),
            origin=site.address(self.request),
            versions=versions[:VERSIONS_SHOWN],
            more_versions=len(versions) > VERSIONS_SHOWN,
            before=next(older, None),
            newer=newest if newest and newest.number > version.version_number else None,
            notes=self._notes(user, video, code),
            may_note=may_note,
            note_most=MOST_LETTERS,
            may_edit=may_note and bool(workflow_for(video, code).takes_language()),
            edit=reverse("edit-page", args=[video.video_id, code]),
            compare=reverse("compare-page", args=[video.video_id, code]),
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Data) -> HttpResponse:
        """Write a note about the subtitles in this language, by the API's rules."""
        user = request.user
        video = find_visible_video(user, kwargs["video_id"])
        version = find_visible_version(
            user, video, kwargs["language_code"], kwargs["language"], kwargs["version"]
        )
        code = version.language.language_code

        def ask() -> None:
            here = find_visible_video(user, video.video_id)
            if not isinstance(user, User) or not may_edit_subtitles(user, here, code):
                raise NotAllowed(NOT_YOURS if isinstance(user, User) else _NOBODY)

        try:
            ask()
            fields = checked(NoteInput(data={"body": request.POST.get("body", "")}), _OF_NOTES)
            with standing(ask):
                tasks.add_note(video, actor=cast("User", user), language_code=code, **fields)
        except DomainError as error:
            shown = {"refusal": sentences(error), "typed": request.POST.get("body", "")}
            context = self.get_context_data(**kwargs, **shown)
            return self.render_to_response(context, status=status_of(error))
        messages.success(request, "Your note is saved.")
        return redirect(f"{request.path}#notes")

    def _tracks(self, user: Caller, video: Video, version: SubtitleVersion) -> list[CaptionTrack]:
        """This version, and the other languages to watch it with."""
        code = version.language.language_code
        name = languages.name(code) or code
        mine = CaptionTrack(
            code,
            f"{name}, version {version.version_number}",
            languages.direction(code),
            f"{subtitles_file(video, code)}?format=vtt&version_number={version.version_number}",
            is_draft=not version.is_public,
            is_spoken=code == video.primary_audio_language_code,
            is_chosen=True,
        )
        others = caption_tracks(video, shown_languages(user, video))
        return [mine, *(replace(each, is_chosen=False) for each in others if each.code != code)]

    def _notes(self, user: Caller, video: Video, code: str) -> list[SubtitleNote]:
        """The newest, the oldest of them first: what the API shows of them."""
        if not isinstance(user, User):
            return []
        notes = queries.notes_of(video, code)
        if not may_view_notes(user, video):
            notes = notes.filter(user=user)
        return list(notes.select_related("user").order_by("-pk")[:NOTES_SHOWN])[::-1]


def shown_versions(user: Caller, video: Video, language: SubtitleLanguage) -> list[ShownVersion]:
    """The versions that ``user`` reads, newest first; one more than is shown tells of others."""
    readable = readable_versions(user, video)
    versions = SubtitleVersion.objects.filter(readable, language=language, is_deleted=False)
    columns = ("pk", "version_number", "author__username", "author_name", "created", "is_public")
    rows = versions.order_by("-version_number").values_list(
        *columns, *queries.MADE_OF, queries.source_is_public()
    )
    code, origins = language.language_code, dict(SubtitleVersion.Origin.choices)
    shown = []
    for pk, number, author, kept, created, is_public, *how in rows[: VERSIONS_SHOWN + 1]:
        made_of = queries.MadeOf._make(how)
        source = ""
        if made_of.names_source(draft=not is_public):
            name = languages.name(made_of.language_code) or made_of.language_code
            source = f"{name} {made_of.version_number}"
        page = reverse("subtitles-page", args=[video.video_id, code, language.pk, pk])
        origin = origins.get(made_of.origin, made_of.origin)
        shown.append(
            ShownVersion(
                number,
                page,
                author or kept_name(kept),
                created,
                origin,
                source,
                is_public,
                made_of.note,
            )
        )
    return shown


def find_visible_version(
    user: Caller, video: Video, language_code: str, language: int, version: int
) -> SubtitleVersion:
    """The version of these numbers, of a video that ``user`` sees; Http404 if it is not theirs to
    read, or one of them does not fit the others."""
    found = SubtitleVersion.objects.filter(
        pk=version,
        is_deleted=False,
        language=language,
        language__video=video,
        language__language_code__in=languages.spellings(language_code),
    )
    one = found.select_related("author", "language__video").defer("cues", "source").first()
    if one is None or not may_view_version(user, one, video):
        raise Http404
    return one


# --- uploading and translating -------------------------------------------------------------------

# The form that a text comes back in has other fields too, and marks around them.
_ROOM_FOR_OTHERS = 2**14


class WorkPage(LoginRequiredMixin, TemplateView):
    """Where people choose a language, and then upload subtitles in it or begin a translation.

    What is taken and refused, and who may, is what the API says of the same.
    """

    template_name = "subtitles/work.html"

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: str) -> HttpResponseBase:
        self.video = find_visible_video(request.user, kwargs["video_id"])
        sent = request.POST if request.method == "POST" else request.GET
        self.code = languages.normalise(sent.get("language", "").replace("\0", "")) or ""
        return super().dispatch(request, *args, **kwargs)

    # --- what is shown ---------------------------------------------------------------------------

    def get_context_data(self, **kwargs: Data) -> dict[str, Data]:
        user, video, code = self._user, self.video, self.code
        started = shown_languages(user, video)
        there = {language.code for language in started}
        known = sorted((name, each) for each, name in languages.listed().items())
        shown: dict[str, Data] = {
            "video": video,
            "code": code,
            "name": languages.name(code) or code,
            "started": started,
            "others": [(each, name) for name, each in known if each not in there],
            "unknown": bool(self.request.GET.get("language")) and not code,
            "may_work": may_work(user, video),
            "back": self._back(),
            "video_page": reverse("video-page", args=[video.video_id]),
        }
        if code:
            shown |= self._of_language(started)
        return super().get_context_data(**{**shown, **kwargs})

    def _of_language(self, started: list[ShownLanguage]) -> dict[str, Data]:
        workflow = workflow_for(self.video, self.code)
        for ask in (self._may_edit, workflow.takes_language):
            if not (decision := ask()):
                return {"not_allowed": decision.reason if self._is_inside else NOT_YOURS}
        here = next((each for each in started if each.code == self.code), None)
        empty = here is None or not (here.page or here.draft)
        sources = [each for each in started if each.code != self.code and (each.page or each.draft)]
        return {
            "may": True,
            "here": here,
            "actions": workflow.actions(self._user),
            "formats": READABLE,
            "sources": sources if empty else [],
            "most": settings.AMARA_MAX_SUBTITLE_BYTES,
        }

    def _may_edit(self) -> Decision:
        return may_edit_subtitles(self._user, self.video, self.code)

    @cached_property
    def _is_inside(self) -> bool:
        """Whether the person may know how the team shares its work out: reasons tell of that."""
        return may_see_hidden(self._user, self.video.pk, self.video.team_id)

    @property
    def _user(self) -> User:
        user = self.request.user
        assert isinstance(user, User)
        return user

    # --- what is done ----------------------------------------------------------------------------

    def post(self, request: HttpRequest, video_id: str) -> HttpResponse:
        if not self.code:
            return self._refused(InvalidInput.field("language", "There is no such language."))
        doing = {"upload": self._upload, "translate": self._translate}
        do = doing.get(request.POST.get("do", ""))
        if do is None:
            return problem(request, 400, "Bad request.")
        try:
            self._ask()
            with standing(self._ask):
                version = do()
        except (DomainError, BodyTooLarge) as error:
            return self._refused(error)
        if do == self._translate and may_view_version(self._user, version, self.video):
            language = version.language
            return redirect(
                "subtitles-page", video_id, language.language_code, language.pk, version.pk
            )
        return redirect(self._back() or reverse("video-page", args=[video_id]))

    def _back(self) -> str:
        """Where on this server the person came from, and wants to be after an upload."""
        request = self.request
        sent = request.POST if request.method == "POST" else request.GET
        back = sent.get("back", "")
        here = {request.get_host()}
        fine = url_has_allowed_host_and_scheme(back, here, require_https=request.is_secure())
        return back if fine and back.startswith("/") else ""

    def _refused(self, error: DomainError | BodyTooLarge) -> HttpResponse:
        """The same page again, with the reasons, what was chosen, and the text of the file."""
        if isinstance(error, NotAllowed) and not self._is_inside:
            reasons, status = [NOT_YOURS], status_of(error)
        elif isinstance(error, DomainError):
            reasons, status = sentences(error), status_of(error)
        else:
            reasons, status = [str(error.detail)], int(error.status_code)
        kept = self._kept()
        if not self.code:
            # The form once more, which asks for another language.
            kept |= {"lost": True, "formats": READABLE, "most": settings.AMARA_MAX_SUBTITLE_BYTES}
        context = self.get_context_data(refusal=reasons, typed=self.request.POST, **kept)
        return self.render_to_response(context, status=status)

    def _kept(self) -> dict[str, Data]:
        """No page can fill in a file again, so its text is shown, to be mended in place."""
        text, file = self.request.POST.get("subtitles", ""), self.request.FILES.get("file")
        if isinstance(file, UploadedFile):
            file.seek(0)
            text = readable(file.read(), language=self.code, charset=file.charset)
        most = settings.AMARA_MAX_FORM_BYTES - _ROOM_FOR_OTHERS
        # A line break is sent as two characters.
        if len(text.encode(errors="replace")) + text.count("\n") > most:
            return {"too_large_to_show": True}
        return {"text": text}

    def _ask(self) -> None:
        """Whether the person may, as things are now. Raises what refuses it."""
        video = find_visible_video(self._user, self.video.video_id)
        if not (decision := may_edit_subtitles(self._user, video, self.code)):
            raise NotAllowed(decision.reason)

    def _upload(self) -> SubtitleVersion:
        sent: dict[str, Data] = {"subtitles": self._sent(), "sub_format": self._format()}
        names = ("action", "salvage")
        sent |= {name: typed for name in names if (typed := self.request.POST.get(name))}
        fields = checked(SubtitlesInput(data=sent), {"sub_format": "Format"})
        name, salvage = fields["sub_format"], fields["salvage"]
        upload = read_upload(
            fields["subtitles"], name, language_code=self.code, salvage=salvage, field="subtitles"
        )
        version = submit(
            workflow_for(self.video, self.code),
            actor=self._user,
            track=upload.track,
            source_format=name,
            source=upload.source,
            action=fields.get("action"),
            origin=SubtitleVersion.Origin.UPLOAD,
        )
        state = "Everybody can read it." if version.is_public else "It is a draft."
        said = f"Version {version.version_number} in {languages.name(self.code)} is saved. {state}"
        messages.success(self.request, said)
        for remark in upload.warnings:
            line = f"Line {remark.line}" if remark.line else "The file"
            messages.warning(self.request, f"{line}: {remark.what}")
        return version

    def _sent(self) -> Data:
        file, text = self.request.FILES.get("file"), self.request.POST.get("subtitles", "")
        if file is None and not text.strip():
            raise InvalidInput.field("subtitles", "Choose a file, or put its text into the field.")
        return text if file is None else file

    def _format(self) -> str:
        if chosen := self.request.POST.get("sub_format"):
            return chosen
        sent = self._sent()
        if not isinstance(sent, UploadedFile):
            return detect(sent)
        name = detect(sent.read(20_000))
        sent.seek(0)
        return name

    def _translate(self) -> SubtitleVersion:
        source = languages.normalise(self.request.POST.get("from_language", "")) or ""
        version = begin_translation_from(
            source, workflow_for(self.video, self.code), actor=self._user
        )
        said = (
            f"The {languages.name(self.code)} subtitles now have the times of the "
            f"{languages.name(source)} ones, but no text yet. Download a file, write the text into "
            "it, and upload it."
        )
        messages.success(self.request, said)
        return version
