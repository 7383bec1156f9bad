"""The record, callbacks and what they were sent in the admin. Nobody changes the record."""

import json
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from activity.models import ActivityRecord, Callback, Notification, Outbox
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
            *("team", "url", "form", "events", "headers"),
            *("auth_user", "auth_password", "is_on"),
        )
        widgets = {"auth_password": forms.PasswordInput}

    def clean_auth_password(self) -> str:
        """The page never shows it, so an empty field means as before."""
        return self.cleaned_data["auth_password"] or self.instance.auth_password

    def clean_headers(self) -> Any:
        headers = self.cleaned_data["headers"]
        texts = isinstance(headers, dict) and all(isinstance(v, str) for v in headers.values())
        if not texts:
            raise forms.ValidationError(
                "Names and values, such as {}.".format('{"X-Key": "value"}')
            )
        return headers

    def clean_events(self) -> Any:
        events = self.cleaned_data["events"]
        if not isinstance(events, list) or not all(isinstance(event, str) for event in events):
            raise forms.ValidationError('A list of names, such as ["video-added"].')
        return events


@admin.register(Callback)
class CallbackAdmin(ServiceAdmin):
    form = CallbackForm
    list_display = ("url", "team", "form", "is_on", "failures")
    list_select_related = ("team",)
    list_filter = ("is_on", "form")
    search_fields = ("url", "=team__slug", "team__name")
    search_help_text = "Url, or slug or name of the team"
    ordering = ("team__name", "pk")
    autocomplete_fields = ("team",)
    actions = ("new_secret", "send_test")
    _STATE = ("off_because", "failures", "quiet_until", "created")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("team", *self._STATE) if obj else ()

    def save_model(self, request: HttpRequest, obj: Callback, form: Any, change: bool) -> None:
        if not change:
            given = dict(form.cleaned_data)
            saved = callbacks.add_callback(
                given.pop("team"), actor=request.user, operator=True, **given
            )
            self._show_secret(request, saved)
        elif fields := changed_fields(form):
            saved = callbacks.update_callback(
                as_stored(obj), actor=request.user, operator=True, **fields
            )
        else:
            return
        obj.__dict__.update(saved.__dict__)

    def delete_model(self, request: HttpRequest, obj: Callback) -> None:
        callbacks.delete_callback(obj, actor=request.user, operator=True)

    @admin.action(description="Make a new secret, shown once", permissions=["change"])
    def new_secret(self, request: HttpRequest, queryset: QuerySet[Callback]) -> None:
        for callback in queryset:
            self._show_secret(
                request, callbacks.rotate_secret(callback, actor=request.user, operator=True)
            )

    @admin.action(description="Send a test event", permissions=["change"])
    def send_test(self, request: HttpRequest, queryset: QuerySet[Callback]) -> None:
        for callback in queryset:
            try:
                sent = callbacks.send_test(callback, actor=request.user, operator=True)
            except DomainError as error:
                messages.error(request, f"{callback}: {' '.join(sentences(error))}")
            else:
                messages.success(request, f"{callback}: notification {sent.number} is on its way.")

    @staticmethod
    def _show_secret(request: HttpRequest, callback: Callback) -> None:
        messages.success(request, f"The secret of {callback}, shown this once: {callback.secret}")


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
        for notification in queryset.select_related("team"):
            try:
                callbacks.resend(notification, actor=request.user, operator=True)
            except DomainError as error:
                messages.error(request, f"{notification}: {' '.join(sentences(error))}")


@admin.register(Outbox)
class OutboxAdmin(ReadOnlyAdmin):
    list_display = ("team", "last_number")
    list_select_related = ("team",)
    search_fields = ("=team__slug", "team__name")
    ordering = ("team__name",)
