"""What must be true of stored subtitles. A sentence for each row that says otherwise."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, TypedDict

import orjson
import zstandard
from django.db.models import Count, F, Max, Min, Q, QuerySet

from subtitles import storage
from subtitles.formats import Track
from subtitles.models import SubtitleLanguage, SubtitleNote, SubtitleVersion
from videos.soundness import unknown

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class Numbers(TypedDict):
        lowest: int | None
        highest: int | None
        count: int
        newest: int | None
        newest_public: int | None


_AT_ONCE = 20  # versions in memory: each may have tens of thousands of cues
_RESTORE = "Restore it from a backup."


def findings() -> Iterator[str]:
    yield from _numbers()
    yield from _parents()
    yield from _translations()
    yield from _languages()
    yield from _cues()


def counted() -> QuerySet[WithAnnotations[SubtitleLanguage, Numbers]]:
    """All languages, each with the numbers of the versions that it has."""
    live = Q(versions__is_deleted=False)
    return SubtitleLanguage.objects.annotate(
        lowest=Min("versions__version_number"),
        highest=Max("versions__version_number"),
        count=Count("versions"),
        newest=Max("versions__version_number", filter=live),
        newest_public=Max("versions__version_number", filter=live & Q(versions__is_public=True)),
    )


def _numbers() -> Iterator[str]:
    all = counted()
    for found, what in (
        (
            all.exclude(Q(count=0, last_number=0) | Q(highest=F("last_number"))),
            "says another last number than its newest version has. Set `last_number` to that.",
        ),
        (
            all.filter(count__gt=0).exclude(lowest=1, highest=F("count")),
            f"has a gap in the numbers of its versions. {_RESTORE}",
        ),
        (
            all.filter(differs("tip", "newest")),
            "does not point at its newest version. Set `tip` to that.",
        ),
        (
            all.filter(differs("public_tip", "newest_public")),
            "does not point at its newest public version. Set `public_tip` to that.",
        ),
        (
            all.filter(complete_number__isnull=False).exclude(
                public_tip__version_number=F("complete_number")
            ),
            "was said to be complete in a version that is not what everybody reads. "
            "Empty `complete_number`.",
        ),
        (
            all.filter(
                Q(tip__isnull=False) & ~Q(tip__language=F("pk"))
                | Q(public_tip__isnull=False) & ~Q(public_tip__language=F("pk"))
            ),
            "points at a version of another language. Set `tip` and `public_tip` to its own.",
        ),
    ):
        for name in _named(found):
            yield f"{name} {what}"


def differs(tip: str, newest: str) -> Q:
    """Of `counted`: where ``tip`` is not the version of that number."""
    number = f"{tip}__version_number"
    both_missing = Q(**{f"{tip}__isnull": True, f"{newest}__isnull": True})
    return ~Q(**{number: F(newest)}) & ~both_missing


def _named(languages: QuerySet[SubtitleLanguage]) -> Iterator[str]:
    rows = languages.order_by("pk").values_list("pk", "language_code", "video__video_id")
    for pk, code, video_id in rows.iterator():
        yield f"Language {pk} ({code} of video {video_id})"


def _parents() -> Iterator[str]:
    older = Q(parent=None) | Q(
        parent__language=F("language"), parent__version_number__lt=F("version_number")
    )
    for pk, parent in SubtitleVersion.objects.exclude(older).values_list("pk", "parent").iterator():
        yield (
            f"Version {pk} was made from version {parent}, which is no older one of its language. "
            "Empty `parent`."
        )


def _translations() -> Iterator[str]:
    same = Q(translated_from=None) | Q(translated_from__video=F("video"))
    for name in _named(SubtitleLanguage.objects.exclude(same)):
        yield f"{name} is translated from another video's language. Empty `translated_from`."


def _languages() -> Iterator[str]:
    codes = SubtitleLanguage.objects.values_list("language_code", flat=True).distinct()
    for name in _named(SubtitleLanguage.objects.filter(language_code__in=unknown(codes))):
        yield f"{name} is in no known language. Add the language."
    noted = SubtitleNote.objects.values_list("language_code", flat=True).distinct()
    notes = SubtitleNote.objects.filter(language_code__in=unknown(noted))
    for pk, code in notes.values_list("pk", "language_code").iterator():
        yield f"Note {pk} is about {code}, which is no known language. Add the language."


def _cues() -> Iterator[str]:
    """Every version is read and decoded, a few at a time."""
    columns = ("pk", "language_id", "version_number", "subtitle_count", "fully_synced", "digest")
    blobs = ("cues", "cues_depth", "source", "source_depth")
    versions = SubtitleVersion.objects.order_by("language_id", "version_number")
    before: dict[str, _Before] = {}
    for row in versions.values_list(*columns, *blobs).iterator(chunk_size=_AT_ONCE):
        pk, language, number, count, synced, digest, cues, cues_depth, source, source_depth = row
        try:
            plain = _read(before, "cues", (language, number), cues, cues_depth)
            track = storage.unpack(plain)
            if source is not None:
                _read(before, "source", (language, number), source, source_depth).decode()
        except (
            zstandard.ZstdError,
            orjson.JSONDecodeError,
            LookupError,
            TypeError,
            ValueError,
        ) as error:
            yield f"Version {pk} cannot be decoded ({type(error).__name__}). {_RESTORE}"
            continue
        if what := _wrong_with(track, plain, count, synced, digest):
            yield f"Version {pk} {what}"


class _Before(NamedTuple):
    """The blob that was read last."""

    place: tuple[int, int]
    depth: int
    plain: bytes


def _read(
    before: dict[str, _Before], column: str, place: tuple[int, int], blob: storage.Blob, depth: int
) -> bytes:
    """What a blob holds, with the help of the one before it, which it replaces.

    Raises ValueError if it needs one that is not right before it, and ZstdError.
    """
    language, number = place
    last = before.pop(column, None)
    if depth and (last is None or last[:2] != ((language, number - 1), depth - 1)):
        raise ValueError("nothing to read it with")
    plain = storage.following(blob, last.plain if depth and last else None)
    before[column] = _Before(place, depth, plain)
    return plain


def _wrong_with(track: Track, plain: bytes, count: int, synced: bool, digest: str) -> str:
    if hashlib.sha256(plain).hexdigest() != digest:
        return f"has other cues than its digest says. {_RESTORE}"
    if len(track.cues) != count:
        return f"has {len(track.cues)} cues and says {count}. Set `subtitle_count`."
    if track.fully_synced != synced:
        return f"says that it is synced: {synced}, and is not so. Set `fully_synced`."
    return ""
