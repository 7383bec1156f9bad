"""The workflow of videos outside teams and of simple teams: whoever may edit may publish."""

from typing import Any

from subtitles import services
from subtitles.models import SubtitleVersion
from subtitles.workflows.actions import PUBLISH, SAVE_DRAFT, Action
from subtitles.workflows.base import Workflow


class DefaultWorkflow(Workflow):
    def actions(self, user: Any) -> tuple[Action, ...]:
        return (SAVE_DRAFT, PUBLISH)

    def is_public_after(self, action: Action | None, user: Any) -> bool:
        """Always: here a draft is incomplete, not secret."""
        return True

    def perform(self, action: Action, *, actor: Any, version: SubtitleVersion) -> None:
        if action is PUBLISH:
            # Who performs actions copies the title to the video.
            services.make_public(version, actor=actor)
