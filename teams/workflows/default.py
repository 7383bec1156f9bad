"""The default workflow inside a team, which may not want every language."""

from amara_api import languages
from amara_api.decisions import ALLOWED, Decision, allowed_if
from subtitles.workflows.default import DefaultWorkflow
from teams.models import TeamLanguage


class TeamWorkflow(DefaultWorkflow):
    """Whoever may edit may publish, in any language that the team has not blacklisted."""

    def takes_language(self) -> Decision:
        return may_work_in(self.video.team_id, self.language_code)


def may_work_in(team_id: int | None, language_code: str) -> Decision:
    """Nothing is done for a team in a language it has blacklisted."""
    if team_id is None:
        return ALLOWED
    blacklisted = TeamLanguage.objects.filter(
        team=team_id, language_code=language_code, kind=TeamLanguage.Kind.BLACKLISTED
    )
    return allowed_if(
        not blacklisted.exists(),
        f"This team does no work in {languages.name(language_code)} ({language_code}).",
    )
