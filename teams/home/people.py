"""The members of a team, those who are asked to come in, and those who ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from amara_api.kernel.decisions import allowed_if
from amara_api.kernel.errors import InvalidInput
from amara_api.kernel.shapes import Data
from teams.home.frame import MAX_NOTE, NumberForm, TeamPart, given, number_of
from teams.models import Application, Invitation, Role, TeamMember
from teams.policies import (
    find_team,
    may_change_role,
    may_change_team,
    may_decide_applications,
    may_remove_member,
    may_view_members,
    may_withdraw,
)
from teams.services import applications, invitations, members
from teams.services.locks import require

if TYPE_CHECKING:
    from amara_api.kernel.decisions import Decision

MEMBERS_A_PAGE = 50
# More people than this are not waited for on one page; the rest follow when these are answered.
WAITING_SHOWN = 50
MAX_TYPED = 100
# A name and an address, for as many lines as are taken, and some more to be told that.
MAX_LIST = 100_000


class RoleForm(NumberForm):
    role = forms.TypedChoiceField(coerce=int, choices=Role.choices)


class MembersPage(TeamPart):
    """Who belongs to the team, with a search; roles and removing for those who may."""

    template_name = "teams/home/members.html"
    acts: ClassVar = {"role": "_role", "remove": "_remove"}

    def may_see(self) -> Decision:
        return may_view_members(self.request.user, self.team)

    def shown(self) -> dict[str, Data]:
        q = self.request.GET.get("q", "").replace("\0", "").strip()[:MAX_TYPED]
        chosen = self.request.GET.get("role", "")
        found = TeamMember.objects.filter(team=self.team)
        if q:
            names = ("username", "full_name", "first_name", "last_name")
            looked = Q()
            for name in names:
                looked |= Q(**{f"user__{name}__icontains": q})
            found = found.filter(looked)
        known = {str(role.label): role.value for role in Role}
        if chosen in known:
            found = found.filter(role=known[chosen])
        after = number_of(self.request.GET.get("after", ""))
        page = list(
            found.filter(pk__gt=after).order_by("pk").select_related("user")[: MEMBERS_A_PAGE + 1]
        )
        more, page = len(page) > MEMBERS_A_PAGE, page[:MEMBERS_A_PAGE]
        return {
            "q": q,
            "chosen": chosen if chosen in known else "",
            "roles": list(known),
            "members": [self._row(member) for member in page],
            "after": page[-1].pk if more else None,
            "first": bool(after),
        }

    def _row(self, member: TeamMember) -> dict[str, Data]:
        """A member, the roles that the person may give them, and whether they may be removed.

        The rules are `may_change_role` and `may_remove_member`, which the services ask again; here
        the person's own role is known already, and is not asked for once a row.
        """
        mine, own = self.role, member.user_id == self.request.user.pk
        if mine == Role.OWNER:
            roles = [Role.CONTRIBUTOR, Role.MANAGER, Role.ADMIN]
        elif mine == Role.ADMIN and member.role < Role.ADMIN:
            roles = [Role.CONTRIBUTOR, Role.MANAGER]
        else:
            roles = []
        removes = mine >= Role.ADMIN and not own and member.role != Role.OWNER
        return {
            "member": member,
            "own": own,
            "runs_it": member.role >= Role.ADMIN,
            "owns_it": member.role == Role.OWNER,
            "roles": roles,
            "removes": removes,
        }

    def _role(self) -> HttpResponse:
        typed = given(RoleForm(self.request.POST))
        member = self._member(typed["number"])
        require(may_change_role(self.person, member, typed["role"]))
        changed = members.change_role(member, actor=self.person, role=typed["role"])
        said = f"{changed.user.username} is now {changed.get_role_display()}."
        messages.success(self.request, said)
        # Whoever steps down themselves may see less from now on.
        return redirect(self.request.get_full_path())

    def _remove(self) -> HttpResponse:
        member = self._member(given(NumberForm(self.request.POST))["number"])
        require(may_remove_member(self.person, member))
        members.remove_member(member, actor=self.person)
        if find_team(self.person, self.team.slug) is None:
            return redirect("teams-page")
        messages.success(self.request, f"{member.user.username} is no member any more.")
        return redirect("team-members-page", self.team.slug)

    def _member(self, number: int) -> TeamMember:
        found = TeamMember.objects.select_related("team", "user").filter(team=self.team)
        member = found.filter(pk=number).first()
        if member is None:
            raise Http404
        return member


class InviteForm(forms.Form):
    people = forms.CharField(max_length=MAX_LIST, strip=False)
    role = forms.TypedChoiceField(coerce=int, choices=Role.choices)
    note = forms.CharField(max_length=MAX_NOTE, required=False)


class InvitationsPage(TeamPart):
    """Inviting people, one or many; taking invitations back; deciding on those who ask."""

    template_name = "teams/home/invitations.html"
    acts: ClassVar = {
        "invite": "_invite",
        "withdraw": "_withdraw",
        "approve": "_approve",
        "deny": "_deny",
    }

    def may_see(self) -> Decision:
        return allowed_if(
            bool(self.invites) or self.decides,
            "The team's membership policy leaves this to others.",
        )

    def shown(self) -> dict[str, Data]:
        shown: dict[str, Data] = {
            "roles": self.invites,
            "most": invitations.MOST_LINES,
            "makes_accounts": bool(may_change_team(self.request.user, self.team)),
            "decides": self.decides,
        }
        waiting = self.team.invitations.select_related("user", "inviter").order_by("-pk")
        rows = list(waiting[: WAITING_SHOWN + 1])
        roles = {int(role) for role in self.invites}
        shown["invited"] = [
            (each, each.role in roles or each.inviter_id == self.request.user.pk)
            for each in rows[:WAITING_SHOWN]
        ]
        shown["more_invited"] = len(rows) > WAITING_SHOWN
        if shown["decides"]:
            pending = self.team.applications.filter(status=Application.Status.PENDING)
            asking = list(pending.select_related("user").order_by("pk")[: WAITING_SHOWN + 1])
            shown["applications"] = asking[:WAITING_SHOWN]
            shown["more_applications"] = len(asking) > WAITING_SHOWN
        return shown

    # --- what is done ----------------------------------------------------------------------------

    def _invite(self) -> HttpResponse | None:
        typed = given(InviteForm(self.request.POST))
        lines = [line.strip() for line in typed["people"].splitlines() if line.strip()]
        if not lines:
            raise InvalidInput.field("people", "People: This field is required.")
        outcomes = invitations.invite_many(
            self.team, lines, actor=self.person, role=typed["role"], note=typed["note"]
        )
        failed = [each for each in outcomes if each.user is None]
        if not failed:
            for each in outcomes[:20]:
                messages.success(self.request, each.said)
            if len(outcomes) > 20:
                messages.success(self.request, f"{len(outcomes) - 20} more people are invited.")
            return None
        # The lines that did not work stay in the form; the others are done.
        left = {**self.request.POST.dict(), "people": "\n".join(each.line for each in failed)}
        context = self.get_context_data(outcomes=outcomes, failed=failed, typed=left)
        status = 400 if len(failed) == len(outcomes) else 200
        return self.render_to_response(context, status=status)

    def _withdraw(self) -> None:
        number = given(NumberForm(self.request.POST))["number"]
        found = Invitation.objects.select_related("team", "user").filter(team=self.team)
        invitation = found.filter(pk=number).first()
        if invitation is None:
            raise Http404
        require(may_withdraw(self.person, invitation))
        invitations.withdraw(invitation, actor=self.person)
        messages.success(
            self.request, f"The invitation of {invitation.user.username} is taken back."
        )

    def _approve(self) -> None:
        self._decide(approve=True)

    def _deny(self) -> None:
        self._decide(approve=False)

    def _decide(self, *, approve: bool) -> None:
        # Asked here too: nobody else learns which numbers there are.
        require(may_decide_applications(self.person, self.team))
        number = given(NumberForm(self.request.POST))["number"]
        application = self.team.applications.select_related("team").filter(pk=number).first()
        if application is None:
            raise Http404
        found = applications.decide(application, actor=self.person, approve=approve)
        answer = "is a member now" if approve else "is turned down"
        messages.success(self.request, f"{found.user.username} {answer}.")
