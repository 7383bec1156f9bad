"""The workflow of videos outside teams and of simple teams: whoever may edit may publish."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amara_api.kernel.errors import InvalidInput
from subtitles import services
from subtitles.models import SubtitleVersion
from subtitles.workflows.actions import PUBLISH, SAVE_DRAFT, Action
from subtitles.workflows.base import Workflow

if TYPE_CHECKING:
    from users.models import User


class DefaultWorkflow(Workflow):
    def governs(self) -> bool:
        return self.video.team_id is None

    def actions(self, user: User) -> tuple[Action, ...]:
        return (SAVE_DRAFT, PUBLISH)

    def is_public_after(self, action: Action | None, user: User) -> bool:
        """Here a draft is incomplete, not secret."""
        return True

    def waits_for_a_person(self, origin: str) -> bool:
        """Outside teams: what a machine wrote, nobody has read yet."""
        return self.video.team_id is None and origin == SubtitleVersion.Origin.MACHINE

    def perform(self, action: Action, *, actor: User, version: SubtitleVersion) -> None:
        if action is PUBLISH:
            if not (version.is_public or self._may_reveal(version, actor)):
                raise InvalidInput("The newest version is hidden. Only staff may publish it.")
            # Who performs actions copies the title to the video.
            services.make_public(version, actor=actor)

    def _may_reveal(self, version: SubtitleVersion, user: User) -> bool:
        """Outside teams what is neither public nor a machine's was hidden, or made in a team."""
        return self.video.team_id is not None or version.is_of_machine or user.is_staff
