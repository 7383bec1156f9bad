"""The front page of a team: what it is, its newest videos, and coming in and going."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.http import HttpResponse
from django.shortcuts import redirect

from amara_api.kernel import languages
from amara_api.kernel.decisions import ALLOWED
from amara_api.kernel.errors import InvalidInput, NotThere
from amara_api.kernel.shapes import Data
from teams.home.frame import COUNTED, NoteForm, TeamPart, given
from teams.home.words import WHO_COMES_IN
from teams.models import DEFAULT_PROJECT, Application, Team, TeamLanguage
from teams.policies import (
    find_team,
    found_in,
    may_apply,
    may_join,
    may_view_members,
    role_in,
)
from teams.services import applications, members
from teams.services.languages import languages_of
from users.models import User
from videos.queries import Listing

if TYPE_CHECKING:
    from amara_api.kernel.decisions import Decision

PROJECTS_SHOWN = 50
VIDEOS_SHOWN = 20


class TeamPage(TeamPart):
    """A team, and what the person may do about it."""

    template_name = "teams/home/overview.html"
    acts: ClassVar = {
        "join": "_join",
        "apply": "_apply",
        "withdraw": "_withdraw",
        "leave": "_leave",
    }

    def may_see(self) -> Decision:
        return ALLOWED

    # --- what is shown ---------------------------------------------------------------------------

    def shown(self) -> dict[str, Data]:
        user, team = self.request.user, self.team
        people = team.members.order_by("pk").values("pk")[: COUNTED + 1].count()
        shown: dict[str, Data] = {
            "who_comes_in": WHO_COMES_IN[Team.MembershipPolicy(team.membership_policy)],
            "people": str(people) if people <= COUNTED else f"more than {COUNTED}",
            "videos": Listing(found_in(user, team)).rows(VIDEOS_SHOWN, 0),
        }
        if may_view_members(user, team):
            shown |= self._for_members()
        if not isinstance(user, User):
            shown["log_in_to_enter"] = self._has_a_door()
        elif not self.role:
            shown |= self._for_outsiders(user)
        elif self.decides:
            pending = team.applications.filter(status=Application.Status.PENDING)
            shown["somebody_waits"] = pending.exists()
        return shown

    def _for_members(self) -> dict[str, Data]:
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

    def _for_outsiders(self, user: User) -> dict[str, Data]:
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

    def _join(self) -> None:
        if role_in(self.person, self.team.pk):
            raise InvalidInput(["You are a member of this team already."])
        members.add_member(self.team, actor=self.person, user=self.person)

    def _apply(self) -> None:
        note = given(NoteForm(self.request.POST))["note"]
        applications.apply(self.team, actor=self.person, note=note)

    def _withdraw(self) -> HttpResponse:
        own = self.team.applications.select_related("team").filter(user=self.person)
        application = own.filter(status=Application.Status.PENDING).first()
        if application is None:
            raise NotThere
        applications.withdraw(application, actor=self.person)
        return self._out()

    def _leave(self) -> HttpResponse:
        members.leave_team(self.team, actor=self.person)
        return self._out()

    def _out(self) -> HttpResponse:
        # Who leaves a private team cannot come back to its page.
        if find_team(self.person, self.team.slug) is None:
            return redirect("teams-page")
        return redirect("team-page", self.team.slug)


def _named(codes: list[str]) -> list[tuple[str, str]]:
    return [(code, languages.name(code) or code) for code in codes]
