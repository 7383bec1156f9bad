"""Videos, their urls and followers in the admin, and languages. Changes go through services."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from amara_api.admin import InternalAdmin, PlainAdmin, ServiceAdmin, as_stored, changed_fields
from amara_api.admin_rows import RowForm, ServiceInline
from amara_api.kernel import languages
from amara_api.kernel.administration import State
from amara_api.kernel.administration import state_of as state_of_row
from amara_api.kernel.errors import DomainError, sentences
from amara_api.kernel.shapes import Data
from teams.services import languages as team_languages
from teams.services import merging
from teams.services import videos as team_videos
from videos import services
from videos.models import Language, Video, VideoCount, VideoFollower, VideoUrl

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.contrib.admin.options import InlineModelAdmin

_TWO = 2
_METADATA = {"speaker_name": "speaker-name", "location": "location"}


class VideoForm(forms.ModelForm):
    speaker_name = forms.CharField(max_length=255, required=False)
    location = forms.CharField(max_length=255, required=False)

    class Meta:
        model = Video
        fields = (
            "title",
            "description",
            "duration",
            "thumbnail",
            "primary_audio_language_code",
            "team",
            "project",
        )

    def __init__(self, *args: Data, **kwargs: Data) -> None:
        super().__init__(*args, **kwargs)
        for field, key in _METADATA.items():
            self.fields[field].initial = (self.instance.metadata or {}).get(key, "")

    def clean_primary_audio_language_code(self) -> str:
        typed = self.cleaned_data["primary_audio_language_code"]
        code = languages.normalise(typed) if typed else ""
        if code is None:
            raise ValidationError(languages.unknown(typed, "No such language code"))
        return code

    def clean(self) -> dict[str, Data]:
        given = super().clean() or self.cleaned_data
        team, project = given.get("team"), given.get("project")
        if project is not None and project.team != team:
            self.add_error("project", "This project belongs to another team.")
        elif team is not None and project is None and "project" in self.fields:
            # Every video of a team is in one of its projects.
            given["project"] = team.projects.filter(slug="_root").first()
        return given

    def metadata(self) -> dict[str, str]:
        """What the form changes of it, for a service that merges."""
        return {
            key: self.cleaned_data[field]
            for field, key in _METADATA.items()
            if field in self.changed_data
        }

    def validate_constraints(self) -> None:
        """Left to the services, which know what is equal to what."""


class VideoAddForm(VideoForm):
    video_url = forms.CharField(
        label="Url",
        max_length=2048,
        help_text="Of the video's page at a provider, or of the file itself.",
        widget=forms.TextInput(attrs={"size": 80}),
    )


class UrlForm(RowForm):
    """A url never changes; another one is added and the old one deleted."""

    kept = ("url",)

    class Meta:
        model = VideoUrl
        fields = ("url", "primary", "original")

    def __init__(self, *args: Data, **kwargs: Data) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and self.instance.primary:
            # Another one becomes primary; none stops being it.
            self.fields["primary"].disabled = True
            self.fields["primary"].show_hidden_initial = False


class UrlInline(ServiceInline):
    model = VideoUrl
    form = UrlForm
    fields = ("url", "primary", "original", "type", "videoid", "added_by", "created")
    readonly_fields = ("type", "videoid", "added_by", "created")
    verbose_name = "url"
    formfield_overrides: ClassVar = {
        models.CharField: {"widget": forms.TextInput(attrs={"size": 60})}
    }

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[VideoUrl]:
        found = super().get_queryset(request).select_related("added_by")
        return found.order_by("-primary", "pk")

    def called(self, row: VideoUrl) -> str:
        return row.url

    def add_row(self, request: HttpRequest, owner: Video, row: VideoUrl) -> VideoUrl:
        return services.add_url(
            owner, actor=request.user, url=row.url, primary=row.primary, original=row.original
        )

    def change_row(self, request: HttpRequest, row: VideoUrl, fields: dict[str, Data]) -> None:
        services.update_url(
            row,
            actor=request.user,
            primary=fields.get("primary", False),
            original=fields.get("original"),
        )

    def remove_row(self, request: HttpRequest, row: VideoUrl) -> None:
        services.delete_url(row, actor=request.user)


@admin.register(Video)
class VideoAdmin(ServiceAdmin):
    list_display = ("__str__", "video_id", "team", "user", "is_public", "created")
    list_select_related = ("team", "user")
    list_filter = ("is_public",)
    search_fields = ("title", "=video_id", "=partner_video_id", "urls__url", "=user__username")
    search_help_text = "Title, id, partner's id, url, or the user name of who added it"
    ordering = ("-created", "-pk")
    autocomplete_fields = ("team", "project")
    typed_by = ("video_id",)
    typed_words = "Id of the video, or number"
    inlines = (UrlInline,)
    actions = ("merge",)
    form = VideoForm
    fieldsets = (
        (None, {"fields": ("title", "description", "duration", "primary_audio_language_code")}),
        ("Shown with it", {"fields": ("thumbnail", "speaker_name", "location")}),
        ("Where it belongs", {"fields": ("team", "project", "is_public")}),
        ("Partner", {"fields": ("partner", "partner_video_id")}),
        ("Record", {"fields": ("video_id", "pages", "user", "created")}),
    )
    add_fieldsets = (
        (None, {"fields": ("video_url",)}),
        *fieldsets[:2],
        ("Where it belongs", {"fields": ("team", "project")}),
    )
    kept = (
        "is_public",
        "partner",
        "partner_video_id",
        "video_id",
        "pages",
        "user",
        "created",
    )

    def places(self, obj: Data) -> list[tuple[str, str]]:
        return [
            ("Page", reverse("video-page", args=[obj.video_id])),
            ("API", reverse("api:video", args=[obj.video_id])),
        ]

    def get_fieldsets(
        self, request: HttpRequest, obj: Video | None = None
    ) -> Sequence[tuple[str | None, Mapping[str, Sequence[str]]]]:
        return self.fieldsets if obj else self.add_fieldsets

    def get_readonly_fields(
        self, request: HttpRequest, obj: Video | None = None
    ) -> tuple[str, ...]:
        # A known duration stays, here as in the API.
        known = ("duration",) if obj and obj.duration else ()
        return (*self.kept, *known) if obj else ()

    def get_inlines(
        self, request: HttpRequest, obj: Video | None
    ) -> Sequence[type[InlineModelAdmin]]:
        return self.inlines if obj else ()

    def get_form(
        self,
        request: HttpRequest,
        obj: Video | None = None,
        change: bool = False,
        **kwargs: Data,
    ) -> type[VideoForm]:
        if not change:
            kwargs["form"] = VideoAddForm
        return super().get_form(request, obj, change=change, **kwargs)

    def what_goes_with(self, obj: Video) -> str:
        return f"({obj.video_id}) with its urls, subtitles in every language, and notes"

    # --- two that are one ------------------------------------------------------------------------

    def state_of(self, obj: Data) -> State:
        if not obj.pk:
            return {}
        codes = obj.subtitle_languages.order_by("language_code")
        return {
            **super().state_of(obj),
            "languages": list(codes.values_list("language_code", flat=True)),
            # A form that changes rows of them says which instead.
            str(VideoUrl._meta.verbose_name_plural): [
                state_of_row(row) for row in obj.urls.order_by("pk")
            ],
        }

    @admin.action(description="Merge two: all of one comes to the other", permissions=["merge"])
    def merge(self, request: HttpRequest, queryset: models.QuerySet[Video]) -> HttpResponse | None:
        chosen = list(queryset.select_related("team", "partner").order_by("pk")[:3])
        if len(chosen) != _TWO:
            messages.error(request, "Choose exactly two videos.")
            return None
        pairs = [(chosen[0], chosen[1]), (chosen[1], chosen[0])]
        plans = [(stays, goes, merging.plan(stays, goes)) for stays, goes in pairs]
        wrong = ""
        if "post" in request.POST:
            kept = request.POST.get("stays", "")
            pair = next((each for each in pairs if str(each[0].pk) == kept), None)
            if pair is not None:
                self._merge(request, *pair)
                return None
            wrong = "Choose the video that stays."
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "title": "Merge these videos?",
            "opts": self.opts,
            "media": self.media,
            "action": request.POST["action"],
            "plans": plans,
            "can": any(not plan.refused for _, _, plan in plans),
            "wrong": wrong,
        }
        return TemplateResponse(request, "admin/merge.html", context)

    def has_merge_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request) and self.has_delete_permission(request)

    def _merge(self, request: HttpRequest, stays: Video, goes: Video) -> None:
        """All or nothing, as the page has told it; on record at both."""
        agreed = request.POST.getlist(f"told_{stays.pk}")
        said = f"Merged {goes.video_id} into it."
        try:
            with transaction.atomic():
                before = self._with_inlines(request, stays)
                self.log_deletions(request, [goes])
                merging.merge(stays, goes, actor=request.user, agreed=agreed)
                request.before = before
                self.log_change(request, stays, said)
        except DomainError as error:
            messages.error(request, " ".join(sentences(error)))
        else:
            messages.success(request, f"{goes} is merged into {stays} ({stays.video_id}).")

    @admin.display(description="Pages")
    def pages(self, obj: Video) -> SafeString:
        page = reverse("video-page", args=[obj.video_id])
        resource = reverse("api:video", args=[obj.video_id])
        return format_html('<a href="{}">page</a> · <a href="{}">API</a>', page, resource)

    # --- writes ----------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Video, form: VideoForm, change: bool) -> None:
        fields = {k: v for k, v in changed_fields(form).items() if k not in _METADATA}
        if not change:
            given = form.cleaned_data
            fields |= {"team": given.get("team"), "project": given.get("project")}
            saved = team_videos.add_video(
                actor=request.user, operator=True, metadata=form.metadata(), **fields
            )
        else:
            if {"team", "project"} & set(fields):
                given = form.cleaned_data
                fields |= {"team": given["team"], "project": given["project"]}
            metadata = form.metadata()
            if not fields and not metadata:
                return
            saved = team_videos.update_video(
                as_stored(obj), actor=request.user, operator=True, metadata=metadata, **fields
            )
        obj.__dict__.update(saved.__dict__)

    def delete_model(self, request: HttpRequest, obj: Video) -> None:
        team_videos.delete_video(obj, actor=request.user)


@admin.register(VideoFollower)
class VideoFollowerAdmin(PlainAdmin):
    list_display = ("user", "video")
    list_select_related = ("user", "video")
    search_fields = ("=user__username", "=video__video_id", "video__title")
    search_help_text = "User name, video id or title"
    autocomplete_fields = ("user", "video")
    ordering = ("-pk",)

    def places(self, obj: VideoFollower) -> list[tuple[str, str]]:
        return [
            ("Page", reverse("video-page", args=[obj.video.video_id])),
            ("API", reverse("api:video", args=[obj.video.video_id])),
        ]


@admin.register(Language)
class LanguageAdmin(ServiceAdmin):
    """Languages that the server does not know by itself, and other names for those it does."""

    list_display = ("code", "name", "listed", "direction")
    list_filter = ("listed",)
    search_fields = ("=code", "name")
    search_help_text = "Code or name"
    ordering = ("code",)
    fields = ("code", "name", "listed", "direction")

    def places(self, obj: Data) -> list[tuple[str, str]]:
        return [
            ("API", reverse("api:languages")),
        ]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Language | None = None
    ) -> tuple[str, ...]:
        return ("code",) if obj else ()

    def save_model(
        self, request: HttpRequest, obj: Language, form: forms.ModelForm, change: bool
    ) -> None:
        if not change:
            saved = services.add_language(actor=request.user, **form.cleaned_data)
        elif fields := changed_fields(form):
            saved = services.update_language(as_stored(obj), actor=request.user, **fields)
        else:
            return
        obj.__dict__.update(saved.__dict__)

    def delete_model(self, request: HttpRequest, obj: Language) -> None:
        team_languages.delete_language(obj, actor=request.user)


@admin.register(VideoCount)
class VideoCountAdmin(InternalAdmin):
    list_display = ("scope", "kind", "n", "created", "title")
    list_filter = ("kind",)
    search_fields = ("scope",)
    search_help_text = "The name of a list, as in: team 12 fr"
    ordering = ("-id",)
