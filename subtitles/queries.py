"""Reads of subtitle languages and versions. What a reader may see comes in as an argument."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import F, OuterRef, Subquery

from amara_api.compiled import CompiledQuery, padded
from subtitles import storage
from subtitles.models import SubtitleLanguage, SubtitleVersion


class LanguageOfVideo(NamedTuple):
    language_code: str
    published: bool


@CompiledQuery
def _of_videos(*, videos: list[int]) -> Any:
    languages = SubtitleLanguage.objects.filter(video__in=videos).order_by("language_code")
    return languages.values_list("video_id", "language_code", "public_tip_id")


def languages_of_videos(videos: list[int]) -> dict[int, list[LanguageOfVideo]]:
    """The started languages of each video, also those without a version."""
    found: dict[int, list[LanguageOfVideo]] = defaultdict(list)
    if videos:
        for video, code, public_tip in _of_videos(videos=padded(videos)):
            found[video].append(LanguageOfVideo(code, public_tip is not None))
    return found


class LanguageRow(NamedTuple):
    """A subtitle language with what its tips say."""

    pk: int
    language_code: str
    created: datetime
    subtitles_complete: bool
    translated_from: str | None
    soft_limit_lines: int | None
    soft_limit_min_duration: int | None
    soft_limit_max_duration: int | None
    soft_limit_cpl: int | None
    soft_limit_cps: int | None
    tip_count: int | None
    public_tip: int | None
    public_count: int | None
    title: str | None
    description: str | None
    metadata: dict[str, str] | None
    first_title: str
    first_description: str
    source_count: int | None
    reviewer: str | None
    approver: str | None


_LANGUAGE_COLUMNS: tuple[Any, ...] = (
    "pk",
    "language_code",
    "created",
    "subtitles_complete",
    "translated_from__language_code",
    "soft_limit_lines",
    "soft_limit_min_duration",
    "soft_limit_max_duration",
    "soft_limit_cpl",
    "soft_limit_cps",
    "tip__subtitle_count",
    "public_tip_id",
    "public_tip__subtitle_count",
    "public_tip__title",
    "public_tip__description",
    "public_tip__metadata",
    "title",
    "description",
    "translated_from__public_tip__subtitle_count",
    *(
        # The first version that has one says who it was.
        Subquery(
            SubtitleVersion.objects.filter(
                **{f"{who}__isnull": False}, language=OuterRef("pk"), is_deleted=False
            )
            .order_by("version_number")
            .values(f"{who}__username")[:1]
        )
        for who in ("reviewer", "approver")
    ),
)


class VersionRow(NamedTuple):
    """A version as languages list it."""

    version_number: int
    is_public: bool
    created: datetime
    author: str | None
    author_id: str | None
    digest: str


def languages_of(video: int) -> Any:
    """The languages of a video as `LanguageRow`s, unevaluated, in a stable order."""
    languages = SubtitleLanguage.objects.filter(video=video).order_by("language_code")
    return languages.values_list(*_LANGUAGE_COLUMNS)


def language_row(video: int, language_code: str) -> LanguageRow | None:
    row = languages_of(video).filter(language_code=language_code).first()
    return LanguageRow._make(row) if row else None


def versions_of(languages: Sequence[int], *, private: bool) -> dict[int, list[VersionRow]]:
    """The versions of each language, newest first; private ones only where asked for."""
    versions = SubtitleVersion.objects.filter(language__in=languages, is_deleted=False)
    if not private:
        versions = versions.filter(is_public=True)
    found: dict[int, list[VersionRow]] = defaultdict(list)
    author = ("author__username", "author__public_id")
    columns = ("version_number", "is_public", "created", *author, "digest")
    for language, *version in versions.order_by("-version_number").values_list(
        "language_id", *columns
    ):
        found[language].append(VersionRow._make(version))
    return found


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
PUBLIC_TIP, TIP, NUMBERED = "public tip", "tip", "numbered"


@CompiledQuery
def _version(which: str, *, video_id: str, language_code: str, number: int) -> Any:
    versions = SubtitleVersion.objects.filter(
        language__video__video_id=video_id, language__language_code=language_code, is_deleted=False
    )
    if which == PUBLIC_TIP:
        versions = versions.filter(language__public_tip=F("pk"))
    elif which == TIP:
        versions = versions.filter(language__tip=F("pk"))
    else:
        versions = versions.filter(version_number=number)
    return versions.values_list(*_SUBTITLES_COLUMNS)


def version_row(
    video_id: str, language_code: str, *, which: str = PUBLIC_TIP, number: int = 0
) -> SubtitlesRow | None:
    """The public tip, the tip, or the version with a number."""
    rows = _version(which, video_id=video_id, language_code=language_code, number=number)
    return SubtitlesRow._make(rows[0]) if rows else None


@CompiledQuery
def _content(*, pk: int) -> Any:
    return SubtitleVersion.objects.filter(pk=pk).values_list("cues", "source")


def rendition(pk: int, digest: str, format: str) -> bytes:
    """A version's cues as UTF-8: a file of ``format``, or for json the API's list of cues."""
    # A DFXP version is handed out as sent, which the digest of its cues does not cover.
    key = f"{digest}-{pk}" if format == "dfxp" else digest
    kept = storage.renditions.get(key, format)
    if kept is None:
        cues, source = _content(pk=pk)[0]
        if format == "json":
            kept = storage.json_bytes(cues)
        else:
            kept = storage.as_text(cues, source, format).encode()
        storage.renditions.put(key, format, kept)
    return kept
