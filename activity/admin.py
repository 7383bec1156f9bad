"""The record in the admin: everybody with the permission reads it, nobody changes it."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from activity.models import ActivityRecord
from amara_api.admin import ReadOnlyAdmin, preformatted


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
        return preformatted(json.dumps(obj.data, indent=2, ensure_ascii=False))

    def get_actions(self, request: HttpRequest) -> Any:
        return {}
