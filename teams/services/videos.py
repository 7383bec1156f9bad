"""Videos into, out of and between teams, and everything that follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack, cast

from django.db import transaction

from activity.outbox import announce, hold
from subtitles.services import publish_all
from teams.models import DEFAULT_PROJECT, Project, Team
from teams.policies.videos import may_add_video_to, may_move_video
from teams.services.locks import lock_team, lock_teams, require
from teams.services.requests import drop_requests_of
from teams.services.tasks import drop_tasks_of, welcome
from users.models import User
from videos import services
from videos.metadata import merged, metadata_of
from videos.models import Video

if TYPE_CHECKING:
    from videos.providers import VideoSource
    from videos.services import NewVideoFields


class VideoChanges(services.MovedVideoFields, total=False):
    """What may be said of a video, and where it goes."""

    metadata: dict[str, str] | None
    duration: int | None


@transaction.atomic
def add_video(
    *,
    actor: User,
    video_url: str,
    source: VideoSource | None = None,
    team: Team | None = None,
    project: Project | None = None,
    operator: bool = False,
    **fields: Unpack[NewVideoFields],
) -> Video:
    """A new video, in a team if one is given. See `videos.services.add_video`."""
    if team is not None:
        team, project = _current(team, project)
        if not operator:
            require(may_add_video_to(actor, team))
    video = services.add_video(
        actor=actor, video_url=video_url, source=source, team=team, project=project, **fields
    )
    welcome(video)
    return video


def as_provided(
    video_url: str, team: Team | None, fields: NewVideoFields
) -> tuple[VideoSource, NewVideoFields]:
    """What `add_video` needs, with the provider's short links followed, and what it says.

    To ask before the transaction begins: nothing is locked while the provider thinks.
    """
    source = services.source_of(video_url, "video_url", follow=True)
    partner, number = fields.get("partner"), fields.get("partner_video_id", "")
    taken = services.is_taken(source, team, partner=partner, partner_video_id=number)
    said = {} if taken else metadata_of(source)
    return source, cast("NewVideoFields", merged(fields, said))


@transaction.atomic
def update_video(
    video: Video, *, actor: User, operator: bool = False, **fields: Unpack[VideoChanges]
) -> Video:
    """Change a video; ``team`` and ``project`` among the fields move it.

    Whoever gets it does not get the drafts of the team it leaves: they become public. That is the
    last that happens in that team, and the other is told of it too.
    """
    if "team" not in fields:
        return services.update_video(video, actor=actor, **fields)
    team, project = fields["team"], fields.get("project")
    before = video.team_id
    lock_teams(team, video.team)
    stored = services.lock(video)
    if team is not None:
        team, project = _current(team, project)
    if not operator:
        require(may_move_video(actor, stored, team))
        if team is not None:
            require(may_add_video_to(actor, team))
    fields["team"], fields["project"] = team, project
    published = []
    if before is not None and before != (team and team.pk):
        hold(video.team, team)
        published = publish_all(stored, actor=actor)
    video = services.update_video(video, actor=actor, **fields)
    if before != video.team_id:
        for record in published if team is not None else ():
            announce(record, video=video, team=team)
        drop_tasks_of(video)
        drop_requests_of(video, actor=actor)
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
