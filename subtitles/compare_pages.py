"""The page that compares two versions of the subtitles in one language, word by word."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.views.generic import TemplateView

from amara_api.kernel import languages
from amara_api.kernel.errors import DomainError, NotAllowed, NotThere, sentences
from amara_api.kernel.names import person
from amara_api.kernel.shapes import Data
from amara_api.kernel.standing import standing
from amara_api.templatetags.shown import clock
from subtitles import queries
from subtitles.comparing import Change, Diff, Kind, Words, diff
from subtitles.models import SubtitleVersion
from subtitles.turns import turn_over
from subtitles.workflows.again import restore
from teams.policies import (
    may_edit_subtitles,
    may_view_version,
    readable_versions,
)
from teams.workflows import workflow_for
from users.models import User
from videos.pages import NOT_YOURS, find_visible_video, status_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from subtitles.formats import Cue
    from videos.models import Video

_KINDS = {
    Kind.SAME: "same",
    Kind.CHANGED: "changed",
    Kind.RETIMED: "other times",
    Kind.SPLIT: "split",
    Kind.MERGED: "merged",
    Kind.MOVED: "moved",
    Kind.ADDED: "added",
    Kind.REMOVED: "removed",
}


class ListedVersion(NamedTuple):
    """A version as the form offers it."""

    number: int
    label: str


_LARGE = ("cues", "source", "title", "description", "metadata")
LISTED = 200  # versions to choose from, the newest; others are reached by the address


class ComparePage(TemplateView):
    """`?from=` and `?to=` are version numbers; without them the newest and the one before it."""

    template_name = "subtitles/compare.html"

    def setup(self, request: HttpRequest, *args: object, **kwargs: str) -> None:
        super().setup(request, *args, **kwargs)
        self.video: Video = find_visible_video(request.user, kwargs["video_id"])
        self.code = kwargs["language_code"]
        if not self._versions:
            raise Http404
        self.code = self._versions[0].language.language_code

    # --- what is shown ---------------------------------------------------------------------------

    def get_context_data(self, **kwargs: Data) -> dict[str, Data]:
        old, new = self._chosen()
        tracks = queries.tracks_of([version.pk for version in (old, new)])
        with turn_over(*tracks):
            found = diff(*tracks)
            rows = change_rows(found, self.code, all_=bool(self.request.GET.get("all")))
        differs = any(count for kind, count in found.totals.items() if kind is not Kind.SAME)
        return super().get_context_data(
            video=self.video,
            code=self.code,
            name=languages.name(self.code) or self.code,
            versions=[_listed(version) for version in self._versions[:LISTED]],
            old=old,
            new=new,
            old_page=self._page_of(old),
            new_page=self._page_of(new),
            rows=rows,
            differs=differs,
            totals=[(_KINDS[kind], count) for kind, count in found.totals.items() if count],
            all=bool(self.request.GET.get("all")),
            may_restore=self._may_restore(old),
            **kwargs,
        )

    @cached_property
    def _versions(self) -> list[SubtitleVersion]:
        """Those that the reader may read, newest first."""
        found = SubtitleVersion.objects.filter(
            language__video=self.video,
            language__language_code__in=languages.spellings(self.code),
            is_deleted=False,
        )
        found = found.select_related("author", "language").defer(*_LARGE)
        found = found.filter(self._readable(self.video))
        versions = list(found.order_by("-version_number"))
        # Two spellings of a code may stand beside each other: the one that is asked for first.
        versions.sort(key=lambda each: each.language.language_code != self.code)
        return [each for each in versions if each.language_id == versions[0].language_id]

    def _readable(self, video: Video) -> Q:
        return readable_versions(self.request.user, video)

    def _chosen(self) -> tuple[SubtitleVersion, SubtitleVersion]:
        new = self._asked("to") or self._versions[0]
        older = (each for each in self._versions if each.version_number < new.version_number)
        old = self._asked("from") or next(older, new)
        return old, new

    def _asked(self, name: str) -> SubtitleVersion | None:
        asked = self.request.GET.get(name)
        return self._numbered(asked) if asked else None

    def _numbered(self, asked: str) -> SubtitleVersion:
        for version in self._versions:
            if str(version.version_number) == asked:
                return version
        raise Http404

    def _page_of(self, version: SubtitleVersion) -> str:
        names = [self.video.video_id, self.code, version.language_id, version.pk]
        return reverse("subtitles-page", args=names)

    # --- what is done ----------------------------------------------------------------------------

    def _may_restore(self, old: SubtitleVersion) -> bool:
        user = self.request.user
        if not user.is_authenticated or old == self._versions[0]:
            return False
        return bool(may_edit_subtitles(user, self.video, self.code))

    def post(self, request: HttpRequest, video_id: str, language_code: str) -> HttpResponse:
        """Make the version ``restore`` the newest again."""
        user = request.user
        if not isinstance(user, User):
            return redirect_to_login(request.get_full_path())
        old = self._numbered(request.POST.get("restore", ""))
        try:
            self._ask(user)
            with standing(lambda: self._ask(user)):
                version = restore(
                    workflow_for(self.video, self.code),
                    actor=user,
                    version_number=old.version_number,
                    readable=self._readable,
                )
        except DomainError as error:
            gone = isinstance(error, NotThere)
            reasons = [NOT_YOURS] if isinstance(error, NotAllowed) else sentences(error)
            context = self.get_context_data(refusal=reasons)
            return self.render_to_response(context, status=404 if gone else status_of(error))
        state = "Everybody can read it." if version.is_public else "It is a draft."
        said = f"Version {old.version_number} is the newest again, as version "
        messages.success(request, f"{said}{version.version_number}. {state}")
        if may_view_version(user, version, self.video):
            return redirect(self._page_of(version))
        return redirect("video-page", video_id)

    def _ask(self, user: User) -> None:
        """Whether the person may, as things are now. Raises what refuses it."""
        video = find_visible_video(user, self.video.video_id)
        if not (decision := may_edit_subtitles(user, video, self.code)):
            raise NotAllowed(decision.reason)


def _listed(version: SubtitleVersion) -> ListedVersion:
    author = person(version.author, version.author_name)
    draft = "" if version.is_public else ", draft"
    day = f"{version.created:%Y-%m-%d}"
    return ListedVersion(
        version.version_number, f"{version.version_number}: {author}, {day}{draft}"
    )


def change_rows(found: Diff, language_code: str, *, all_: bool = False) -> SafeString:
    """A list item for each change, and one for each run of cues that stayed the same; with ``all_``
    one for each of these too. A template's loop takes ten times as long over 5,000 of them."""
    text = f'<p lang="{escape(language_code)}" dir="{languages.direction(language_code)}">'
    # Every value within is a number, a name of ours, or has been escaped.
    return mark_safe("\n".join(_rows(found, text, all_)))  # noqa: S308  # nosec B308 B703


def _rows(found: Diff, text: str, all_: bool) -> Iterator[str]:
    words = Words()
    same = 0
    for change in found.changes:
        if change.kind is Kind.SAME and not all_:
            same += 1
            continue
        if same:
            yield _same_row(same)
            same = 0
        yield (
            f'<li class="{change.kind.value}"><p class="what">{_label(change, words)}</p>'
            f"{_times(change)}{text}{_marked(change, words)}</p></li>"
        )
    if same:
        yield _same_row(same)


def _same_row(count: int) -> str:
    return f'<li class="quiet">{count} cue{"s" if count > 1 else ""} the same</li>'


def _label(change: Change, words: Words) -> str:
    kind = _KINDS[change.kind]
    if change.kind is Kind.CHANGED and change.old[0].text == change.new[0].text:
        kind = "other look or place"
    if change.is_retimed and change.kind in (Kind.CHANGED, Kind.SPLIT, Kind.MERGED):
        kind += ", other times"
    numbers = [_numbers(change.first, change.old), _numbers(change.place, change.new)]
    return f"<b>{kind}</b> {' → '.join(each for each in numbers if each)}"


def _numbers(first: int, cues: Sequence[Cue]) -> str:
    if not cues:
        return ""
    return f"{first + 1}" + (f"–{first + len(cues)}" if len(cues) > 1 else "")


def _times(change: Change) -> str:
    old, new = (_span(cues) for cues in (change.old, change.new))
    if change.is_retimed:
        return f'<p class="times"><del>{old}</del> <ins>{new}</ins></p>'
    return f'<p class="times">{new or old}</p>'


def _span(cues: Sequence[Cue]) -> str:
    if not cues:
        return ""
    start, end = cues[0].start, cues[-1].end
    if start is None or end is None:
        return "no times"
    return f"{clock(start)} – {clock(end)}"


def _marked(change: Change, words: Words) -> str:
    tags = {"same": "", "added": "ins", "removed": "del"}
    parts = []
    for op, text in words.of(change):
        tag = tags[op]
        parts.append(f"<{tag}>{escape(text)}</{tag}>" if tag else escape(text))
    return "".join(parts)
