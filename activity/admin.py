"""The record, callbacks and what they were sent in the admin. Nobody changes the record."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from activity.models import ActivityRecord, Callback, Notification, Outbox, Tally
from amara_api.admin import (
    ReadOnlyAdmin,
    ServiceAdmin,
    as_stored,
    changed_fields,
    preformatted,
)
from amara_api.errors import DomainError, sentences
from teams.services import callbacks


@admin.register(ActivityRecord)
class ActivityRecordAdmin(ReadOnlyAdmin):
    list_display = ("created", "type", "actor", "video", "team", "language_code")
    list_select_related = ("actor", "video", "team")
    list_filter = ("type",)
    search_fields = ("=actor__username", "=video__video_id", "video__title", "=team__slug")
    search_help_text = "Actor's user name, video id or title, team slug"
    ordering = ("-id",)
    fields = ("created", "type", "actor", "video", "team", "language_code", "details")

    @admin.display(description="details")
    def details(self, obj: ActivityRecord) -> SafeString:
        return _printed(obj.data)

    def get_actions(self, request: HttpRequest) -> Any:
        return {}


def _printed(data: Any) -> SafeString:
    return preformatted(json.dumps(data, indent=2, ensure_ascii=False))


class CallbackForm(forms.ModelForm):
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

    def clean_headers(self) -> Any:
        headers = self.cleaned_data["headers"]
        if headers is None:
            return {}
        if not isinstance(headers, dict) or not _are_texts(headers.values()):
            raise forms.ValidationError('Names and values, such as {"X-Key": "value"}.')
        return headers

    def clean_events(self) -> Any:
        events = self.cleaned_data["events"]
        if events is None:
            return []
        if not isinstance(events, list) or not _are_texts(events):
            raise forms.ValidationError('A list of names, such as ["video-added"].')
        return events


def _are_texts(values: Iterable[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


@admin.register(Callback)
class CallbackAdmin(ServiceAdmin):
    form = CallbackForm
    list_display = ("url", "team", "encoding", "is_on", "failures")
    list_select_related = ("team",)
    list_filter = ("is_on", "encoding")
    search_fields = ("url", "=team__slug", "team__name")
    search_help_text = "Url, or slug or name of the team"
    ordering = ("team__name", "pk")
    autocomplete_fields = ("team",)
    actions = ("new_secret", "send_test")
    _STATE = ("off_because", "failures", "quiet_until", "created")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("team", *self._STATE) if obj else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Whoever may only look would be shown the password in clear."""
        shown = super().get_fields(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return shown
        return [name for name in shown if name != "auth_password"]

    def save_model(self, request: HttpRequest, obj: Callback, form: Any, change: bool) -> None:
        if not change:
            given = dict(form.cleaned_data)
            saved = callbacks.add_callback(
                given.pop("team"), actor=request.user, operator=True, **given
            )
            messages.success(request, _secret_of(saved))
        else:
            saved = as_stored(obj)
            # The form takes a password that was left as it is for a new one.
            fields = {k: v for k, v in changed_fields(form).items() if v != getattr(saved, k)}
            if fields:
                saved = callbacks.update_callback(
                    saved, actor=request.user, operator=True, **fields
                )
        obj.__dict__.update(saved.__dict__)

    def delete_model(self, request: HttpRequest, obj: Callback) -> None:
        callbacks.delete_callback(obj, actor=request.user, operator=True)

    @admin.action(description="Make a new secret, shown once", permissions=["change"])
    def new_secret(self, request: HttpRequest, queryset: QuerySet[Callback]) -> None:
        def rotate(callback: Callback) -> str:
            return _secret_of(callbacks.rotate_secret(callback, actor=request.user, operator=True))

        _do_to_each(request, queryset, rotate)

    @admin.action(description="Send a test event", permissions=["change"])
    def send_test(self, request: HttpRequest, queryset: QuerySet[Callback]) -> None:
        def send(callback: Callback) -> str:
            sent = callbacks.send_test(callback, actor=request.user, operator=True)
            return f"{callback}: notification {sent.number} is on its way."

        _do_to_each(request, queryset, send)


def _secret_of(callback: Callback) -> str:
    return f"The secret of {callback}, shown this once: {callback.secret}"


def _do_to_each(request: HttpRequest, chosen: Iterable[Any], do: Callable[[Any], str]) -> None:
    """Say what came of it, or why it was refused."""
    for each in chosen:
        try:
            messages.success(request, do(each))
        except DomainError as error:
            messages.error(request, f"{each}: {' '.join(sentences(error))}")


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ("created", "team", "number", "event", "url", "response_status", "due")
    list_select_related = ("team",)
    list_filter = ("event",)
    search_fields = ("=team__slug", "=number")
    search_help_text = "Slug of the team, or number"
    ordering = ("-id",)
    fields = (
        *("created", "team", "number", "event", "url", "details"),
        *("attempts", "due", "delivered", "response_status", "error_message"),
    )
    actions = ("send_again",)

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

        _do_to_each(request, queryset.select_related("team"), send)


@admin.register(Outbox)
class OutboxAdmin(ReadOnlyAdmin):
    list_display = ("team", "last_number")
    list_select_related = ("team",)
    search_fields = ("=team__slug", "team__name")
    ordering = ("team__name",)


@admin.register(Tally)
class TallyAdmin(ReadOnlyAdmin):
    list_display = ("made", "question", "count", "upto")
    search_fields = ("=question",)
    ordering = ("-made",)
