"""The workflow of teams whose work goes through tasks."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from subtitles.models import SubtitleLanguage, SubtitleVersion
from subtitles.workflows.actions import APPROVE, COMPLETE, PUBLISH, SAVE_DRAFT, SEND_BACK, Action
from teams.models import Task
from teams.policies.work import levels_of, may_judge, open_task
from teams.services import tasks
from teams.services.locks import lock_team
from teams.workflows.default import TeamWorkflow

if TYPE_CHECKING:
    from users.models import User

_OUTCOMES = {
    COMPLETE.name: tasks.DONE,
    APPROVE.name: tasks.APPROVED,
    SEND_BACK.name: tasks.REJECTED,
}


class TaskWorkflow(TeamWorkflow):
    """What the open task asks for can be done.

    Without one, those who may judge change what is published already; anybody else's work begins
    a task, so that nothing gets past review and approval.
    """

    def lock(self) -> None:
        if self.video.team is not None:
            lock_team(self.video.team)
        super().lock()

    def governs(self) -> bool:
        return self.has_tasks

    def step(self) -> Hashable:
        task = self._task
        return task.pk if task else None

    def actions(self, user: User) -> tuple[Action, ...]:
        task = self._task
        if task is not None and task.is_judging:
            return (SAVE_DRAFT, SEND_BACK, APPROVE)
        if task is not None:
            return (SAVE_DRAFT, COMPLETE)
        if self._edits_directly(user):
            return (PUBLISH,)
        return (SAVE_DRAFT, COMPLETE) if levels_of(self.video).judged else (SAVE_DRAFT, PUBLISH)

    def implied(self, is_complete: bool | None, user: User) -> Action | None:
        """Where something is to be completed, that is what "it is complete" means."""
        if is_complete and COMPLETE in self.actions(user):
            return COMPLETE
        return super().implied(is_complete, user)

    def is_public_after(self, action: Action | None, user: User) -> bool:
        """Only what nobody has to look at any more."""
        if not levels_of(self.video).judged:
            return True
        return self._task is None and self._edits_directly(user)

    def received(self, version: SubtitleVersion, *, actor: User) -> None:
        """A draft belongs to a task, and whoever sends subtitles takes the task on."""
        if not version.is_public or self._task is not None:
            tasks.take_on(self.video, self.language_code, version, actor=actor)

    def perform(self, action: Action, *, actor: User, version: SubtitleVersion) -> None:
        outcome, task = _OUTCOMES.get(action.name), self._task
        if outcome is not None and task is None:
            # A draft whose task was deleted: work that nobody asked for.
            tasks.take_on(self.video, self.language_code, version, actor=actor)
            task = self._task
        if outcome is not None and task is not None:
            found = tasks.locked(task)
            # One object for one row: what is written of the video is seen by whoever comes after.
            found.video = self.video
            tasks.finish(found, actor=actor, outcome=outcome)
        else:
            super().perform(action, actor=actor, version=version)

    @property
    def _task(self) -> Task | None:
        return open_task(self.video, self.language_code)

    def _edits_directly(self, user: User) -> bool:
        published = SubtitleLanguage.objects.filter(
            video=self.video, language_code=self.language_code, public_tip__isnull=False
        )
        return published.exists() and bool(may_judge(user, self.video, self.language_code))
