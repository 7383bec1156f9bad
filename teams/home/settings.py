"""The settings of a team, for those who run it; and making a team."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.datastructures import MultiValueDict
from django.views.generic import TemplateView

from amara_api.kernel import languages as known
from amara_api.kernel.errors import DomainError, InvalidInput, sentences
from amara_api.kernel.problems import problem
from amara_api.kernel.shapes import Data
from teams.api.teams import TeamCreateInput
from teams.home import words
from teams.home.frame import TeamPart
from teams.models import Team, TeamLanguage
from teams.policies import may_change_team, may_create_team, may_delete_team
from teams.services import teams
from teams.services.languages import languages_of, set_languages
from users.models import User
from videos.pages import checked, status_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amara_api.kernel.decisions import Decision

Kind = TeamLanguage.Kind
MAX_CODES = 1_000
_CHOICES = (
    *("team_visibility", "video_visibility", "membership_policy", "video_policy"),
    *("subtitle_policy", "translate_policy", "task_assign_policy"),
    *("review_allowed", "approve_allowed", "type"),
)
_NUMBERS = ("max_tasks_per_member", "task_expiration", *words.SOFT_LIMITS)
_LABELS = {
    "slug": "Address",
    "type": "Workflow",
    "review_allowed": "Review",
    "approve_allowed": "Approval",
    "max_tasks_per_member": "Tasks that a member may have at once",
    "task_expiration": "Days for a task",
    **words.SOFT_LIMITS,
    "team_visibility": "Who sees the team",
    "video_visibility": "Who sees its videos",
    "membership_policy": "Who comes in",
}
_CODE = re.compile(r".*\(([^()]+)\)\s*")


def _sent(form: Mapping[str, str]) -> dict[str, Data]:
    """What the API would be sent for the form: boxes that are not ticked are false, and numbers
    that are left empty are null."""
    sent: dict[str, Data] = {
        name: form[name] for name in ("name", "slug", "description") if name in form
    }
    sent |= {name: form[name] for name in _CHOICES if form.get(name)}
    sent |= {name: form.get(name, "").strip() or None for name in _NUMBERS}
    return sent | {name: name in form for name in words.REVIEW_SWITCHES}


class SettingsPage(TeamPart):
    """What the team is called, who sees it and comes in, how it works, and its languages."""

    template_name = "teams/home/settings.html"
    acts: ClassVar = {"save": "_save", "languages": "_languages", "delete": "_delete"}

    def may_see(self) -> Decision:
        return may_change_team(self.request.user, self.team)

    def shown(self) -> dict[str, Data]:
        team = self.team
        typed = self.request.POST if self.request.POST.get("do") == "save" else MultiValueDict()
        return {
            "choices": words.people_and_videos(team, typed),
            "kinds": words.kinds(team, typed),
            "levels": words.levels(team, typed),
            "switches": words.switches(team, typed),
            "limits": words.soft_limits(team, typed),
            "preferred": _lines(languages_of(team, Kind.PREFERRED)),
            "blacklisted": _lines(languages_of(team, Kind.BLACKLISTED)),
            "deletes": bool(may_delete_team(self.request.user, team)),
        }

    def _save(self) -> HttpResponse:
        fields = checked(TeamCreateInput(data=_sent(self.request.POST)), _LABELS)
        team = teams.update_team(self.team, actor=self.person, **fields)
        messages.success(self.request, "Saved.")
        return redirect("team-settings-page", team.slug)

    def _languages(self) -> None:
        form = self.request.POST
        preferred = _codes(form.get("preferred", ""))
        blacklisted = _codes(form.get("blacklisted", ""))
        if both := sorted(set(preferred) & set(blacklisted)):
            raise InvalidInput([f"In both lists: {', '.join(map(known.name, both))}."])
        with transaction.atomic():
            for kind, codes in ((Kind.PREFERRED, preferred), (Kind.BLACKLISTED, blacklisted)):
                set_languages(self.team, actor=self.person, kind=kind, codes=codes)
        messages.success(self.request, "The languages are saved.")

    def _delete(self) -> HttpResponse:
        if self.request.POST.get("sure") != self.team.slug:
            raise InvalidInput([f"To say that you are sure, type {self.team.slug}."])
        teams.delete_team(self.team, actor=self.person)
        messages.success(self.request, f"The team {self.team.name} is gone.")
        return redirect("teams-page")


def _lines(codes: list[str]) -> str:
    return "\n".join(f"{known.name(code)} ({code})" for code in codes)


def _codes(text: str) -> list[str]:
    """Codes of languages that are written one a line, by code, by English name, or by both.

    Raises `InvalidInput` with a sentence for each line that is none.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MAX_CODES:
        raise InvalidInput([f"There are more than {MAX_CODES} languages."])
    named = {name.casefold(): code for code, name in known.listed().items()}
    codes, wrong = [], []
    for line in lines:
        inside = _CODE.fullmatch(line)
        code = known.normalise(inside.group(1) if inside else line) or named.get(line.casefold())
        if code is None:
            wrong.append(known.unknown(line, "Unknown language"))
        else:
            codes.append(code)
    if wrong:
        raise InvalidInput(wrong)
    return codes


class AddTeamPage(LoginRequiredMixin, TemplateView):
    """Making a team, for those who may. Its settings follow on its own pages."""

    template_name = "teams/home/add.html"

    def get_context_data(self, **kwargs: Data) -> dict[str, Data]:
        typed = self.request.POST
        return super().get_context_data(
            kinds=words.kinds(Team(), typed),
            choices=words.people_and_videos(Team(), typed)[:2],
            **kwargs,
        )

    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        decision = may_create_team(self._person)
        if not decision:
            return problem(request, 403, decision.reason)
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        decision = may_create_team(self._person)
        if not decision:
            return problem(request, 403, decision.reason)
        try:
            form = request.POST
            names = ("name", "slug", "description", "type", "team_visibility", "membership_policy")
            sent = {name: form[name] for name in names if form.get(name)}
            fields = checked(TeamCreateInput(data=sent), _LABELS)
            # Whoever hides a team hides what is in it.
            fields.setdefault("video_visibility", fields.get("team_visibility", 2))
            team = teams.create_team(actor=self._person, **fields)
        except DomainError as error:
            context = self.get_context_data(refusal=sentences(error), typed=request.POST)
            return self.render_to_response(context, status=status_of(error))
        messages.success(request, f"The team {team.name} is there. You are its owner.")
        return redirect("team-settings-page", team.slug)

    @property
    def _person(self) -> User:
        user = self.request.user
        assert isinstance(user, User)
        return user
