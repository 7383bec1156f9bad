"""People, teams, videos and subtitles for tests, made by the services that make the real ones."""

from typing import Any

import factory
from factory.django import DjangoModelFactory

from subtitles.formats import load
from subtitles.workflows.submit import submit
from teams.models import DEFAULT_PROJECT, Project, Role, Team, TeamMember
from teams.workflows import workflow_for
from users.models import User
from videos.models import Video
from videos.services import add_video

SRT = """1
00:00:01,000 --> 00:00:02,500
Hello

2
00:00:03,000 --> 00:00:04,000
World
"""


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    email_confirmed = True
    password = "!"


class TeamFactory(DjangoModelFactory[Team]):
    class Meta:
        model = Team
        skip_postgeneration_save = True

    slug = factory.Sequence(lambda n: f"team{n}")
    name = factory.LazyAttribute(lambda team: team.slug.title())

    @factory.post_generation
    def default_project(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        Project.objects.create(team=self, name=DEFAULT_PROJECT, slug=DEFAULT_PROJECT)


class TeamMemberFactory(DjangoModelFactory[TeamMember]):
    class Meta:
        model = TeamMember
        exclude = ("role_name",)

    role_name = "contributor"
    role = factory.LazyAttribute(lambda member: Role[member.role_name.upper()])


class VideoFactory(factory.Factory):
    class Meta:
        model = Video

    video_url = factory.Sequence(lambda n: f"https://media.example.com/film-{n}.mp4")
    user = factory.SubFactory(UserFactory)

    @classmethod
    def _create(cls, model_class: Any, *args: Any, user: Any, **fields: Any) -> Video:
        team = fields.get("team")
        if team is not None:
            fields.setdefault("project", team.projects.get(slug=DEFAULT_PROJECT))
        return add_video(actor=user, **fields)


def add_subtitles(video: Video, code: str = "en", text: str = SRT, **fields: Any) -> Any:
    """A version of ``video``'s subtitles, by its adder unless ``actor`` says otherwise: of a text,
    or of a ``track``."""
    actor = fields.pop("actor", video.user)
    format = fields.pop("source_format", "srt")
    track = fields.pop("track", None) or load(text, format)
    return submit(
        workflow_for(video, code),
        actor=actor,
        track=track,
        source_format=format,
        **fields,
    )
