"""Subtitle languages, versions and notes in the admin. Cues are looked at, never edited, here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from amara_api.admin import (
    MOST_ASKED,
    HidingAdmin,
    ServiceAdmin,
    as_stored,
    changed_fields,
    preformatted,
)
from amara_api.kernel import languages
from amara_api.kernel.administration import State
from amara_api.kernel.errors import InvalidInput
from amara_api.kernel.names import kept_name
from amara_api.templatetags.shown import clock
from subtitles import queries, services
from subtitles.models import SubtitleLanguage, SubtitleNote, SubtitleVersion
from teams.services import publishing, tasks

_PREVIEW = 200
_LIMITS = (
    "soft_limit_lines",
    "soft_limit_cpl",
    "soft_limit_cps",
    "soft_limit_min_duration",
    "soft_limit_max_duration",
)


class KnownLanguageForm(forms.ModelForm):
    def clean_language_code(self) -> str:
        typed = self.cleaned_data["language_code"]
        code = languages.normalise(typed)
        if code is None:
            raise ValidationError(languages.unknown(typed, "No such language code"))
        return code


@admin.register(SubtitleLanguage)
class SubtitleLanguageAdmin(ServiceAdmin):
    list_display = ("language_code", "video", "subtitles_complete", "newest", "created")
    list_display_links = ("language_code",)
    list_select_related = ("video", "tip", "public_tip")
    list_filter = ("subtitles_complete",)
    search_fields = ("=language_code", "=video__video_id", "video__title")
    search_help_text = "Language code, video id or title"
    ordering = ("-pk",)
    form = KnownLanguageForm
    autocomplete_fields = ("video",)
    fieldsets = (
        (None, {"fields": ("video", "language_code", "subtitles_complete")}),
        ("Soft limits", {"fields": _LIMITS}),
        (
            "Record",
            {
                "fields": (
                    "last_number",
                    "tip",
                    "public_tip",
                    "translated_from",
                    "is_forked",
                    "created",
                )
            },
        ),
    )
    kept = fieldsets[2][1]["fields"]

    def places(self, obj: SubtitleLanguage) -> list[tuple[str, str]]:
        place = [obj.video.video_id, obj.language_code]
        return [*_pages(obj.tip), ("API", reverse("api:subtitle-language", args=place))]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[SubtitleLanguage]:
        blobs = (f"{tip}__{blob}" for tip in ("tip", "public_tip") for blob in _BLOBS)
        return super().get_queryset(request).defer(*blobs)

    def get_fieldsets(
        self, request: HttpRequest, obj: SubtitleLanguage | None = None
    ) -> Sequence[tuple[str | None, Mapping[str, Sequence[str]]]]:
        return self.fieldsets if obj else self.fieldsets[:2]

    def get_readonly_fields(
        self, request: HttpRequest, obj: SubtitleLanguage | None = None
    ) -> tuple[str, ...]:
        return ("video", "language_code", *self.kept) if obj else ()

    def what_goes_with(self, obj: SubtitleLanguage) -> str:
        return (
            "— every version of it, and of the languages translated from it. The languages stay, "
            "and their next versions get the next numbers"
        )

    @admin.display(description="Newest version")
    def newest(self, obj: SubtitleLanguage) -> str:
        if obj.tip is None:
            return "none"
        state = "" if obj.tip.is_public else ", draft"
        return f"{obj.tip.version_number}{state}"

    def save_model(
        self, request: HttpRequest, obj: SubtitleLanguage, form: KnownLanguageForm, change: bool
    ) -> None:
        if change:
            fields = changed_fields(form)
            if not fields:
                return
            saved = services.update_language(as_stored(obj), actor=request.user, **fields)
        else:
            fields = dict(form.cleaned_data)
            video = fields.pop("video")
            saved = services.add_language(video, actor=request.user, **fields)
        obj.__dict__.update(saved.__dict__)

    def delete_model(self, request: HttpRequest, obj: SubtitleLanguage) -> None:
        tasks.delete_subtitles(obj, actor=request.user)


_BLOBS = ("cues", "source", "digest", "metadata", "description")


@admin.register(SubtitleVersion)
class SubtitleVersionAdmin(ServiceAdmin):
    """Cues of versions never change, and new ones come in by the API. One that does harm is
    deleted, or made private: then the one before it is what people read."""

    actions = ("publish", "make_private")

    list_display = (
        "version_number",
        "code",
        "video",
        "by",
        "subtitle_count",
        "is_public",
        "is_deleted",
        "created",
    )
    list_select_related = ("language__video", "author")
    list_filter = ("is_public", "is_deleted", "origin")
    search_fields = (
        "=language__video__video_id",
        "language__video__title",
        "=author__username",
        "=language__language_code",
    )
    search_help_text = "Video id or title, author's user name, language code"
    ordering = ("-pk",)
    fieldsets = (
        (None, {"fields": ("language", "version_number", "by", "parent", "created", "page")}),
        ("State", {"fields": ("is_public", "is_deleted", "fully_synced", "subtitle_count")}),
        ("Said with it", {"fields": ("title", "description", "metadata")}),
        ("Came in as", {"fields": ("origin", "source_format")}),
        ("Cues", {"fields": ("preview",)}),
    )

    def places(self, obj: SubtitleVersion) -> list[tuple[str, str]]:
        if obj.is_deleted:
            return []
        api = reverse(
            "api:subtitles", args=[obj.language.video.video_id, obj.language.language_code]
        )
        return [*_pages(obj), ("API", f"{api}?version_number={obj.version_number}")]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[SubtitleVersion]:
        # Cues are read for the one version that is opened.
        return super().get_queryset(request).defer(*_BLOBS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: SubtitleVersion | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: SubtitleVersion | None = None
    ) -> bool:
        """As it is with languages, whose deletion takes versions along."""
        allowed = request.user.has_perm("subtitles.delete_subtitlelanguage")
        return allowed and not (obj is not None and obj.is_deleted)

    def what_goes_with(self, obj: SubtitleVersion) -> str:
        return "— its number is not used again, and the newest that is left takes its place"

    def delete_model(self, request: HttpRequest, obj: SubtitleVersion) -> None:
        tasks.take_back(obj.language, [obj.pk], actor=request.user)

    def state_of(self, obj: SubtitleVersion) -> State:
        languages_here = SubtitleLanguage.objects.select_related("public_tip")
        # None where it has gone meanwhile.
        language = languages_here.filter(pk=obj.language_id).first()
        read = language.public_tip.version_number if language and language.public_tip else None
        return {**super().state_of(obj), "what everybody reads": read}

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("subtitles.change_subtitlelanguage")

    @admin.action(
        description="Publish: everybody may read them then",
        permissions=["publish"],
    )
    def publish(
        self, request: HttpRequest, queryset: models.QuerySet[SubtitleVersion]
    ) -> HttpResponse | None:
        return self._change(
            request,
            queryset,
            ("language__video__team_id", "language__video_id", "language_id", "-version_number"),
            outlook=publishing.publish_outlook,
            change=lambda version: publishing.publish(version, actor=request.user),
            title="Publish these versions?",
            happens="Drafts, also hidden ones, become public. What each of them changes stands "
            "beside it. It is on record; nobody gets a mail.",
            button="Publish them",
            done="Published.",
        )

    @admin.action(
        description="Make private: drafts, which only those who see drafts read",
        permissions=["delete"],
    )
    def make_private(
        self, request: HttpRequest, queryset: models.QuerySet[SubtitleVersion]
    ) -> HttpResponse | None:
        return self._change(
            request,
            queryset,
            ("language__video__team_id", "language__video_id", "language_id", "version_number"),
            outlook=publishing.private_outlook,
            change=lambda version: publishing.make_private(version, actor=request.user),
            title="Make these versions private?",
            happens="They become drafts. In a team its members still read them, outside teams only "
            "staff do, and only staff publish them again. What each of them changes stands beside "
            "it. It is on record; nobody gets a mail.",
            button="Make them private",
            done="Made private.",
        )

    def _change(
        self,
        request: HttpRequest,
        queryset: models.QuerySet[SubtitleVersion],
        order: tuple[str, ...],
        *,
        outlook: Callable[[list[SubtitleVersion]], dict[int, publishing.Outlook]],
        change: Callable[[SubtitleVersion], object],
        **words: str,
    ) -> HttpResponse | None:
        chosen = queryset.select_related("language__video__team").order_by(*order)
        # Of all at once: what one of them changes depends on the others of its language.
        expected = outlook(list(chosen[:MOST_ASKED]))

        def do(version: SubtitleVersion) -> str:
            if expected[version.pk].refused:
                raise InvalidInput([expected[version.pk].says])
            change(version)
            return f"{version}: {expected[version.pk].says}"

        return self.ask(
            request,
            chosen,
            now=lambda version: expected[version.pk].says,
            do=do,
            column="What will happen",
            **words,
        )

    @admin.display(description="language", ordering="language__language_code")
    def code(self, obj: SubtitleVersion) -> str:
        return obj.language.language_code

    @admin.display(description="author", ordering="author__username")
    def by(self, obj: SubtitleVersion) -> str:
        return str(obj.author or kept_name(obj.author_name))

    @admin.display(description="video")
    def video(self, obj: SubtitleVersion) -> str:
        return str(obj.language.video)

    @admin.display(description="page")
    def page(self, obj: SubtitleVersion) -> SafeString | str:
        if obj.is_deleted:
            return "none: it is deleted"
        language = obj.language
        place = [language.video.video_id, language.language_code, language.pk, obj.pk]
        return format_html('<a href="{}">all cues</a>', reverse("subtitles-page", args=place))

    @admin.display(description="")
    def preview(self, obj: SubtitleVersion) -> SafeString:
        cues = queries.track_of(obj.pk).cues
        lines = [
            f"{_moment(cue.start)} → {_moment(cue.end)}\n{cue.text}\n" for cue in cues[:_PREVIEW]
        ]
        if len(cues) > _PREVIEW:
            lines.append(f"… and {len(cues) - _PREVIEW} more")
        return preformatted("\n".join(lines))


@admin.register(SubtitleNote)
class SubtitleNoteAdmin(HidingAdmin):
    hiding = (
        "Nobody reads these notes any more, not even who wrote them: pages, the API and the "
        "activity are as if they were deleted. Mails that told of them are sent; messages in "
        "inboxes that quote them are hidden in the list of messages."
    )

    list_display = ("__str__", "language_code", "video", "by", "created", "is_hidden")
    list_filter = ("is_hidden",)
    list_select_related = ("video", "user")
    search_fields = ("body", "=video__video_id", "video__title", "=user__username")
    search_help_text = "Words of the note, video id or title, user name"
    ordering = ("-pk",)
    form = KnownLanguageForm
    autocomplete_fields = ("video",)
    kept = ("video", "language_code", "team", "by", "created", "is_hidden")

    def places(self, obj: SubtitleNote) -> list[tuple[str, str]]:
        place = [obj.video.video_id, obj.language_code]
        return [
            ("Page", reverse("video-page", args=place[:1])),
            ("API", reverse("api:subtitle-notes", args=place)),
        ]

    @admin.display(description="user", ordering="user__username")
    def by(self, obj: SubtitleNote) -> str:
        return str(obj.user or kept_name(obj.user_name))

    def get_fields(self, request: HttpRequest, obj: SubtitleNote | None = None) -> tuple[str, ...]:
        return ("body", *self.kept) if obj else ("video", "language_code", "body")

    def get_readonly_fields(
        self, request: HttpRequest, obj: SubtitleNote | None = None
    ) -> tuple[str, ...]:
        return self.kept if obj else ()

    def save_model(
        self, request: HttpRequest, obj: SubtitleNote, form: KnownLanguageForm, change: bool
    ) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        saved = tasks.add_note(actor=request.user, **form.cleaned_data)
        obj.__dict__.update(saved.__dict__)

    def set_hidden(self, thing: SubtitleNote, *, hide: bool) -> None:
        services.hide_note(thing, hide=hide)

    def delete_model(self, request: HttpRequest, obj: SubtitleNote) -> None:
        services.delete_notes([obj.pk])


def _pages(version: SubtitleVersion | None) -> list[tuple[str, str]]:
    if version is None:
        return []
    language = version.language
    place = [language.video.video_id, language.language_code, language.pk, version.pk]
    return [("Page", reverse("subtitles-page", args=place))]


def _moment(time: int | None) -> str:
    return "–" if time is None else clock(time)
