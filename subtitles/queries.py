"""Reads of subtitle languages and versions. What a reader may see comes in as an argument."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import orjson
from django.db.models import (
    Case,
    F,
    FilteredRelation,
    Func,
    OuterRef,
    Q,
    Subquery,
    TextField,
    Value,
    When,
)

from amara_api.kernel.compiled import CompiledQuery, PlannedQuery
from amara_api.kernel.errors import NotThere
from amara_api.kernel.nested import Texts, counted, moment, nested
from amara_api.kernel.turns import turn
from subtitles import storage
from subtitles.formats import Track
from subtitles.formats.columns import columns_of
from subtitles.models import SubtitleLanguage, SubtitleNote, SubtitleVersion
from subtitles.report import SOFT_LIMITS, Limits
from videos.models import Video, VideoUrl

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.db.models.expressions import Combinable

    from amara_api.kernel.shapes import Data
    from subtitles.storage import Blob
    from subtitles.uploads import Upload
    from videos.queries import VideoRow


class LanguageOfVideo(NamedTuple):
    language_code: str
    published: bool


_PUBLISHED, _STARTED = "+", "-"


@lru_cache(maxsize=1024)
def _language_told(text: str) -> LanguageOfVideo:
    return LanguageOfVideo(text[1:], text[0] == _PUBLISHED)


class InVideo(NamedTuple):
    """What a video is printed with: the started languages by their codes, also those without a
    version, and the urls, the primary one first."""

    languages: list[LanguageOfVideo]
    urls: list[tuple[str, str]]  # (url, type)

    @classmethod
    def of(cls, video: VideoRow) -> InVideo:
        """``video`` was asked for with `inside_video`."""
        languages, urls = map(orjson.loads, video.more)
        return cls(
            [_language_told(text) for text in languages],
            [(text[1:], text[0]) for text in urls],
        )


def inside_video() -> tuple[Combinable, Combinable]:
    """Columns for `videos.queries`: what `InVideo` is made of. Each url has its type before it,
    each language whether it is published."""
    published = Case(When(public_tip=None, then=Value(_STARTED)), default=Value(_PUBLISHED))
    languages = SubtitleLanguage.objects.filter(video=OuterRef("pk")).order_by("language_code")
    urls = VideoUrl.objects.filter(video=OuterRef("pk")).order_by("-primary", "pk")
    return (
        Texts(languages.annotate(told=_Joined(published, "language_code")).values("told")),
        Texts(urls.annotate(told=_Joined("type", "url")).values("told")),
    )


class _Joined(Func):  # type: ignore[explicit-any] # as its stub says
    """Two texts, neither of them null, as one."""

    template, arg_joiner = "(%(expressions)s)", " || "
    output_field = TextField()


class LanguageRow(NamedTuple):
    """A subtitle language with what its tips say. What is said of drafts is not for everybody:
    the methods ask whether the reader sees them."""

    pk: int
    language_code: str
    created: datetime
    tip_complete: bool
    complete_number: int | None
    translated_from: str | None
    soft_limit_lines: int | None
    soft_limit_min_duration: int | None
    soft_limit_max_duration: int | None
    soft_limit_cpl: int | None
    soft_limit_cps: int | None
    tip: int | None
    tip_origin: str | None
    tip_is_hidden: bool | None
    tip_count: int | None
    public_tip: int | None
    public_count: int | None
    title: str | None
    description: str | None
    metadata: dict[str, str] | None
    first_title: str
    first_description: str
    source_tip_count: int | None
    source_public_count: int | None

    def is_complete(self, *, private: bool) -> bool:
        """While there is a draft, `subtitles_complete` is about that."""
        if private or self.tip == self.public_tip:
            return self.tip_complete
        return self.complete_number is not None

    def subtitle_count(self, *, private: bool) -> int:
        return (self.tip_count if private else self.public_count) or 0

    def count_of_source(self, *, private: bool) -> int:
        return (self.source_tip_count if private else self.source_public_count) or 0


_LANGUAGE_COLUMNS = (
    "pk",
    "language_code",
    "created",
    "subtitles_complete",
    "complete_number",
    "translated_from__language_code",
    "soft_limit_lines",
    "soft_limit_min_duration",
    "soft_limit_max_duration",
    "soft_limit_cpl",
    "soft_limit_cps",
    "tip_id",
    "tip__origin",
    "tip__is_hidden",
    "tip__subtitle_count",
    "public_tip_id",
    "public_tip__subtitle_count",
    "public_tip__title",
    "public_tip__description",
    "public_tip__metadata",
    "title",
    "description",
    "translated_from__tip__subtitle_count",
    "translated_from__public_tip__subtitle_count",
)


class MadeOf(NamedTuple):
    """How a version came about."""

    origin: str
    note: str
    language_code: str  # of what it was translated from, if it was
    version_number: int | None
    is_hidden: bool
    source_is_public: bool | None  # None where that is no more

    @property
    def is_of_machine(self) -> bool:
        """As `SubtitleVersion` says it."""
        return self.origin == SubtitleVersion.Origin.MACHINE and not self.is_hidden

    def names_source(self, *, draft: bool) -> bool:
        """Whether a reader of this version may read what it was translated from. Who sees one
        draft sees another, but for those by machines, which others see too."""
        if self.source_is_public is None:
            return False
        return self.source_is_public or (draft and not self.is_of_machine)


MADE_OF = ("origin", "note", "translated_from_code", "translated_from_number", "is_hidden")


def source_is_public() -> Combinable:
    """Whether everybody may read what a version was translated from; null if it is no more."""
    source = SubtitleVersion.objects.filter(
        language__video=OuterRef("language__video"),
        language__language_code=OuterRef("translated_from_code"),
        version_number=OuterRef("translated_from_number"),
        is_deleted=False,
    )
    return Subquery(source.order_by().values("is_public")[:1])


class VersionRow(NamedTuple):
    """A version as languages list it."""

    version_number: int
    is_public: bool
    created: datetime
    author: str | None
    author_id: str | None
    digest: str
    reviewer: str | None
    approver: str | None
    made_of: MadeOf


def languages_of(video: int) -> QuerySet[SubtitleLanguage, tuple[object, ...]]:
    """The languages of a video as `LanguageRow`s, unevaluated, in a stable order."""
    languages = SubtitleLanguage.objects.filter(video=video).order_by("language_code")
    return languages.values_list(*_LANGUAGE_COLUMNS)


def language_row(video: int, language_code: str) -> LanguageRow | None:
    row = languages_of(video).filter(language_code=language_code).first()
    return LanguageRow._make(row) if row else None


_VERSION_COLUMNS = (
    *("version_number", "is_public", "created", "author__username", "author__public_id"),
    *("digest", "reviewer__username", "approver__username"),
)


class ListedLanguage(NamedTuple):
    """A language with those of its versions that a reader may see, newest first."""

    row: LanguageRow
    versions: list[VersionRow]

    @classmethod
    def of(cls, row: Sequence[Data]) -> ListedLanguage:
        """``row`` has the columns of `LanguageRow`, and JSON of versions."""
        versions = [_version_told(told) for told in orjson.loads(row[-1])]
        return cls(LanguageRow._make(row[:-1]), versions)


def _version_told(told: list[Data]) -> VersionRow:
    split = len(_VERSION_COLUMNS)
    number, is_public, created, *more = told[:split]
    *made, is_hidden, source = told[split:]
    made_of = MadeOf._make((*made, bool(is_hidden), None if source is None else bool(source)))
    return VersionRow._make((number, bool(is_public), moment(created), *more, made_of))


def _with_versions(
    languages: QuerySet[SubtitleLanguage], which: Q, *more: Combinable
) -> QuerySet[SubtitleLanguage, tuple[Data, ...]]:
    versions = SubtitleVersion.objects.filter(which, language=OuterRef("pk"), is_deleted=False)
    columns = (*_VERSION_COLUMNS, *MADE_OF, source_is_public())
    told = nested(versions.order_by("-version_number"), *columns)
    return languages.values_list(*_LANGUAGE_COLUMNS, told, *more)


@CompiledQuery
def _page_of_languages(
    which: Q, *, video: int, limit: int, offset: int = 0
) -> QuerySet[SubtitleLanguage, tuple[Data, ...]]:
    everything = SubtitleLanguage.objects.filter(video=video)
    page = everything.order_by("language_code")
    if offset:
        # The versions of those before the page would be read too.
        ids = page.values("pk")[offset : offset + limit]
        page = SubtitleLanguage.objects.filter(pk__in=ids).order_by("language_code")
        return _with_versions(page, which, counted(everything))
    return _with_versions(page, which, counted(everything))[:limit]


def page_of_languages(
    video: int, limit: int, offset: int, *, which: Q
) -> tuple[list[ListedLanguage], int | None]:
    """Languages of a video in a stable order, with their versions of those in ``which``; and how
    many there are, if the page has any."""
    rows = _page_of_languages.page(which, video=video, limit=limit, offset=offset)
    return [ListedLanguage.of(row[:-1]) for row in rows], rows[0][-1] if rows else None


@PlannedQuery
def _language(
    by: str, which: Q, *, video: int, named: int | str
) -> QuerySet[SubtitleLanguage, tuple[Data, ...]]:
    return _with_versions(SubtitleLanguage.objects.filter((by, named), video=video), which)


def listed_language(video: int, named: int | str, *, which: Q) -> ListedLanguage | None:
    """The language with this number or this code, with its versions of those in ``which``."""
    by = "language_code" if isinstance(named, str) else "pk"
    rows = _language(by, which, video=video, named=named)
    return ListedLanguage.of(rows[0]) if rows else None


def number_of_languages(video: int) -> int:
    return SubtitleLanguage.objects.filter(video=video).count()


class SubtitlesRow(NamedTuple):
    """One version with its language and video, all that its answer needs but the cues."""

    pk: int
    version_number: int
    is_public: bool
    title: str
    description: str
    metadata: dict[str, str]
    created: datetime
    author: str | None
    author_id: str | None
    digest: str
    language: int
    language_code: str
    video: int
    video_id: str
    video_title: str
    video_description: str
    video_is_public: bool
    video_is_unlisted: bool
    team: int | None
    made_of: MadeOf
    limits: Limits  # none where they were not asked for


_SUBTITLES_COLUMNS = (
    "pk",
    "version_number",
    "is_public",
    "title",
    "description",
    "metadata",
    "created",
    "author__username",
    "author__public_id",
    "digest",
    "language_id",
    "language__language_code",
    "language__video_id",
    "language__video__video_id",
    "language__video__title",
    "language__video__description",
    "language__video__is_public",
    "language__video__is_unlisted",
    "language__video__team_id",
)
_NO_LIMITS = Limits()
PUBLIC_TIP, TIP, NUMBERED = "public tip", "tip", "numbered"


@PlannedQuery
def _version(
    which: str, measured: bool, *, video_id: str, language_code: str, number: int
) -> QuerySet[SubtitleVersion, tuple[object, ...]]:
    versions = SubtitleVersion.objects.filter(
        language__video__video_id=video_id, language__language_code=language_code, is_deleted=False
    )
    if which == PUBLIC_TIP:
        versions = versions.filter(language__public_tip=F("pk"))
    elif which == TIP:
        versions = versions.filter(language__tip=F("pk"))
    else:
        versions = versions.filter(version_number=number)
    limits = _limits("language", "language__video__team") if measured else ()
    return versions.values_list(*_SUBTITLES_COLUMNS, *MADE_OF, source_is_public(), *limits)


def version_row(
    video_id: str,
    language_code: str,
    *,
    which: str = PUBLIC_TIP,
    number: int = 0,
    measured: bool = False,
) -> SubtitlesRow | None:
    """The public tip, the tip, or the version with a number. ``measured``: with `limits_of` its
    language."""
    rows = _version(which, measured, video_id=video_id, language_code=language_code, number=number)
    if not rows:
        return None
    split = len(_SUBTITLES_COLUMNS)
    behind = split + len(MadeOf._fields)
    limits = _limits_told(rows[0][behind:]) if measured else _NO_LIMITS
    return SubtitlesRow._make([*rows[0][:split], MadeOf._make(rows[0][split:behind]), limits])


def limits_of(video: int, language_code: str) -> Limits:
    """The soft limits of a language, and its team's where it has none of its own."""
    own = FilteredRelation(
        "subtitle_languages", condition=Q(subtitle_languages__language_code=language_code)
    )
    rows = Video.objects.annotate(own=own).filter(pk=video)
    found = rows.values_list(*_limits("own", "team")).first()
    return _limits_told(found) if found else _NO_LIMITS


def _limits(*paths: str) -> list[str]:
    return [f"{path}__{name}" for path in paths for name in SOFT_LIMITS]


def _limits_told(columns: Sequence[Data]) -> Limits:
    split = len(SOFT_LIMITS)
    return Limits(*columns[:split]).over(Limits(*columns[split:]))


def notes_of(video: Video, language_code: str) -> QuerySet[SubtitleNote]:
    """The notes about one language in the team where the video is now, but for hidden ones. Which
    of them somebody may read, policies say."""
    return SubtitleNote.objects.filter(
        video=video, language_code=language_code, team=video.team_id, is_hidden=False
    )


def number_before(row: SubtitlesRow, *, which: Q) -> int | None:
    """Of the version before this one in its language, of those in ``which``."""
    versions = SubtitleVersion.objects.filter(
        which, language=row.language, is_deleted=False, version_number__lt=row.version_number
    )
    numbers = versions.order_by("-version_number").values_list("version_number", flat=True)
    return numbers.first()


@PlannedQuery
def _chains(
    column: str, *, pks: list[int]
) -> QuerySet[SubtitleVersion, tuple[int, int, Blob | None, int]]:
    """Of each version, by its key: the blobs that are needed to read one of it, itself the last,
    with their depths.

    One statement: a language may be packed anew at any time.
    """
    number = F("language__versions__version_number")
    return (
        SubtitleVersion.objects.filter(
            language__versions__in=pks,
            version_number__lte=number,
            version_number__gte=number - F(f"language__versions__{column}_depth"),
        )
        .order_by("version_number")
        .values_list("language__versions", "version_number", column, f"{column}_depth")
    )


def plain(column: str, pk: int, *, number: int | None = None) -> storage.Plain | None:
    """What a version's ``cues`` or ``source`` hold; None where there is no source.

    ``number``: only if that is the version's; None if it is another. Raises NotThere if there is
    no such version.
    """
    chain = _chains(column, pks=[pk])
    if not chain:
        raise NotThere
    _, last, blob, depth = chain[-1]
    if blob is None or number not in (None, last):
        return None
    return storage.Plain(storage.plain(blob or b"" for *_, blob, _ in chain), depth)


def track_of(pk: int) -> Track:
    """A version's cues. Raises NotThere if there is no such version."""
    return tracks_of([pk])[0]


def tracks_of(pks: Sequence[int]) -> list[Track]:
    """The cues of these versions. Raises NotThere if one of them is no more."""
    chains: dict[int, list[Blob]] = {pk: [] for pk in pks}
    for pk, _, blob, _ in _chains("cues", pks=[*pks]):
        chains[pk].append(blob or b"")
    if not all(chains.values()):
        raise NotThere
    return [storage.unpack(storage.plain(chains[pk])) for pk in pks]


def _cues(pk: int) -> bytes:
    found = plain("cues", pk)
    assert found is not None  # Every version has cues.
    return found.data


def rendition(pk: int, digest: str, format: str, *, upload: Upload | None = None) -> bytes:
    """A version's cues as UTF-8: a file of ``format``, or for json the API's list of cues.

    ``upload`` is what the version was made of, while that is at hand: then nothing is read.
    """
    # A DFXP version is handed out as sent, which the digest of its cues does not cover.
    key = f"{digest}-{pk}" if format == "dfxp" else digest
    kept = storage.renditions.get(key, format)
    if kept is None:
        kept = _rendered(pk, format) if upload is None else _of_upload(upload, format)
        storage.renditions.put(key, format, kept)
    return kept


def _rendered(pk: int, format: str) -> bytes:
    if format == "dfxp" and (source := plain("source", pk)) is not None:
        return source.data
    cues = _cues(pk)
    with turn(len(cues)):
        return storage.rendered(storage.columns(cues), format)


def _of_upload(upload: Upload, format: str) -> bytes:
    if format == "dfxp" and upload.source is not None:
        return upload.source.encode()
    return storage.rendered(columns_of(upload.track), format)
