"""The record, callbacks and what they were sent in the admin. Nobody changes the record."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IS_POPUP_VAR
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString

from activity.models import ActivityRecord, Callback, Notification, Outbox, Tally
from activity.types import LEGACY_NUMBERS
from amara_api.admin import (
    InternalAdmin,
    ListOfWords,
    Pairs,
    ReadOnlyAdmin,
    Recorded,
    ServiceAdmin,
    as_stored,
    changed_fields,
    preformatted,
)
from amara_api.kernel.names import kept_name
from amara_api.kernel.redaction import plain
from amara_api.kernel.shapes import Data
from teams.services import callbacks


@admin.register(ActivityRecord)
class ActivityRecordAdmin(ReadOnlyAdmin):
    list_display = ("created", "type", "who", "video", "team", "language_code")
    list_select_related = ("actor", "video", "team")
    list_filter = ("type",)
    search_fields = (
        "=actor__username",
        "=actor_name",
        "=video__video_id",
        "video__title",
        "=team__slug",
    )
    search_help_text = "Actor's user name, video id or title, team slug"
    ordering = ("-id",)
    fields = ("created", "type", "who", "video", "team", "language_code", "details")

    def places(self, obj: ActivityRecord) -> list[tuple[str, str]]:
        if obj.type not in LEGACY_NUMBERS:
            return []
        return [("API", reverse("api:legacy-activity-item", args=[obj.pk]))]

    @admin.display(description="actor", ordering="actor__username")
    def who(self, obj: ActivityRecord) -> str:
        """People who are gone by the name that they had."""
        if obj.actor is not None:
            return obj.actor.username
        return kept_name(obj.actor_name) if obj.actor_name else "the server"

    @admin.display(description="details")
    def details(self, obj: ActivityRecord) -> SafeString:
        return _printed(obj.data)

    def get_actions(self, request: HttpRequest) -> dict[str, object]:
        return {}


def _printed(data: Data) -> SafeString:
    return preformatted(json.dumps(data, indent=2, ensure_ascii=False))


class _ToOthers(Recorded):
    """What is posted to addresses that may be a secret by themselves."""

    bare_urls = True


class CallbackForm(forms.ModelForm):
    events = ListOfWords(
        required=False, help_text="Names, a line each, such as video-added. None means all."
    )
    headers = Pairs(required=False, help_text="Sent with every event: Name: value, a line each.")

    class Meta:
        model = Callback
        fields = (
            *("team", "url", "encoding", "events", "headers"),
            *("auth_user", "auth_password", "is_on"),
        )
        widgets = {"auth_password": forms.PasswordInput}

    def clean_auth_password(self) -> str:
        """The page never shows it, so an empty field means as before; it goes with its user."""
        kept = self.instance.auth_password if self.cleaned_data.get("auth_user") else ""
        return self.cleaned_data["auth_password"] or kept

    def clean_headers(self) -> dict[str, str]:
        headers = self.cleaned_data["headers"]
        if headers is None:
            return {}
        if not isinstance(headers, dict) or not _are_texts(headers.values()):
            raise forms.ValidationError('Names and values, such as {"X-Key": "value"}.')
        return headers

    def clean_events(self) -> list[str]:
        events = self.cleaned_data["events"]
        if events is None:
            return []
        if not isinstance(events, list) or not _are_texts(events):
            raise forms.ValidationError('A list of names, such as ["video-added"].')
        return events


def _are_texts(values: Iterable[object]) -> bool:
    return all(isinstance(value, str) for value in values)


@admin.register(Callback)
class CallbackAdmin(_ToOthers, ServiceAdmin):
    form = CallbackForm
    list_display = ("__str__", "team", "encoding", "is_on", "failures", "state")
    list_select_related = ("team",)
    list_filter = ("is_on", "encoding")
    search_fields = ("url", "=team__slug", "team__name")
    search_help_text = "Url, or slug or name of the team"
    ordering = ("team__name", "pk")
    autocomplete_fields = ("team",)
    actions = ("new_secret", "send_test")
    _STATE = ("off_because", "failures", "quiet_until", "created")

    def places(self, obj: Callback) -> list[tuple[str, str]]:
        return [("API", reverse("api:team-callback", args=[obj.team.slug, obj.pk]))]

    @admin.display(description="what is wrong")
    def state(self, obj: Callback) -> str:
        if not obj.is_on:
            return obj.off_because or "switched off"
        if obj.quiet_until is not None and obj.failures:
            return f"not reached {obj.failures} times, asked again at {obj.quiet_until:%H:%M} UTC"
        return ""

    def get_readonly_fields(
        self, request: HttpRequest, obj: Callback | None = None
    ) -> tuple[str, ...]:
        return ("team", *self._STATE) if obj else ()

    def get_fields(self, request: HttpRequest, obj: Callback | None = None) -> Sequence[str]:
        """Whoever may only look would be shown the password in clear."""
        shown = super().get_fields(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return shown
        return [name for name in shown if name != "auth_password"]

    def save_model(
        self, request: HttpRequest, obj: Callback, form: CallbackForm, change: bool
    ) -> None:
        if not change:
            given = dict(form.cleaned_data)
            saved = callbacks.add_callback(
                given.pop("team"), actor=request.user, operator=True, **given
            )
            request.made = saved
        else:
            saved = as_stored(obj)
            # The form takes a password that was left as it is for a new one.
            fields = {k: v for k, v in changed_fields(form).items() if v != getattr(saved, k)}
            if "url" in fields:
                # The page shows the headers and the user, so these are given again with the url.
                again = ["headers", "auth_user"]
                # And the password if it was typed.
                again += ["auth_password"] if form.data.get("auth_password") else []
                fields |= {name: form.cleaned_data[name] for name in again}
            if fields:
                saved = callbacks.update_callback(
                    saved, actor=request.user, operator=True, **fields
                )
        obj.__dict__.update(saved.__dict__)

    def delete_model(self, request: HttpRequest, obj: Callback) -> None:
        callbacks.delete_callback(obj, actor=request.user, operator=True)

    def response_add(
        self, request: HttpRequest, obj: Callback, post_url_continue: str | None = None
    ) -> HttpResponse:
        if IS_POPUP_VAR in request.POST:
            return super().response_add(request, obj, post_url_continue)
        return self._secrets_page(request, [request.made])

    @admin.action(description="Make a new secret, shown once", permissions=["change"])
    def new_secret(self, request: HttpRequest, queryset: QuerySet[Callback]) -> HttpResponse:
        made = []
        for callback in queryset:
            with self.recorded(request, callback, "Made a new secret."):
                made.append(callbacks.rotate_secret(callback, actor=request.user, operator=True))
        return self._secrets_page(request, made)

    def _secrets_page(self, request: HttpRequest, made: list[Callback]) -> HttpResponse:
        return self.shown_once(
            request,
            "admin/activity/callback/secrets.html",
            title="Secrets of callbacks",
            callbacks=made,
        )

    @admin.action(description="Send a test event", permissions=["change"])
    def send_test(self, request: HttpRequest, queryset: QuerySet[Callback]) -> None:
        def send(callback: Callback) -> str:
            sent = callbacks.send_test(callback, actor=request.user, operator=True)
            return f"{callback}: notification {sent.number} is on its way."

        self.do_to_each(request, queryset, "Sent a test event.", send)


class Sent(admin.SimpleListFilter):
    """How sending went, so far."""

    title = "state"
    parameter_name = "state"
    _MEANS: ClassVar = {
        "waiting": ("Waits", Q(due__isnull=False)),
        "failing": ("Waits, and has failed", Q(due__isnull=False, attempts__gt=0)),
        "given-up": ("Given up", Q(due=None, delivered=None)),
        "arrived": ("Arrived", Q(due=None, delivered__isnull=False)),
    }

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Notification]
    ) -> list[tuple[str, str]]:
        return [(name, words) for name, (words, _) in self._MEANS.items()]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Notification]
    ) -> QuerySet[Notification]:
        chosen = self._MEANS.get(self.value() or "")
        return queryset.filter(chosen[1]) if chosen else queryset


@admin.register(Notification)
class NotificationAdmin(_ToOthers, ReadOnlyAdmin):
    list_display = ("number", "team", "event", "receiver", "state", "what_failed", "created")
    list_select_related = ("team",)
    list_filter = (Sent, "event")
    search_fields = ("=team__slug", "=number")
    search_help_text = "Slug of the team, or number"
    ordering = ("-id",)
    fields = (
        *("created", "team", "number", "event", "url", "details"),
        *("state", "what_failed", "attempts", "due", "delivered"),
        *("response_status", "error_message"),
    )
    actions = ("send_again",)

    def places(self, obj: Notification) -> list[tuple[str, str]]:
        return [("API", reverse("api:team-notification", args=[obj.team.slug, obj.number]))]

    @admin.display(description="to")
    def receiver(self, obj: Notification) -> str:
        return plain(obj.url, bare=True)

    @admin.display(description="state", ordering="due")
    def state(self, obj: Notification) -> str:
        if obj.delivered is not None and obj.due is None:
            return "arrived"
        if obj.due is None:
            return f"given up after {obj.attempts}"
        return f"waits until {obj.due:%Y-%m-%d %H:%M}" if obj.attempts else "waits"

    @admin.display(description="what failed")
    def what_failed(self, obj: Notification) -> str:
        return obj.failure or obj.error_message

    @admin.display(description="data")
    def details(self, obj: Notification) -> SafeString:
        return _printed(obj.data)

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("activity.change_callback")

    @admin.action(description="Send once more", permissions=["resend"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Notification]) -> None:
        def send(notification: Notification) -> str:
            callbacks.resend(notification, actor=request.user, operator=True)
            return f"{notification} is on its way."

        self.do_to_each(request, queryset.select_related("team"), "Sent once more.", send)


@admin.register(Outbox)
class OutboxAdmin(InternalAdmin):
    list_display = ("team", "last_number")
    list_select_related = ("team",)
    search_fields = ("=team__slug", "team__name")
    ordering = ("team__name",)


@admin.register(Tally)
class TallyAdmin(InternalAdmin):
    list_display = ("made", "question", "count", "upto")
    search_fields = ("=question",)
    ordering = ("-made",)
