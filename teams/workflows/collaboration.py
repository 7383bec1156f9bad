"""The workflow of collaboration teams, whose work goes through subtitle requests."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property
from typing import TYPE_CHECKING

from subtitles import services
from subtitles.models import SubtitleVersion
from subtitles.workflows.actions import ENDORSE, SAVE_DRAFT, UPDATE, Action
from teams.models import SubtitleRequest, Team
from teams.policies.requests import may_work_on_request, open_request
from teams.services import requests
from teams.services.locks import require
from teams.workflows.default import TeamWorkflow

if TYPE_CHECKING:
    from users.models import User


class CollaborationWorkflow(TeamWorkflow):
    """Whoever does the present stage of the request drafts and endorses; nothing is public before
    the last has. Without a request those who may edit may publish, which is to endorse as well."""

    def lock(self) -> None:
        self._request = requests.claim(self.video, self.language_code)
        super().lock()

    def governs(self) -> bool:
        team = self.video.team
        return team is not None and team.type == Team.Type.COLLABORATION

    def step(self) -> Hashable:
        request = self._request
        return (request.pk, request.stage) if request else None

    def actions(self, user: User) -> tuple[Action, ...]:
        request = self._request
        if request is None:
            return (UPDATE, *super().actions(user))
        return (SAVE_DRAFT, ENDORSE) if may_work_on_request(user, request) else ()

    def is_public_after(self, action: Action | None, user: User) -> bool:
        return self._request is None

    def received(self, version: SubtitleVersion, *, actor: User) -> None:
        """Asked again under the lock: the seat may have gone to somebody else."""
        request = self._request
        if request is not None:
            require(may_work_on_request(actor, request))

    def perform(self, action: Action, *, actor: User, version: SubtitleVersion) -> None:
        request = self._request
        if action is UPDATE:
            services.make_public(version, actor=actor)
        elif request is None:
            super().perform(action, actor=actor, version=version)
        elif action is ENDORSE:
            requests.endorse(request, actor=actor, version=version)

    @cached_property
    def _request(self) -> SubtitleRequest | None:
        return open_request(self.video, self.language_code)
