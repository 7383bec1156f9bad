"""Which workflow governs a video: the only place that chooses."""

from amara_api.kernel.decisions import Decision
from subtitles.workflows.base import Workflow
from subtitles.workflows.default import DefaultWorkflow
from teams.models import Team
from teams.policies import may_edit_subtitles
from teams.policies.work import levels_of
from teams.workflows.collaboration import CollaborationWorkflow
from teams.workflows.default import TeamWorkflow
from teams.workflows.tasks import TaskWorkflow
from users.models import User
from videos.models import Video


def workflow_for(video: Video, language_code: str) -> Workflow:
    if video.team is None:
        return DefaultWorkflow(video, language_code)
    if video.team.type == Team.Type.COLLABORATION:
        return CollaborationWorkflow(video, language_code)
    chosen = TaskWorkflow if levels_of(video).tasks else TeamWorkflow
    return chosen(video, language_code)


def may_work_on(user: User, video: Video, language_code: str) -> Decision:
    """Whether somebody may send subtitles in this language, and the video takes any in it."""
    decision = may_edit_subtitles(user, video, language_code)
    return workflow_for(video, language_code).takes_language() if decision else decision
