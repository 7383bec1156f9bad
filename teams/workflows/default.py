"""The default workflow inside a team, which may not want every language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amara_api.kernel.decisions import Decision
from subtitles.workflows.default import DefaultWorkflow
from teams.models import Team
from teams.policies.videos import may_view_private_versions
from teams.policies.work import levels_of, may_work_in

if TYPE_CHECKING:
    from subtitles.workflows.actions import Action
    from users.models import User


class TeamWorkflow(DefaultWorkflow):
    """Whoever may edit may publish, in any language that the team has not blacklisted."""

    def governs(self) -> bool:
        team = self.video.team
        return team is not None and team.type != Team.Type.COLLABORATION and not self.has_tasks

    @property
    def has_tasks(self) -> bool:
        return levels_of(self.video).tasks

    def is_public_without_words(self, action: Action | None, user: User) -> bool:
        """A team has room for drafts. Those who do not see them have to see what they began."""
        hidden = may_view_private_versions(user, self.video)
        return self.is_public_after(action, user) and not hidden

    def takes_language(self) -> Decision:
        return may_work_in(self.video.team_id, self.language_code)
