"""How subtitle languages, versions, subtitles and notes are printed."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from amara_api.kernel import languages
from amara_api.kernel.rest.fields import ordered
from amara_api.kernel.rest.serializers import Answer
from amara_api.kernel.shapes import Data
from amara_api.kernel.times import iso
from users.api.answers import user_object
from videos.api.answers import video_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtitles.models import SubtitleNote
    from subtitles.queries import LanguageRow, ListedLanguage, MadeOf, SubtitlesRow, VersionRow
    from videos.models import Video


class VersionAnswer(Answer):
    """A version inside a language."""

    resource = "subtitle_version"

    def build(self, version: VersionRow, /, *, before: VersionRow | None) -> dict[str, Data]:
        return {
            "author": user_object(self.links, version.author, version.author_id),
            "published": version.is_public,
            "version_no": version.version_number,
            "version_number": version.version_number,
            "created": iso(version.created),
            **_made_of(version.made_of, draft=not version.is_public),
        }

    def past(self, version: VersionRow, /, *, before: VersionRow | None) -> dict[str, Data]:
        change = "0.0" if before is not None and before.digest == version.digest else "1.0"
        return {
            "status": "published" if version.is_public else "draft",
            "text_change": change,
            "time_change": change,
        }


def _made_of(made_of: MadeOf, *, draft: bool) -> dict[str, Data]:
    """What was translated is named to those who may read it."""
    source = {
        "language_code": made_of.language_code,
        "version_number": made_of.version_number,
    }
    return {
        "origin": made_of.origin,
        "translated_from": source if made_of.names_source(draft=draft) else None,
        "note": made_of.note,
    }


class LanguageAnswer(Answer):
    """The documentation of 2016, Subtitle Language Resource."""

    resource = "subtitle_language"

    def many(
        self,
        video: Video,
        found: Sequence[ListedLanguage],
        *,
        private: bool,
    ) -> list[dict[str, Data]]:
        self._version = VersionAnswer(self.request, self.links)
        return [
            self(row, video=video, versions=versions, private=private) for row, versions in found
        ]

    def build(
        self, language: LanguageRow, /, *, video: Video, versions: list[VersionRow], private: bool
    ) -> dict[str, Data]:
        code = language.language_code
        path = f"videos/{video.video_id}/languages/{code}/"
        is_primary = code == video.primary_audio_language_code
        published = language.public_tip is not None
        # All that is said of versions is said of those that the reader sees.
        return {
            "id": language.pk,
            "created": iso(language.created),
            "language_code": code,
            "is_primary_audio_language": is_primary,
            "is_rtl": languages.is_rtl(code),
            "is_translation": language.translated_from is not None,
            "published": published,
            "original_language_code": language.translated_from,
            "name": languages.name(code),
            "title": language.title if published else language.first_title or video.title,
            "description": language.description
            if published
            else language.first_description or video.description,
            "metadata": ordered(
                (language.metadata or {}) if published else dict.fromkeys(video.metadata, "")
            ),
            "subtitle_count": language.subtitle_count(private=private),
            "subtitles_complete": language.is_complete(private=private),
            "versions": [
                self._version(version, before=before)
                for version, before in zip_longest(versions, versions[1:])
            ],
            "subtitles_uri": self.links(f"{path}subtitles/"),
            "resource_uri": self.links(path),
            "num_versions": len(versions),
            "is_original": is_primary,
            "soft_limit_lines": language.soft_limit_lines,
            "soft_limit_min_duration": language.soft_limit_min_duration,
            "soft_limit_max_duration": language.soft_limit_max_duration,
            "soft_limit_cpl": language.soft_limit_cpl,
            "soft_limit_cps": language.soft_limit_cps,
            # Printed where there is one.
            **_first_to("reviewer", versions),
            **_first_to("approver", versions),
        }

    def past(
        self, language: LanguageRow, /, *, video: Video, versions: list[VersionRow], private: bool
    ) -> dict[str, Data]:
        count = language.subtitle_count(private=private)
        source_count = language.count_of_source(private=private)
        percent = 100 if count else 0
        if language.translated_from is not None and source_count:
            percent = min(100, 100 * count // source_count)
        return {
            "completion": f"{percent}%",
            # Of translations: how much of their source they have.
            "percent_done": percent if language.translated_from is not None else 0,
            "site_url": video_page(self.links, video.video_id),
            "original_language_code": language.translated_from
            or video.primary_audio_language_code
            or None,
        }


def _first_to(role: str, versions: list[VersionRow]) -> dict[str, str]:
    """The first version that has one says who it was. They are sorted, newest first."""
    named = (getattr(version, role) for version in reversed(versions))
    found = next((name for name in named if name), None)
    return {role: found} if found else {}


class SubtitlesAnswer(Answer):
    """The documentation of 2016, Subtitles Resource.

    ``sub_format`` is that of the subtitles, ``told`` whether the caller named it.
    """

    resource = "subtitles"

    def build(
        self, row: SubtitlesRow, /, *, sub_format: str, subtitles: object, told: bool
    ) -> dict[str, Data]:
        code = row.language_code
        path = f"videos/{row.video_id}/languages/{code}/subtitles/"
        page = f"/videos/{row.video_id}/{code}/{row.language}/{row.pk}/"
        return {
            "version_number": row.version_number,
            "sub_format": sub_format,
            "subtitles": subtitles,
            "author": user_object(self.links, row.author, row.author_id),
            "language": {
                "code": code,
                "name": languages.name(code),
                "dir": languages.direction(code),
            },
            "title": row.title,
            "description": row.description,
            "metadata": ordered(row.metadata),
            "video_title": row.video_title,
            "video_description": row.video_description,
            "created": iso(row.created),
            "actions_uri": self.links(f"{path}actions/"),
            "notes_uri": self.links(f"{path}notes/"),
            "resource_uri": self.links(path),
            "site_uri": f"{self.links.site}{page}",
            "video": row.video_title,
            "version_no": row.version_number,
            **_made_of(row.made_of, draft=not row.is_public),
        }

    def past(
        self, row: SubtitlesRow, /, *, sub_format: str, subtitles: object, told: bool
    ) -> dict[str, Data]:
        # A list of cues is what the documentation of 2012 shows for `srt`, which was the default.
        return {"sub_format": sub_format if told else "srt"}


class NoteAnswer(Answer):
    """The documentation of 2016, Subtitle Notes Resource."""

    resource = "note"

    def build(self, note: SubtitleNote, /) -> dict[str, Data]:
        author = note.user
        created = iso(note.created)
        return {
            "user": user_object(self.links, author.username, author.public_id) if author else None,
            "created": created,
            "datetime": created,
            "body": note.body,
        }
