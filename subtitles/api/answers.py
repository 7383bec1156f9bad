"""How subtitle languages, versions, subtitles and notes are printed."""

from itertools import zip_longest
from typing import Any

from amara_api import languages
from amara_api.rest.fields import ordered
from amara_api.rest.serializers import Answer
from amara_api.times import iso
from subtitles.models import SubtitleNote
from subtitles.queries import LanguageRow, SubtitlesRow, VersionRow
from users.api.answers import user_object
from videos.api.answers import video_page
from videos.models import Video


class VersionAnswer(Answer):
    """A version inside a language."""

    resource = "subtitle_version"

    def build(self, version: VersionRow, /, **extra: Any) -> dict[str, Any]:
        return {
            "author": user_object(self.links, version.author, version.author_id),
            "published": version.is_public,
            "version_no": version.version_number,
            "version_number": version.version_number,
            "created": iso(version.created),
        }

    def past(self, version: VersionRow, /, **extra: Any) -> dict[str, Any]:
        before: VersionRow | None = extra["before"]
        change = "0.0" if before is not None and before.digest == version.digest else "1.0"
        return {
            "status": "published" if version.is_public else "draft",
            "text_change": change,
            "time_change": change,
        }


class LanguageAnswer(Answer):
    """The documentation of 2016, Subtitle Language Resource."""

    resource = "subtitle_language"

    def many(
        self,
        video: Video,
        rows: list[LanguageRow],
        versions: dict[int, list[VersionRow]],
        *,
        private: bool,
    ) -> list[dict[str, Any]]:
        self._version = VersionAnswer(self.request, self.links)
        return [
            self(row, video=video, versions=versions.get(row.pk, []), private=private)
            for row in rows
        ]

    def build(self, language: LanguageRow, /, **extra: Any) -> dict[str, Any]:
        video: Video = extra["video"]
        code = language.language_code
        path = f"videos/{video.video_id}/languages/{code}/"
        is_primary = code == video.primary_audio_language_code
        published = language.public_tip is not None
        count = language.tip_count if extra["private"] else language.public_count
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
            "subtitle_count": count or 0,
            "subtitles_complete": language.subtitles_complete,
            "versions": [
                self._version(version, before=before)
                for version, before in zip_longest(extra["versions"], extra["versions"][1:])
            ],
            "subtitles_uri": self.links(f"{path}subtitles/"),
            "resource_uri": self.links(path),
            "num_versions": len(extra["versions"]),
            "is_original": is_primary,
            "soft_limit_lines": language.soft_limit_lines,
            "soft_limit_min_duration": language.soft_limit_min_duration,
            "soft_limit_max_duration": language.soft_limit_max_duration,
            "soft_limit_cpl": language.soft_limit_cpl,
            "soft_limit_cps": language.soft_limit_cps,
            # Printed where there is one.
            **({"reviewer": language.reviewer} if language.reviewer else {}),
            **({"approver": language.approver} if language.approver else {}),
        }

    def past(self, language: LanguageRow, /, **extra: Any) -> dict[str, Any]:
        video: Video = extra["video"]
        count, source_count = language.public_count or 0, language.source_count
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


class SubtitlesAnswer(Answer):
    """The documentation of 2016, Subtitles Resource."""

    resource = "subtitles"

    def build(self, row: SubtitlesRow, /, **extra: Any) -> dict[str, Any]:
        code = row.language_code
        path = f"videos/{row.video_id}/languages/{code}/subtitles/"
        page = f"/videos/{row.video_id}/{code}/{row.language}/{row.pk}/"
        return {
            "version_number": row.version_number,
            "sub_format": extra["sub_format"],
            "subtitles": extra["subtitles"],
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
        }


class NoteAnswer(Answer):
    """The documentation of 2016, Subtitle Notes Resource."""

    resource = "note"

    def build(self, note: SubtitleNote, /, **extra: Any) -> dict[str, Any]:
        author = note.user
        created = iso(note.created)
        return {
            "user": user_object(self.links, author.username, author.public_id) if author else None,
            "created": created,
            "datetime": created,
            "body": note.body,
        }
