"""Teams, projects and members in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from amara_api.admin import PlainAdmin
from teams.models import DEFAULT_PROJECT, Project, Team, TeamMember


class MemberInline(admin.TabularInline):
    model = TeamMember
    extra = 0
    autocomplete_fields = ("user",)
    # A team's whole staff belongs on the page, ten thousand contributors do not.
    verbose_name_plural = "members above contributors"

    def get_queryset(self, request: HttpRequest) -> QuerySet[TeamMember]:
        members = super().get_queryset(request).select_related("user")
        return members.filter(role__gt=TeamMember.Role.CONTRIBUTOR).order_by("-role", "pk")


@admin.register(Team)
class TeamAdmin(PlainAdmin):
    list_display = ("name", "slug", "is_visible", "video_policy", "people", "created")
    list_filter = ("is_visible", "video_policy")
    search_fields = ("name", "slug")
    ordering = ("name",)
    prepopulated_fields = {"slug": ("name",)}  # noqa: RUF012
    inlines = (MemberInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        return super().get_queryset(request).annotate(people=Count("members"))

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return {} if obj else self.prepopulated_fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # Programs know the slug; videos copy the visibility when they enter the team.
        return ("slug", "is_visible", "created") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A team with videos stays: nobody could see those of a hidden one afterwards."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or not obj.videos.exists())

    def what_goes_with(self, obj: Team) -> str:
        return "with its projects and memberships"

    @admin.display(description="members", ordering="people")
    def people(self, obj: Any) -> int:
        return int(obj.people)

    def save_model(self, request: HttpRequest, obj: Team, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            Project.objects.create(team=obj, slug=DEFAULT_PROJECT, name=DEFAULT_PROJECT)


@admin.register(Project)
class ProjectAdmin(PlainAdmin):
    list_display = ("name", "slug", "team", "created")
    list_select_related = ("team",)
    search_fields = ("name", "slug", "team__name", "=team__slug")
    ordering = ("team__name", "name")
    autocomplete_fields = ("team",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # Its videos are this team's, so it cannot go to another one.
        return ("team", "slug", "created") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Every video of a team is in one of its projects, and every team has the default one."""
        allowed = super().has_delete_permission(request, obj)
        if not allowed or obj is None:
            return allowed
        return obj.slug != DEFAULT_PROJECT and not obj.videos.exists()


@admin.register(TeamMember)
class TeamMemberAdmin(PlainAdmin):
    list_display = ("user", "team", "role", "created")
    list_select_related = ("user", "team")
    list_filter = ("role",)
    search_fields = ("user__username", "team__name", "=team__slug")
    ordering = ("-pk",)
    autocomplete_fields = ("user", "team")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("user", "team", "created") if obj else ()
