"""Which workflow governs a video: the only place that chooses."""

from subtitles.workflows.base import Workflow
from subtitles.workflows.default import DefaultWorkflow
from videos.models import Video


def workflow_for(video: Video, language_code: str) -> Workflow:
    return DefaultWorkflow(video, language_code)
