"""Videos into, out of and between teams, and everything that follows from it."""

from typing import Any

from django.db import transaction

from amara_api.errors import Conflict
from subtitles.services import publish_all
from teams.models import DEFAULT_PROJECT, Project, Team
from teams.services.locks import lock_team, lock_teams
from teams.services.requests import drop_requests_of
from teams.services.tasks import drop_tasks_of, welcome
from users.models import User
from videos import services
from videos.metadata import merged, metadata_of
from videos.models import Video


@transaction.atomic
def add_video(
    *, actor: User, team: Team | None = None, project: Project | None = None, **fields: Any
) -> Video:
    """A new video, in a team if one is given. See `videos.services.add_video`."""
    if team is not None:
        team, project = _current(team, project)
    video = services.add_video(actor=actor, team=team, project=project, **fields)
    welcome(video)
    return video


def add_video_as_provided(
    *, actor: User, video_url: str, team: Team | None = None, **fields: Any
) -> Video:
    """`add_video`, with what the provider of the video says about it.

    The provider is asked before the transaction begins: nothing is locked while it thinks.
    """
    source = services.source_of(video_url, "video_url")
    ids = {name: fields[name] for name in ("partner", "partner_video_id") if name in fields}
    if not services.is_taken(source, team, **ids):
        fields = merged(fields, metadata_of(source))
    return add_video(actor=actor, team=team, video_url=video_url, **fields)


@transaction.atomic
def update_video(video: Video, *, actor: User, **fields: Any) -> Video:
    """Change a video; ``team`` and ``project`` among the fields move it.

    Whoever gets it does not get the drafts of the team it leaves: they become public.
    """
    if "team" not in fields:
        return services.update_video(video, actor=actor, **fields)
    team, project = fields.pop("team"), fields.pop("project", None)
    before = video.team_id
    lock_teams(team, video.team)
    if services.lock(video).team_id != before:
        raise Conflict("Somebody else moved this video at the same moment. Try again.")
    if team is not None:
        team, project = _current(team, project)
    video = services.update_video(video, actor=actor, team=team, project=project, **fields)
    if before != video.team_id:
        drop_tasks_of(video)
        drop_requests_of(video, actor=actor)
        if before is not None:
            publish_all(video)
        welcome(video)
    return video


@transaction.atomic
def delete_video(video: Video, *, actor: User) -> None:
    """See `videos.services.delete_video`."""
    lock_teams(video.team)
    services.delete_video(video, actor=actor)


def _current(team: Team, project: Project | None) -> tuple[Team, Project | None]:
    """Both as they are now that the team is locked: it may have just become hidden."""
    fresh = lock_team(team)
    if project is not None:
        project = fresh.projects.filter(pk=project.pk).first()
    return fresh, project or fresh.projects.get(slug=DEFAULT_PROJECT)
