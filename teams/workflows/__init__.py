"""Which workflow governs a video: the only place that chooses."""

from subtitles.workflows.base import Workflow
from subtitles.workflows.default import DefaultWorkflow
from teams.models import Team
from teams.policies.work import levels_of
from teams.workflows.collaboration import CollaborationWorkflow
from teams.workflows.default import TeamWorkflow
from teams.workflows.tasks import TaskWorkflow
from videos.models import Video


def workflow_for(video: Video, language_code: str) -> Workflow:
    if video.team is None:
        return DefaultWorkflow(video, language_code)
    if video.team.type == Team.Type.COLLABORATION:
        return CollaborationWorkflow(video, language_code)
    chosen = TaskWorkflow if levels_of(video).tasks else TeamWorkflow
    return chosen(video, language_code)
