"""The interface of a workflow."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable
from typing import TYPE_CHECKING

from amara_api.kernel.decisions import ALLOWED, Decision
from amara_api.kernel.errors import Conflict, InvalidInput
from subtitles.models import SubtitleLanguage, SubtitleVersion
from subtitles.workflows.actions import API_COMPLETE, UNPUBLISH, Action
from videos.models import Video
from videos.services import lock as lock_video

if TYPE_CHECKING:
    from users.models import User


_UNSEEN = object()


class Workflow(ABC):
    """How one video's subtitles in one language are worked on.

    It answers for rules and effects of actions; who may edit at all is a policy.
    """

    def __init__(self, video: Video, language_code: str) -> None:
        self.video = video
        self.language_code = language_code
        self._seen: Hashable = _UNSEEN

    def lock(self) -> None:
        """Hold what the rules depend on until the transaction ends, and know it as it is now.

        Raises `Conflict` where the video has moved, or is worked on in another way by now.
        """
        self.video = lock_video(self.video)
        if not self.governs():
            raise Conflict("This team changed how it works at the same moment. Try again.")

    @abstractmethod
    def governs(self) -> bool:
        """Whether this is the workflow of the video as it is now."""

    def see(self) -> None:
        """Remember the present step: what the caller does next is meant for that one. Who answers a
        request calls it first; it is remembered once."""
        if self._seen is _UNSEEN:
            self._seen = self.step()

    def see_as(self, earlier: Workflow) -> None:
        """What the same request has seen before, unless the video is worked on otherwise now."""
        if type(self) is type(earlier):
            self._seen = earlier._seen

    @property
    def has_stepped(self) -> bool:
        """Whether the step that was seen is over."""
        return self._seen != self.step()

    def step(self) -> Hashable:
        """What the present step of the work is, to be told from the next one."""
        return None

    def takes_language(self) -> Decision:
        """Whether subtitles in this language are wanted at all."""
        return ALLOWED

    @abstractmethod
    def actions(self, user: User) -> tuple[Action, ...]:
        """What ``user`` may do now, in the order of the buttons."""

    @abstractmethod
    def is_public_after(self, action: Action | None, user: User) -> bool:
        """Whether a version that ``user`` sends with ``action`` can be read by everybody."""

    def waits_for_a_person(self, origin: str) -> bool:
        """Whether a version with this origin is a draft until somebody publishes it, whatever
        `is_public_after` says."""
        return False

    def is_public_without_words(self, action: Action | None, user: User) -> bool:
        """The same of a version of timings alone, with which ``user`` begins a translation."""
        return self.is_public_after(action, user)

    @abstractmethod
    def perform(self, action: Action, *, actor: User, version: SubtitleVersion) -> None:
        """The action's own effect, after completeness is settled."""

    def received(self, version: SubtitleVersion, *, actor: User) -> None:
        """What a new version calls for, whatever is done with it."""
        return

    def named(self, name: str, user: User) -> Action:
        """The action called ``name``. Raises `InvalidInput` when it is not among ``actions``."""
        for action in self.actions(user):
            if action.name == name:
                return action
        raise InvalidInput(f"No action: {name}")

    def implied(self, is_complete: bool | None, user: User) -> Action | None:
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
