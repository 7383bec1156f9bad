"""Pages for people in teams: the inbox with its invitations, the teams, and each team."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.views.generic import TemplateView, View

from amara_api import languages
from amara_api.errors import DomainError, InvalidInput, NotAllowed, sentences
from amara_api.problems import problem
from teams.models import DEFAULT_PROJECT, Application, Invitation, Role, Team, TeamLanguage
from teams.policies import (
    find_team,
    listed_teams,
    may_apply,
    may_decide_applications,
    may_invite,
    may_join,
    may_view_members,
    role_in,
    team_ids_of,
)
from teams.services import applications, invitations, members
from teams.services.languages import languages_of
from users.messages import mark_read
from users.models import Message, User
from videos.queries import Listing

MESSAGES_A_PAGE = 20
TEAMS_A_PAGE = 50
# More people than this are not waited for on one page; the rest follow when these are answered.
WAITING_SHOWN = 50
PROJECTS_SHOWN = 50
VIDEOS_SHOWN = 20
MAX_NOTE = 5000

WHO_COMES_IN = {
    Team.MembershipPolicy.OPEN: "Anybody may join.",
    Team.MembershipPolicy.APPLICATION: "People apply, and admins of the team decide.",
    Team.MembershipPolicy.INVITATION_BY_ANY: "Any member may invite people.",
    Team.MembershipPolicy.INVITATION_BY_MANAGER: "Managers, admins and owners invite people.",
    Team.MembershipPolicy.INVITATION_BY_ADMIN: "Admins and owners invite people.",
}


# --- messages and invitations --------------------------------------------------------------------


class InboxPage(LoginRequiredMixin, TemplateView):
    """What was written to a person, newest first, below what they are asked to answer.

    Whatever it shows has been read by that.
    """

    template_name = "teams/inbox.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        assert isinstance(user, User)
        mine = Message.objects.filter(user=user).select_related("sender", "team")
        page = Paginator(mine.order_by("-pk"), MESSAGES_A_PAGE).get_page(
            self.request.GET.get("page")
        )
        shown = list(page.object_list)
        if self.request.method == "GET":
            mark_read(user, shown)
        asked = Invitation.objects.filter(user=user).select_related("team", "inviter")
        return super().get_context_data(
            page=page,
            shown=shown,
            invitations=list(asked.order_by("-pk")),
            own_teams=set(team_ids_of(user)),
            **kwargs,
        )


class InvitationPage(LoginRequiredMixin, View):
    """Where the buttons of an invitation lead: accept or decline."""

    http_method_names = ["post"]  # noqa: RUF012 - Django's own name for it

    def handle_no_permission(self) -> HttpResponseRedirect:
        return redirect_to_login(reverse("inbox"))

    def post(self, request: HttpRequest, invitation: int) -> HttpResponse:
        user = request.user
        assert isinstance(user, User)
        own = Invitation.objects.filter(pk=invitation, user=user).select_related("team").first()
        if own is None:
            raise Http404
        answer = request.POST.get("do")
        try:
            if answer == "accept":
                invitations.accept(own, actor=user)
                return redirect("team-page", own.team.slug)
            if answer == "decline":
                invitations.decline(own, actor=user)
                return redirect("inbox")
        except DomainError as error:
            return problem(request, _status(error), " ".join(sentences(error)))
        return problem(request, 400, "Bad request.")


# --- teams ---------------------------------------------------------------------------------------


class TeamsPage(TemplateView):
    """The teams that the person may find, by name."""

    template_name = "teams/teams.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        page = Paginator(listed_teams(user).order_by("name"), TEAMS_A_PAGE).get_page(
            self.request.GET.get("page")
        )
        return super().get_context_data(page=page, own_teams=set(team_ids_of(user)), **kwargs)


class NoteForm(forms.Form):
    note = forms.CharField(max_length=MAX_NOTE, required=False)


class ApplicationForm(forms.Form):
    application = forms.IntegerField(min_value=1, max_value=10**18)


class InviteForm(forms.Form):
    username = forms.CharField(max_length=30)
    email = forms.EmailField(required=False)
    role = forms.TypedChoiceField(coerce=int, choices=Role.choices)
    note = forms.CharField(max_length=MAX_NOTE, required=False)


class TeamPage(TemplateView):
    """A team, and what the person may do about it. POST does it: ``do`` names what."""

    template_name = "teams/team.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        team = find_team(request.user, kwargs["slug"])
        if team is None:
            raise Http404
        self.team = team
        return super().dispatch(request, *args, **kwargs)

    # --- what is shown ---------------------------------------------------------------------------

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, team = self.request.user, self.team
        role = role_in(user, team.pk)
        shown: dict[str, Any] = {
            "team": team,
            "role": Role(role).label if role else "",
            "who_comes_in": WHO_COMES_IN[Team.MembershipPolicy(team.membership_policy)],
            "people": team.members.count(),
            "videos": self._videos(role),
        }
        if may_view_members(user, team):
            shown |= self._for_members()
        if isinstance(user, User):
            shown |= self._for_officers(user) if role else self._for_outsiders(user)
        else:
            shown["log_in_to_enter"] = self._has_a_door()
        return super().get_context_data(**{**shown, **kwargs})

    def _videos(self, role: int) -> list[Any]:
        """Members see all of them; others find those that are public."""
        filters = {"team": self.team.pk} if role else {"team": self.team.pk, "public": None}
        return Listing(filters).rows(VIDEOS_SHOWN, 0)

    def _for_members(self) -> dict[str, Any]:
        kind = TeamLanguage.Kind
        listed = self.team.projects.exclude(slug=DEFAULT_PROJECT).order_by("name", "pk")
        projects = list(listed[: PROJECTS_SHOWN + 1])
        return {
            "for_members": True,
            "projects": projects[:PROJECTS_SHOWN],
            "more_projects": len(projects) > PROJECTS_SHOWN,
            "preferred": _named(languages_of(self.team, kind.PREFERRED)),
            "blacklisted": _named(languages_of(self.team, kind.BLACKLISTED)),
        }

    def _for_officers(self, user: User) -> dict[str, Any]:
        """For those who let people in. What nobody may do is not offered."""
        shown: dict[str, Any] = {"may_leave": True}
        if may_decide_applications(user, self.team):
            pending = self.team.applications.filter(status=Application.Status.PENDING)
            waiting = pending.select_related("user").order_by("pk")
            shown["applications"] = list(waiting[:WAITING_SHOWN])
        roles = [role for role in Role if may_invite(user, self.team, role)]
        if roles:
            invited = self.team.invitations.select_related("user", "inviter").order_by("-pk")
            shown |= {"roles": roles, "invited": list(invited[:WAITING_SHOWN])}
        return shown

    def _for_outsiders(self, user: User) -> dict[str, Any]:
        own = self.team.applications.filter(user=user, status=Application.Status.PENDING)
        application = own.first()
        return {
            "invited_oneself": self.team.invitations.filter(user=user).exists(),
            "may_join": bool(may_join(user, self.team)),
            "may_apply": application is None and bool(may_apply(user, self.team)),
            "application": application,
        }

    def _has_a_door(self) -> bool:
        open_to_all = (Team.MembershipPolicy.OPEN, Team.MembershipPolicy.APPLICATION)
        return self.team.membership_policy in open_to_all

    # --- what is done ----------------------------------------------------------------------------

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        user = request.user
        if not isinstance(user, User):
            return redirect_to_login(request.path)
        doing: dict[str, Callable[[User], None]] = {
            "join": self._join,
            "apply": self._apply,
            "leave": self._leave,
            "approve": self._approve,
            "deny": self._deny,
            "invite": self._invite,
        }
        do = doing.get(request.POST.get("do", ""))
        if do is None:
            return problem(request, 400, "Bad request.")
        try:
            do(user)
        except DomainError as error:
            # Nothing has been changed: the same page again, with the reason and what was typed.
            context = self.get_context_data(refusal=sentences(error), typed=request.POST)
            return self.render_to_response(context, status=_status(error))
        # Who leaves a private team cannot come back to its page.
        if find_team(user, self.team.slug) is None:
            return redirect("teams-page")
        return redirect("team-page", self.team.slug)

    def _join(self, user: User) -> None:
        if role_in(user, self.team.pk):
            raise InvalidInput(["You are a member of this team already."])
        members.add_member(self.team, actor=user, user=user)

    def _apply(self, user: User) -> None:
        given = _given(NoteForm(self.request.POST))
        applications.apply(self.team, actor=user, note=given["note"])

    def _leave(self, user: User) -> None:
        members.leave_team(self.team, actor=user)

    def _approve(self, user: User) -> None:
        self._decide(user, True)

    def _deny(self, user: User) -> None:
        self._decide(user, False)

    def _decide(self, user: User, approve: bool) -> None:
        # Asked here too: nobody else learns which numbers there are.
        decision = may_decide_applications(user, self.team)
        if not decision:
            raise NotAllowed(decision.reason)
        number = _given(ApplicationForm(self.request.POST))["application"]
        application = self.team.applications.select_related("team").filter(pk=number).first()
        if application is None:
            raise Http404
        applications.decide(application, actor=user, approve=approve)

    def _invite(self, user: User) -> None:
        given = _given(InviteForm(self.request.POST))
        invitations.invite_by_name(self.team, actor=user, **given)


def _given(form: forms.Form) -> dict[str, Any]:
    if not form.is_valid():
        raise InvalidInput(
            {
                name: [f"{name.capitalize()}: {message}" for message in messages]
                for name, messages in form.errors.items()
            }
        )
    return form.cleaned_data


def _named(codes: list[str]) -> list[tuple[str, str]]:
    return [(code, languages.name(code) or code) for code in codes]


def _status(error: DomainError) -> int:
    return 403 if isinstance(error, NotAllowed) else 400
