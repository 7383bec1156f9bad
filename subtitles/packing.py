"""Packing what is stored anew, so that versions of a language share what they have in common.

Versions that are added do so by themselves. What was stored before they did, or was brought in
from elsewhere, is packed by this, while the server serves.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, F, Q

from subtitles import storage
from subtitles.models import SubtitleLanguage, SubtitleVersion

_COLUMNS = ("cues", "source")


class Saved(NamedTuple):
    """Bytes of all versions of one language, before and after."""

    before: int
    after: int


def loose() -> list[int]:
    """Ids of languages of which more versions are whole than need be, as far as nobody has looked:
    those that have little in common stay whole."""
    unseen = Q(versions__version_number__gt=F("packed_number"))
    whole = Count("versions", filter=unseen & Q(versions__cues_depth=0))
    count = Count("versions", filter=unseen)
    languages = SubtitleLanguage.objects.annotate(whole=whole, count=count)
    found = languages.filter(whole__gt=F("count") / storage.WHOLE_EVERY + 1)
    return list(found.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def pack_language(pk: int) -> Saved:
    """Pack the versions of a language again, in their order; what they hold stays the same.

    Writers wait meanwhile, readers do not. Raises ValueError, and changes nothing, if a version is
    damaged.
    """
    if not SubtitleLanguage.objects.select_for_update(no_key=True).filter(pk=pk).values_list("pk"):
        return Saved(0, 0)
    before = after = 0
    # As it was read, and as it is packed now.
    plains: dict[str, bytes | None] = dict.fromkeys(_COLUMNS)
    earlier: dict[str, storage.Plain | None] = dict.fromkeys(_COLUMNS)
    number = 0
    versions = SubtitleVersion.objects.filter(language=pk)
    for each in versions.order_by("version_number").values_list("pk", flat=True):
        version = versions.get(pk=each)
        if version.version_number != number + 1:
            earlier = dict.fromkeys(_COLUMNS)
        number = version.version_number
        for column in _COLUMNS:
            blob, depth = getattr(version, column), getattr(version, f"{column}_depth")
            if blob is None:
                plains[column] = earlier[column] = None
                continue
            plain = storage.following(blob, plains[column] if depth else None)
            if column == "cues" and hashlib.sha256(plain).hexdigest() != version.digest:
                raise ValueError(f"version {version.pk} has other cues than its digest says")
            kept = storage.compressed(plain, earlier[column])
            before += len(blob)
            after += len(kept.blob)
            plains[column], earlier[column] = plain, storage.Plain(plain, kept.depth)
            setattr(version, column, kept.blob)
            setattr(version, f"{column}_depth", kept.depth)
        version.save(update_fields=[*_COLUMNS, "cues_depth", "source_depth"])
    SubtitleLanguage.objects.filter(pk=pk).update(packed_number=number)
    return Saved(before, after)
