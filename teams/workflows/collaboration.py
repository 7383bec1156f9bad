"""The workflow of collaboration teams, whose work goes through subtitle requests."""

from functools import cached_property
from typing import Any

from subtitles.models import SubtitleVersion
from subtitles.workflows.actions import ENDORSE, SAVE_DRAFT, Action
from teams.models import SubtitleRequest
from teams.policies.requests import may_work_on_request, open_request
from teams.services import requests
from teams.services.locks import require
from teams.workflows.default import TeamWorkflow


class CollaborationWorkflow(TeamWorkflow):
    """Whoever does the present stage of the request drafts and endorses; nothing is public before
    the last has. Without a request those who may edit may publish."""

    def lock(self) -> None:
        self._request = requests.claim(self.video, self.language_code)

    def actions(self, user: Any) -> tuple[Action, ...]:
        request = self._request
        if request is None:
            return super().actions(user)
        return (SAVE_DRAFT, ENDORSE) if may_work_on_request(user, request) else ()

    def is_public_after(self, action: Action | None, user: Any) -> bool:
        return self._request is None

    def received(self, version: SubtitleVersion, *, actor: Any) -> None:
        """Asked again under the lock: the seat may have gone to somebody else."""
        request = self._request
        if request is not None:
            require(may_work_on_request(actor, request))

    def perform(self, action: Action, *, actor: Any, version: SubtitleVersion) -> None:
        request = self._request
        if request is None:
            super().perform(action, actor=actor, version=version)
        elif action is ENDORSE:
            requests.endorse(request, actor=actor, version=version)

    @cached_property
    def _request(self) -> SubtitleRequest | None:
        return open_request(self.video, self.language_code)
