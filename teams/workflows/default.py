"""The default workflow inside a team, which may not want every language."""

from amara_api.decisions import Decision
from subtitles.workflows.default import DefaultWorkflow
from teams.policies.work import may_work_in


class TeamWorkflow(DefaultWorkflow):
    """Whoever may edit may publish, in any language that the team has not blacklisted."""

    def takes_language(self) -> Decision:
        return may_work_in(self.video.team_id, self.language_code)
