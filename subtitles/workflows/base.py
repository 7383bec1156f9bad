"""The interface of a workflow."""

from abc import ABC, abstractmethod
from typing import Any

from amara_api.decisions import ALLOWED, Decision
from amara_api.errors import InvalidInput
from subtitles.models import SubtitleLanguage, SubtitleVersion
from subtitles.workflows.actions import API_COMPLETE, UNPUBLISH, Action
from videos.models import Video


class Workflow(ABC):
    """How one video's subtitles in one language are worked on.

    It answers for rules and effects of actions; who may edit at all is a policy.
    """

    def __init__(self, video: Video, language_code: str) -> None:
        self.video = video
        self.language_code = language_code

    def lock(self) -> None:
        """Hold what the rules depend on until the transaction ends."""
        return

    def takes_language(self) -> Decision:
        """Whether subtitles in this language are wanted at all."""
        return ALLOWED

    @abstractmethod
    def actions(self, user: Any) -> tuple[Action, ...]:
        """What ``user`` may do now, in the order of the buttons."""

    @abstractmethod
    def is_public_after(self, action: Action | None, user: Any) -> bool:
        """Whether a version that ``user`` sends with ``action`` can be read by everybody."""

    @abstractmethod
    def perform(self, action: Action, *, actor: Any, version: SubtitleVersion) -> None:
        """The action's own effect, after completeness is settled."""

    def received(self, version: SubtitleVersion, *, actor: Any) -> None:
        """What a new version calls for, whatever is done with it."""
        return

    def named(self, name: str, user: Any) -> Action:
        """The action called ``name``. Raises `InvalidInput` when it is not among ``actions``."""
        for action in self.actions(user):
            if action.name == name:
                return action
        raise InvalidInput(f"No action: {name}")

    def implied(self, is_complete: bool | None, user: Any) -> Action | None:
        """What a program that sends ``is_complete`` instead of an action means."""
        if is_complete is None:
            return None
        return API_COMPLETE if is_complete else UNPUBLISH

    def settle(
        self, action: Action, language: SubtitleLanguage, version: SubtitleVersion
    ) -> bool | None:
        """The completeness that ``action`` gives the language, or None to leave it.

        Raises `InvalidInput` when the action completes what is not complete.
        """
        if action.synced_sets_complete:
            return version.fully_synced
        if action.complete and not (version.subtitle_count and version.fully_synced):
            raise InvalidInput("Subtitles not complete")
        return action.complete
