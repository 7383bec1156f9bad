"""What all pages of a team have in common: the team, its parts, and what a button does."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from django import forms
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.generic import TemplateView

from amara_api.kernel.errors import DomainError, InvalidInput, sentences
from amara_api.kernel.problems import problem
from amara_api.kernel.shapes import Data
from teams.models import Role, Team
from teams.policies import (
    find_team,
    may_change_team,
    may_decide_applications,
    may_invite,
    may_view_members,
    role_in,
)
from users.models import User
from videos.pages import status_of

if TYPE_CHECKING:
    from amara_api.kernel.decisions import Decision

# People of a team are not counted beyond this: that would take as long as reading them.
COUNTED = 200
MAX_NOTE = 5000


class Part(NamedTuple):
    """A page of the team in the list of them."""

    name: str
    url: str
    current: str  # for `aria-current`: "page", "true" on a page below it, or empty


# The name of the route, what people read, and who sees it in the list: everybody who finds the
# team, its people, those who let people in, and those who run it. Work is tasks or requests.
_PARTS = (
    ("team-page", "Overview", "all"),
    ("team-videos-page", "Videos", "all"),
    ("team-coverage-page", "Coverage", "all"),
    ("team-activity-page", "Activity", "all"),
    ("team-members-page", "Members", "people"),
    ("team-projects-page", "Projects", "people"),
    ("tasks-page", "Tasks", "tasks"),
    ("requests-page", "Subtitle requests", "requests"),
    ("team-invitations-page", "Invitations", "doorkeepers"),
    ("team-settings-page", "Settings", "admins"),
)


class TeamPart(TemplateView):
    """A page of a team. POST does what ``do`` names, one of ``acts``; what the services refuse is
    told on the same page, with what was typed."""

    acts: ClassVar[dict[str, str]] = {}
    template_name = ""

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: str) -> HttpResponseBase:
        team = find_team(request.user, kwargs["slug"])
        if team is None:
            raise Http404
        self.team = team
        self.role = role_in(request.user, team.pk)
        if not (decision := self.may_see()):
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            return problem(request, 403, decision.reason)
        return super().dispatch(request, *args, **kwargs)

    def may_see(self) -> Decision:
        raise NotImplementedError

    # --- what is shown ---------------------------------------------------------------------------

    def shown(self) -> dict[str, Data]:
        """What this page has of its own."""
        return {}

    def get_context_data(self, **kwargs: Data) -> dict[str, Data]:
        common: dict[str, Data] = {
            "team": self.team,
            "role": Role(self.role).label if self.role else "",
            "parts": self._parts(),
        }
        # What the address says is no part of it.
        more = {name: value for name, value in kwargs.items() if name not in self.kwargs}
        return super().get_context_data(**{**common, **self.shown(), **more})

    def _parts(self) -> list[Part]:
        groups = {"all"}
        if may_view_members(self.request.user, self.team):
            by_requests = self.team.type == Team.Type.COLLABORATION
            groups |= {"people", "requests" if by_requests else "tasks"}
        if self.role and (self.invites or self.decides):
            groups.add("doorkeepers")
        if self.role and may_change_team(self.request.user, self.team):
            groups.add("admins")
        found = []
        for route, name, group in _PARTS:
            if group in groups:
                url = reverse(route, args=[self.team.slug])
                # All pages of the team are below its overview.
                below = route != "team-page" and self.request.path.startswith(url)
                current = "page" if url == self.request.path else "true" if below else ""
                found.append(Part(name, url, current))
        return found

    @cached_property
    def invites(self) -> list[Role]:
        """The roles that the person may invite people to."""
        user = self.request.user
        if not self.role or not isinstance(user, User):
            return []
        return [role for role in Role if may_invite(user, self.team, role)]

    @cached_property
    def decides(self) -> bool:
        return bool(self.role and may_decide_applications(self.request.user, self.team))

    # --- what is done ----------------------------------------------------------------------------

    @property
    def person(self) -> User:
        user = self.request.user
        assert isinstance(user, User)
        return user

    def post(self, request: HttpRequest, **kwargs: str) -> HttpResponse:
        if not isinstance(request.user, User):
            return redirect_to_login(request.path)
        name = self.acts.get(request.POST.get("do", ""))
        if name is None:
            return problem(request, 400, "Bad request.")
        try:
            done: HttpResponse | None = getattr(self, name)()
        except DomainError as error:
            # Nothing has been changed: the same page again, with the reason and what was typed.
            return self.again(error)
        return done or redirect(request.path)

    def again(self, error: DomainError, **shown: Data) -> HttpResponse:
        context = self.get_context_data(refusal=sentences(error), typed=self.request.POST, **shown)
        return self.render_to_response(context, status=status_of(error))


class NoteForm(forms.Form):
    note = forms.CharField(max_length=MAX_NOTE, required=False)


class NumberForm(forms.Form):
    """Of one of the team's things, by its key."""

    number = forms.IntegerField(min_value=1, max_value=10**18)


def given(form: forms.Form) -> dict[str, Data]:
    """What was typed. Raises `InvalidInput`."""
    if not form.is_valid():
        raise InvalidInput(
            {
                name: [f"{name.capitalize()}: {message}" for message in messages]
                for name, messages in form.errors.items()
            }
        )
    return form.cleaned_data


def number_of(text: str) -> int:
    """A key as an address has it; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
