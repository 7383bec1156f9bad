"""Teams and their people in the admin. Changes go through `teams.services`, as an operator's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from amara_api.admin import (
    PlainAdmin,
    ReadOnlyAdmin,
    ReadOnlyInline,
    ServiceAdmin,
    as_stored,
    changed_fields,
)
from amara_api.admin_choices import ManyChosenOrTyped, explain
from amara_api.admin_rows import RowForm, ServiceInline
from amara_api.kernel import languages
from amara_api.kernel.administration import State
from amara_api.kernel.errors import DomainError, InvalidInput, sentences
from amara_api.kernel.shapes import Data
from subtitles.report import SOFT_LIMITS
from teams.models import (
    DEFAULT_PROJECT,
    Application,
    Evaluation,
    Invitation,
    Project,
    SubtitleRequest,
    Task,
    Team,
    TeamLanguage,
    TeamMember,
)
from teams.policies.requests import present_seat
from teams.services import applications, members, projects, requests, tasks, teams
from teams.services.languages import languages_of, set_languages
from users.models import User

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.contrib.admin.options import InlineModelAdmin

_LANGUAGES = {
    "preferred_languages": TeamLanguage.Kind.PREFERRED,
    "blacklisted_languages": TeamLanguage.Kind.BLACKLISTED,
}


# --- teams ---------------------------------------------------------------------------------------


class TeamForm(forms.ModelForm):
    preferred_languages = forms.CharField(
        required=False, help_text="Codes, separated by spaces or commas."
    )
    blacklisted_languages = forms.CharField(
        required=False, help_text="Codes of those in which nothing is done for the team."
    )

    def __init__(self, *args: Data, **kwargs: Data) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for field, kind in _LANGUAGES.items():
                self.initial[field] = " ".join(languages_of(self.instance, kind))

    def _codes(self, field: str) -> str:
        typed = re.split(r"[\s,]+", self.cleaned_data[field].strip())
        codes = {code: languages.normalise(code) for code in typed if code}
        unknown = sorted(code for code, known in codes.items() if known is None)
        if unknown:
            raise ValidationError([languages.unknown(code, "No such language") for code in unknown])
        return " ".join(sorted({known for known in codes.values() if known}))

    def clean_preferred_languages(self) -> str:
        return self._codes("preferred_languages")

    def clean_blacklisted_languages(self) -> str:
        return self._codes("blacklisted_languages")

    def clean(self) -> dict[str, Data]:
        given = super().clean() or self.cleaned_data
        preferred, blacklisted = (set(given.get(field, "").split()) for field in _LANGUAGES)
        if both := sorted(preferred & blacklisted):
            self.add_error("blacklisted_languages", f"Preferred as well: {', '.join(both)}")
        return given


# What belongs to a team, by its list in the admin.
_LISTS = {
    "teams_teammember": "members",
    "teams_project": "projects",
    "videos_video": "videos",
    "teams_task": "tasks",
    "teams_subtitlerequest": "requests",
    "activity_callback": "callbacks",
    "activity_notification": "notifications",
    "activity_activityrecord": "record",
}


class MemberForm(RowForm):
    kept = ("user",)


class MemberInline(ServiceInline):
    """Those who may do most come first."""

    model = TeamMember
    form = MemberForm
    fields = ("user", "role", "created")
    readonly_fields = ("created",)
    autocomplete_fields = ("user",)
    verbose_name = "member"
    verbose_name_plural = "members"

    def get_queryset(self, request: HttpRequest) -> QuerySet[TeamMember]:
        return super().get_queryset(request).select_related("user", "team").order_by("-role", "pk")

    def called(self, row: TeamMember) -> str:
        return row.user.username

    def takes_away(self, row: TeamMember) -> bool:
        had = TeamMember.objects.filter(pk=row.pk).values_list("role", flat=True).first()
        return had is not None and row.role < had

    def add_row(self, request: HttpRequest, owner: Team, row: TeamMember) -> TeamMember:
        return members.add_member(
            owner, actor=request.user, user=row.user, role=row.role, operator=True
        )

    def change_row(self, request: HttpRequest, row: TeamMember, fields: dict[str, Data]) -> None:
        members.change_role(row, actor=request.user, role=fields["role"], operator=True)

    def remove_row(self, request: HttpRequest, row: TeamMember) -> None:
        members.remove_member(row, actor=request.user, operator=True)


class ProjectForm(RowForm):
    kept = ("slug",)


class ProjectInline(ServiceInline):
    """What happens to its videos when a project goes is said on its own page, before it does."""

    model = Project
    form = ProjectForm
    most = 20  # a row has many fields, and Django takes a thousand in all
    fields = (
        *("name", "slug", "description"),
        *("workflow_enabled", "review_allowed", "approve_allowed"),
        *("autocreate_subtitle", "autocreate_translate"),
    )
    can_delete = False
    formfield_overrides: ClassVar = {
        models.TextField: {"widget": forms.Textarea(attrs={"rows": 2, "cols": 20})},
        models.CharField: {"widget": forms.TextInput(attrs={"size": 14})},
        models.SlugField: {"widget": forms.TextInput(attrs={"size": 10})},
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        return super().get_queryset(request).select_related("team").order_by("name", "pk")

    def called(self, row: Project) -> str:
        return row.name

    def add_row(self, request: HttpRequest, owner: Team, row: Project) -> Project:
        given = {name: getattr(row, name) for name in self.fields}
        return projects.add_project(owner, actor=request.user, operator=True, **given)

    def change_row(self, request: HttpRequest, row: Project, fields: dict[str, Data]) -> None:
        projects.update_project(row, actor=request.user, operator=True, **fields)


@admin.register(Team)
class TeamAdmin(ServiceAdmin):
    list_display = ("name", "slug", "type", "team_visibility", "membership_policy", "people")
    list_filter = ("type", "team_visibility", "membership_policy")
    search_fields = ("name", "slug")
    ordering = ("name",)
    prepopulated_fields = {"slug": ("name",)}  # noqa: RUF012
    autocomplete_fields = ("partner",)
    inlines = (MemberInline, ProjectInline)
    typed_by = ("slug",)
    typed_words = "Slug or number"
    form = TeamForm
    fieldsets = (
        (None, {"fields": ("name", "slug", "type", "description")}),
        ("Who sees it", {"fields": ("team_visibility", "video_visibility")}),
        (
            "Who may",
            {
                "fields": (
                    "membership_policy",
                    "video_policy",
                    "refuse_public_urls",
                    "subtitle_policy",
                    "translate_policy",
                    "task_assign_policy",
                )
            },
        ),
        (
            "Tasks",
            {
                "fields": (
                    "workflow_enabled",
                    "review_allowed",
                    "approve_allowed",
                    "autocreate_subtitle",
                    "autocreate_translate",
                    "max_tasks_per_member",
                    "task_expiration",
                )
            },
        ),
        ("Languages", {"fields": tuple(_LANGUAGES)}),
        ("Soft limits of languages that have none of their own", {"fields": SOFT_LIMITS}),
        ("Partner", {"fields": ("partner",)}),
    )
    record_fieldset = ("Record", {"fields": ("created", "everybody")})

    def places(self, obj: Data) -> list[tuple[str, str]]:
        return [
            ("Page", reverse("team-page", args=[obj.slug])),
            ("API", reverse("api:team", args=[obj.slug])),
        ]

    def state_of(self, obj: Team) -> State:
        lists = {field: sorted(languages_of(obj, kind)) for field, kind in _LANGUAGES.items()}
        return {**super().state_of(obj), **lists}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        # A subquery is asked for the rows of a page, a join would be counted through for all.
        own = TeamMember.objects.filter(team=OuterRef("pk")).order_by().values("team")
        count = Subquery(
            own.annotate(n=Count("pk")).values("n"), output_field=models.IntegerField()
        )
        return super().get_queryset(request).annotate(people=count)

    def get_fieldsets(
        self, request: HttpRequest, obj: Team | None = None
    ) -> Sequence[tuple[str | None, Mapping[str, Sequence[str]]]]:
        return (*self.fieldsets, self.record_fieldset) if obj else self.fieldsets

    def get_inlines(
        self, request: HttpRequest, obj: Team | None
    ) -> Sequence[type[InlineModelAdmin]]:
        return self.inlines if obj else ()

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Team | None = None
    ) -> Mapping[str, Sequence[str]]:
        return {} if obj else self.prepopulated_fields

    def get_readonly_fields(self, request: HttpRequest, obj: Team | None = None) -> tuple[str, ...]:
        # Programs know the slug.
        return ("slug", "created", "everybody") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Team | None = None) -> bool:
        """A team with videos stays: nobody could see those of a hidden one afterwards."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or not obj.videos.exists())

    def what_goes_with(self, obj: Team) -> str:
        return "with its projects and memberships"

    def delete_model(self, request: HttpRequest, obj: Team) -> None:
        teams.delete_team(obj, actor=request.user, operator=True)

    @admin.display(description="members")
    def people(self, obj: Team) -> int:
        return int(obj.people or 0)

    @admin.display(description="All of it")
    def everybody(self, obj: Team) -> SafeString:
        """Its lists in the admin, its page, and what the API says of it."""
        lists = format_html_join(
            " · ",
            '<a href="{}?team={}">{}</a>',
            (
                (reverse(f"admin:{name}_changelist"), obj.pk, words)
                for name, words in _LISTS.items()
            ),
        )
        page = reverse("team-page", args=[obj.slug])
        return format_html(
            '{} · <a href="{}">page</a> · <a href="{}">API</a>',
            lists,
            page,
            reverse("api:team", args=[obj.slug]),
        )

    def save_model(self, request: HttpRequest, obj: Team, form: TeamForm, change: bool) -> None:
        actor = request.user
        changed = changed_fields(form)
        codes = {field: changed.pop(field).split() for field in _LANGUAGES if field in changed}
        if not change:
            given = {k: v for k, v in form.cleaned_data.items() if k not in _LANGUAGES}
            if given["partner"] is None:
                del given["partner"]
            saved = teams.create_team(actor=actor, **given)
        elif changed:
            saved = teams.update_team(obj, actor=actor, operator=True, **changed)
        else:
            saved = obj
        for field, wanted in codes.items():
            set_languages(saved, actor=actor, kind=_LANGUAGES[field], codes=wanted, operator=True)
        obj.__dict__.update(saved.__dict__)


@admin.register(Project)
class ProjectAdmin(ServiceAdmin):
    list_display = ("name", "slug", "team", "created")
    list_select_related = ("team",)
    search_fields = ("name", "slug", "team__name", "=team__slug")
    ordering = ("team__name", "name")
    autocomplete_fields = ("team",)
    typed_by = ("team__slug", "slug")
    typed_words = "Slugs of team and project, as in films/shorts, or number"

    def get_readonly_fields(
        self, request: HttpRequest, obj: Project | None = None
    ) -> tuple[str, ...]:
        # Its videos are this team's, so it cannot go to another one.
        return ("team", "slug", "created", "modified") if obj else ()

    def places(self, obj: Project) -> list[tuple[str, str]]:
        """The default one is nothing of its own to anybody else."""
        if obj.slug == DEFAULT_PROJECT:
            return [("Page", reverse("team-projects-page", args=[obj.team.slug]))]
        place = [obj.team.slug, obj.slug]
        return [
            ("Page", reverse("team-project-page", args=place)),
            ("API", reverse("api:team-project", args=place)),
        ]

    def has_delete_permission(self, request: HttpRequest, obj: Project | None = None) -> bool:
        """Every team has the default one."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or obj.slug != DEFAULT_PROJECT)

    def what_goes_with(self, obj: Project) -> str:
        return "— its videos stay, but leave the team: everybody sees them, drafts included"

    def save_model(
        self, request: HttpRequest, obj: Project, form: forms.ModelForm, change: bool
    ) -> None:
        if not change:
            given = dict(form.cleaned_data)
            saved = projects.add_project(
                given.pop("team"), actor=request.user, operator=True, **given
            )
        elif fields := changed_fields(form):
            saved = projects.update_project(obj, actor=request.user, operator=True, **fields)
        else:
            return
        obj.__dict__.update(saved.__dict__)

    def delete_model(self, request: HttpRequest, obj: Project) -> None:
        projects.delete_project(obj, actor=request.user, operator=True)


# --- people --------------------------------------------------------------------------------------


@admin.register(TeamMember)
class TeamMemberAdmin(ServiceAdmin):
    list_display = ("user", "team", "role", "created")
    list_select_related = ("user", "team")
    list_filter = ("role",)
    search_fields = ("user__username", "team__name", "=team__slug")
    ordering = ("-pk",)
    autocomplete_fields = ("user", "team")

    def places(self, obj: Data) -> list[tuple[str, str]]:
        return [
            ("Page", reverse("team-members-page", args=[obj.team.slug])),
            ("API", reverse("api:team-member", args=[obj.team.slug, obj.user.identifier])),
        ]

    def get_readonly_fields(
        self, request: HttpRequest, obj: TeamMember | None = None
    ) -> tuple[str, ...]:
        return ("user", "team", "created") if obj else ()

    def save_model(
        self, request: HttpRequest, obj: TeamMember, form: forms.ModelForm, change: bool
    ) -> None:
        given = form.cleaned_data
        if not change:
            saved = members.add_member(
                given["team"],
                actor=request.user,
                user=given["user"],
                role=given["role"],
                operator=True,
            )
        elif form.has_changed():
            saved = members.change_role(obj, actor=request.user, role=given["role"], operator=True)
        else:
            return
        obj.__dict__.update(saved.__dict__)

    def delete_model(self, request: HttpRequest, obj: TeamMember) -> None:
        members.remove_member(obj, actor=request.user, operator=True)


@admin.register(Application)
class ApplicationAdmin(ReadOnlyAdmin):
    list_display = ("user", "team", "status", "created", "modified")
    list_select_related = ("user", "team")
    list_filter = ("status",)
    search_fields = ("user__username", "team__name", "=team__slug")
    ordering = ("-pk",)
    fields = ("user", "team", "note", "status", "created", "modified")
    actions = ("approve", "deny")

    def places(self, obj: Data) -> list[tuple[str, str]]:
        return [
            ("API", reverse("api:team-application", args=[obj.team.slug, obj.pk])),
        ]

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("teams.change_application")

    @admin.action(description="Approve: let them in", permissions=["decide"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Application]) -> None:
        self._decide(request, queryset, True)

    @admin.action(description="Deny", permissions=["decide"])
    def deny(self, request: HttpRequest, queryset: QuerySet[Application]) -> None:
        self._decide(request, queryset, False)

    def _decide(self, request: HttpRequest, queryset: QuerySet[Application], approve: bool) -> None:
        answer = "Approved" if approve else "Denied"
        for application in queryset.select_related("team", "user").order_by("pk"):
            try:
                with self.recorded(request, application, f"{answer}."):
                    applications.decide(
                        application, actor=request.user, approve=approve, operator=True
                    )
            except DomainError as error:
                messages.error(request, f"{application}: {' '.join(sentences(error))}")
                continue
            messages.success(request, f"{answer}: {application}")


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Looked at, and taken back by deleting."""

    list_display = ("user", "team", "role", "inviter", "created")
    list_select_related = ("user", "team", "inviter")
    list_filter = ("role",)
    search_fields = ("user__username", "team__name", "=team__slug")
    ordering = ("-pk",)
    fields = ("user", "team", "role", "inviter", "note", "created")

    def places(self, obj: Invitation) -> list[tuple[str, str]]:
        return [("Page", reverse("team-invitations-page", args=[obj.team.slug]))]

    def has_delete_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return PlainAdmin.has_delete_permission(self, request, obj)


# --- work ----------------------------------------------------------------------------------------


class TaskForm(forms.ModelForm):
    def clean_language_code(self) -> str:
        typed: str = self.cleaned_data["language_code"]
        known = languages.normalise(typed) if typed else ""
        if known is None:
            raise ValidationError(languages.unknown(typed, "No such language"))
        return known


class PersonForm(forms.Form):
    """Whom work is given to. A name that is typed needs no script."""

    person = forms.CharField(label="User name", max_length=150)

    def clean_person(self) -> User:
        name = self.cleaned_data["person"]
        found = User.objects.filter(username=name, is_active=True).first()
        if found is None:
            raise ValidationError(f"There is no open account of this name: {name}")
        return found


class WorkAdmin(ServiceAdmin):
    """Work that somebody has, or nobody: it can be taken from them and given to others."""

    actions = ("give_back", "reassign")

    def holder(self, work: Data) -> User | None:
        """Who has it now."""
        raise NotImplementedError

    def hand_over(self, work: Data, *, actor: User, person: User | None) -> None:
        """Raises `Conflict` where ``work`` is no longer as it was read."""
        raise NotImplementedError

    def step(self, work: Data) -> str:
        """What is to be done now, in words."""
        raise NotImplementedError

    def in_order(self, queryset: QuerySet) -> QuerySet:
        # As teams are locked: who does this at the same moment waits, and never for each other.
        return queryset.order_by("team_id", "video_id", "pk")

    def _now(self, work: Data) -> str:
        return f"{self.step(work)}: {self.holder(work) or 'nobody'} has it"

    @admin.action(description="Give back: nobody has it then", permissions=["change"])
    def give_back(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        def free(work: Data) -> str:
            if self.holder(work) is None:
                raise InvalidInput.general("Nobody has it.")
            self.hand_over(work, actor=request.user, person=None)
            return f"{work}: nobody has it now."

        return self.ask(
            request,
            self.in_order(queryset),
            title="Give back?",
            happens=(
                "Whoever has this work loses it, and it is free for those who may take it. "
                "Subtitles that were saved stay."
            ),
            button="Give it back",
            done="Given back.",
            now=self._now,
            do=free,
        )

    @admin.action(description="Reassign to somebody", permissions=["change"])
    def reassign(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        form = PersonForm(request.POST if "post" in request.POST else None)

        def give(work: Data) -> str:
            person = form.cleaned_data["person"]
            self.hand_over(work, actor=request.user, person=person)
            return f"{work}: {person} has it now."

        return self.ask(
            request,
            self.in_order(queryset),
            title="Reassign?",
            happens=(
                "The person whom you name has this work from now on, and is told. What they may "
                "not do in its team is refused, with the reason, and stays as it is."
            ),
            button="Reassign",
            done="Reassigned.",
            now=self._now,
            do=give,
            form=form,
        )


@admin.register(Task)
class TaskAdmin(WorkAdmin):
    """Tasks are made, given and taken away here, and finished by those who do the work."""

    list_display = (
        *("video", "language_code", "type", "team", "assignee"),
        *("priority", "expires", "completed"),
    )
    list_select_related = ("video", "team", "assignee")
    list_filter = ("type", "approved")
    search_fields = (
        "=assignee__username",
        "video__title",
        "=video__video_id",
        "team__name",
        "=team__slug",
    )
    ordering = ("-pk",)
    form = TaskForm
    autocomplete_fields = ("team", "video", "assignee")
    given = ("assignee", "priority", "language_code")
    record_fields = ("version", "approved", "created", "modified", "completed", "expires")

    def places(self, obj: Data) -> list[tuple[str, str]]:
        return [
            ("Page", reverse("task-page", args=[obj.team.slug, obj.pk])),
            ("API", reverse("api:team-task", args=[obj.team.slug, obj.pk])),
        ]

    def holder(self, work: Task) -> User | None:
        return work.assignee

    def step(self, work: Task) -> str:
        return work.get_type_display() if work.is_open else "Done"

    def hand_over(self, work: Task, *, actor: User, person: User | None) -> None:
        tasks.hand_over(work, actor=actor, person=person, before=work.assignee_id, operator=True)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Task]:
        return super().get_queryset(request).filter(is_deleted=False)

    def get_fields(self, request: HttpRequest, obj: Task | None = None) -> tuple[str, ...]:
        fields = ("team", "video", "type", *self.given)
        return (*fields, *self.record_fields) if obj else fields

    def get_readonly_fields(self, request: HttpRequest, obj: Task | None = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        done = () if obj.is_open else self.given
        return ("team", "video", "type", *done, *self.record_fields)

    def save_model(self, request: HttpRequest, obj: Task, form: TaskForm, change: bool) -> None:
        actor = request.user
        if not change:
            given = dict(form.cleaned_data)
            if given["video"].team_id != given["team"].pk:
                raise InvalidInput.field("video", "This is no video of the team.")
            saved = tasks.add_task(given.pop("team"), actor=actor, operator=True, **given)
        elif fields := changed_fields(form):
            saved = tasks.update_task(obj, actor=actor, operator=True, **fields)
        else:
            return
        obj.__dict__.update(saved.__dict__)

    def delete_model(self, request: HttpRequest, obj: Task) -> None:
        tasks.delete_task(obj, actor=request.user, operator=True)


class TeamsInOrder(forms.ModelMultipleChoiceField):
    """Teams in the order in which they were chosen."""

    def __init__(self, *args: Data, **kwargs: Data) -> None:
        super().__init__(*args, **kwargs)
        explain(self, Team)

    def clean(self, value: Data) -> list[Team]:
        found = {str(team.pk): team for team in super().clean(value)}
        return [found[pk] for pk in value or ()]


class RequestForm(TaskForm):
    evaluation_teams = TeamsInOrder(
        Team.objects.all(),
        required=False,
        help_text="At most three, who look at the result one after the other.",
        widget=ManyChosenOrTyped(Evaluation._meta.get_field("team"), admin.site),
    )


class EvaluationInline(ReadOnlyInline):
    model = Evaluation
    fields = readonly_fields = ("position", "team", "evaluator")
    ordering = ("position",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Evaluation]:
        return super().get_queryset(request).select_related("team", "evaluator", "request__video")


@admin.register(SubtitleRequest)
class SubtitleRequestAdmin(WorkAdmin):
    """Requests are made, handed out and taken back here; who does the work hands it on."""

    list_display = ("video", "language_code", "work_status", "status", "team", "who", "due")
    list_select_related = ("video", "team", "subtitler", "reviewer", "approver")
    list_filter = ("stage",)
    search_fields = (
        "=job_id",
        "=subtitler__username",
        "video__title",
        "=video__video_id",
        "team__name",
        "=team__slug",
    )
    ordering = ("-pk",)
    form = RequestForm
    autocomplete_fields = ("video", "team", *SubtitleRequest.SEATS.values())
    inlines = (EvaluationInline,)
    seats = tuple(SubtitleRequest.SEATS.values())

    def places(self, obj: Data) -> list[tuple[str, str]]:
        return [
            ("Page", reverse("request-page", args=[obj.team.slug, obj.job_id])),
            ("API", reverse("api:team-subtitle-request", args=[obj.team.slug, obj.job_id])),
        ]

    @admin.display(description="who has it")
    def who(self, obj: SubtitleRequest) -> str:
        """In the seat of the stage that it is in."""
        seat = obj.SEATS.get(obj.Stage(obj.stage))
        person = getattr(obj, seat) if seat else None
        return str(person) if person else "nobody"

    def holder(self, work: SubtitleRequest) -> User | None:
        _, sits = present_seat(work)
        return User.objects.filter(pk=sits).first() if sits else None

    def step(self, work: SubtitleRequest) -> str:
        return work.get_stage_display()

    def hand_over(self, work: SubtitleRequest, *, actor: User, person: User | None) -> None:
        _, sits = present_seat(work)
        requests.hand_over(
            work, actor=actor, person=person, stage=work.stage, before=sits, operator=True
        )

    fixed = ("job_id", "source_team", "video", "language_code")
    record_fields = ("work_status", "status", "created", "work_completed", "completed")

    def get_inlines(
        self, request: HttpRequest, obj: SubtitleRequest | None
    ) -> Sequence[type[InlineModelAdmin]]:
        return self.inlines if obj else ()

    def get_fields(
        self, request: HttpRequest, obj: SubtitleRequest | None = None
    ) -> tuple[str, ...]:
        if obj is None:
            return ("video", "language_code", "team", "evaluation_teams", "due")
        return (*self.fixed, "team", *self.seats, "due", *self.record_fields)

    def get_readonly_fields(
        self, request: HttpRequest, obj: SubtitleRequest | None = None
    ) -> tuple[str, ...]:
        if obj is None:
            return ()
        done = () if obj.is_open else ("team", *self.seats, "due")
        return (*self.fixed, *done, *self.record_fields)

    def save_model(
        self, request: HttpRequest, obj: SubtitleRequest, form: RequestForm, change: bool
    ) -> None:
        actor = request.user
        if not change:
            given = dict(form.cleaned_data)
            saved = requests.add_request(given.pop("video"), actor=actor, operator=True, **given)
        elif fields := changed_fields(form):
            people = {seat: fields.pop(seat) for seat in self.seats if seat in fields}
            # The form has changed obj already, and the service compares with the row.
            saved = requests.update_request(
                as_stored(obj), actor=actor, operator=True, people=people, **fields
            )
        else:
            return
        obj.__dict__.update(saved.__dict__)

    def delete_model(self, request: HttpRequest, obj: SubtitleRequest) -> None:
        requests.delete_request(obj, actor=request.user, operator=True)
