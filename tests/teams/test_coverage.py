"""Whatever happens to subtitles, tasks and videos, the coverage of a team is right (ADR 35)."""

import random
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from subtitles.models import SubtitleLanguage, SubtitleVersion
from teams import coverage
from teams.models import (
    CoverageCount,
    CoverageState,
    Project,
    SubtitleRequest,
    Task,
    Team,
)
from teams.soundness import findings
from tests.factories import TeamFactory, TeamMemberFactory, UserFactory, VideoFactory, add_subtitles
from tests.work import steps_in
from videos.models import Video
from videos.queries import Listing

pytestmark = pytest.mark.django_db
STEPS = 40
CODES = ("en", "fr", "de")


def assert_right() -> None:
    assert list(coverage.wrong_cells()) == []
    assert list(coverage.wrong_counts()) == []


class Happenings:
    """Things that happen by any way but the services."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - the same every time
        self.teams = [TeamFactory(), TeamFactory(), None]
        self.author = UserFactory()
        for team in self.teams[:2]:
            Project.objects.create(team=team, name="Other", slug="other")
        for _ in range(3):
            self.video()

    def place(self) -> dict[str, Any]:
        team = self.chance.choice(self.teams)
        projects = [None, *team.projects.all()] if team else [None]
        return {"team": team, "project": self.chance.choice(projects)}

    def some(self, model: Any, most: int = 4) -> Any:
        keys = list(model.objects.order_by("pk").values_list("pk", flat=True))
        chosen = self.chance.sample(keys, min(self.chance.randint(0, most), len(keys)))
        return model.objects.filter(pk__in=chosen)

    def video(self) -> None:
        Video.objects.bulk_create([Video(title="Film", **self.place()) for _ in range(2)])

    def subtitle(self) -> None:
        for video in self.some(Video):
            code = self.chance.choice(CODES)
            language, _ = SubtitleLanguage.objects.get_or_create(video=video, language_code=code)
            language.last_number += 1
            public = self.chance.random() < 0.4
            language.tip = SubtitleVersion.objects.create(
                language=language,
                version_number=language.last_number,
                is_public=public,
                subtitle_count=0,
                fully_synced=True,
                digest="",
                source_format="srt",
                cues=b"",
            )
            if public:
                language.public_tip = language.tip
            language.save()

    def task(self) -> None:
        for video in self.some(Video):
            if video.team_id:
                # One that is open goes on in the team that the video has left.
                Task.objects.get_or_create(
                    defaults={"team_id": video.team_id},
                    video=video,
                    language_code=self.chance.choice(CODES),
                    type=self.chance.choice(Task.Type.values),
                    completed=None,
                    is_deleted=False,
                )

    def ask(self) -> None:
        for video in self.some(Video, 2):
            code = self.chance.choice(CODES)
            there = SubtitleRequest.objects.filter(video=video, language_code=code, completed=None)
            if video.team_id and not there.exists():
                SubtitleRequest.objects.create(
                    source_team_id=video.team_id,
                    team_id=video.team_id,
                    video=video,
                    language_code=code,
                    stage=self.chance.choice((10, 20)),
                )

    def go_on(self) -> None:
        self.some(SubtitleRequest).update(stage=self.chance.choice((10, 20, 30)))

    def end(self) -> None:
        self.some(Task).update(is_deleted=True)
        self.some(Task, 1).delete()
        self.some(SubtitleRequest, 1).delete()

    def move(self) -> None:
        self.some(Video).update(**self.place())

    def hide(self) -> None:
        self.some(SubtitleLanguage).update(public_tip=None)

    def empty(self) -> None:
        self.some(SubtitleLanguage, 2).update(public_tip=None, tip=None)

    def delete(self) -> None:
        self.some(SubtitleLanguage, 1).delete()
        self.some(Video, 1).delete()
        self.some(SubtitleVersion, 2).delete()

    def add_up(self) -> None:
        coverage._tidy(f"team {self.teams[0].pk}")

    def lose_project(self) -> None:
        Project.objects.filter(slug="other", team=self.teams[1]).delete()


@pytest.mark.parametrize("seed", range(6))
def test_is_right_whatever_happens(seed: int) -> None:
    happen = Happenings(seed)
    names = [name for name in vars(Happenings) if not name.startswith("_")]
    names = [name for name in names if name not in ("place", "some")]
    weights = [4 if name in ("subtitle", "task", "move") else 1 for name in names]
    states = set()
    for name in ["subtitle"] * 4 + happen.chance.choices(names, weights, k=STEPS):
        getattr(happen, name)()
        assert_right()
        states |= set(CoverageCount.objects.values_list("state", flat=True))
    # Otherwise it would say nothing.
    assert len(states) > 1
    before = [_of(team) for team in Team.objects.order_by("pk")]
    coverage.count_anew()
    assert [_of(team) for team in Team.objects.order_by("pk")] == before
    assert_right()


def _of(team: Team) -> list[coverage.Total]:
    return coverage.totals(f"team {team.pk}")


def test_a_translation_goes_from_draft_to_published() -> None:
    """Through the services, in a team with a review."""
    team = TeamFactory(workflow_enabled=True, review_allowed=10)
    owner = UserFactory()
    TeamMemberFactory(team=team, user=owner, role_name="owner")
    video = VideoFactory(user=owner, team=team, primary_audio_language_code="en")

    def state() -> Any:
        (row,) = Listing({"team": team.pk}, more=coverage.cells).rows(1, 0)
        return coverage.states_of(row).get("en")

    assert state() is None
    add_subtitles(video, "en", action="save-draft")
    assert state() == CoverageState.DRAFT
    add_subtitles(video, "en", action="complete")
    assert state() == CoverageState.IN_REVIEW
    add_subtitles(video, "en", action="approve")
    assert state() == CoverageState.PUBLISHED
    assert _of(team) == [coverage.Total("en", 0, 0, 1)]
    assert_right()


def test_the_doctor_tells_and_a_command_mends() -> None:
    team = TeamFactory()
    video = VideoFactory(user=UserFactory(), team=team)
    add_subtitles(video, "en")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE teams_coveragecell SET state = 1")
    CoverageCount.objects.create(scope=f"team {team.pk}", language_code="fr", state=1, n=3)
    said = "\n".join(findings())
    assert f"video number {video.pk} in en" in said
    assert f"team {team.pk} in fr is 0 where 3 are counted" in said
    coverage.remove(connection)
    assert "The trigger coverage_languages_insert is missing" in "\n".join(findings())
    call_command("count_coverage")
    assert list(findings()) == []


@pytest.mark.skipif(connection.vendor != "sqlite", reason="of SQLite alone")
def test_a_change_looks_at_no_more_rows_in_a_large_team() -> None:
    """Statistics made SQLite begin with the videos of all teams."""
    team, others = TeamFactory(), TeamFactory()
    version = add_subtitles(VideoFactory(user=UserFactory(), team=team), "en")

    def more(count: int) -> None:
        made = [VideoFactory(user=version.author, team=team) for _ in range(count)]
        SubtitleLanguage.objects.bulk_create(
            SubtitleLanguage(video=film, language_code=code, tip=version, public_tip=version)
            for film in made
            for code in CODES
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def steps() -> list[int]:
        language = SubtitleLanguage.objects.latest("pk")
        its = SubtitleLanguage.objects.filter(pk=language.pk)
        films = Video.objects.filter(pk=language.video_id)
        changes = [
            lambda: its.update(tip=None, public_tip=None),
            lambda: its.update(tip=version),
            lambda: its.update(public_tip=version),
            lambda: films.update(team=others),
            lambda: films.update(team=team),
        ]
        return [steps_in(change) for change in changes]

    more(20)
    few = steps()
    more(200)
    assert all(many < 1.5 * one for one, many in zip(few, steps(), strict=True)), (few, steps())
    assert_right()


def test_notes_are_added_up_by_the_worker() -> None:
    team = TeamFactory()
    for _ in range(coverage.FEW + 1):
        add_subtitles(VideoFactory(user=UserFactory(), team=team), "en")
    before = CoverageCount.objects.filter(scope=f"team {team.pk}").count()
    assert before > coverage.FEW
    while coverage.tidy_some():
        pass
    assert CoverageCount.objects.filter(scope=f"team {team.pk}").count() == 1
    assert _of(team) == [coverage.Total("en", 0, 0, coverage.FEW + 1)]
