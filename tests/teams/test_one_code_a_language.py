"""The migration that brings twins together: what is stored under `iw` moves to `he`, and so on."""

from importlib import import_module

import pytest
from django.apps import apps

from activity.models import ActivityRecord
from amara_api.kernel.language_cldr import ALIASES
from amara_api.kernel.language_table import INTERNAL
from subtitles.models import SubtitleLanguage, SubtitleNote
from subtitles.services import add_note
from teams.models import SubtitleRequest, Task, TeamLanguage
from tests.factories import TeamFactory, VideoFactory, add_subtitles
from videos.models import Video

pytestmark = pytest.mark.django_db
migration = import_module("teams.migrations.0008_one_code_a_language")


def settle():
    migration.settle(apps, None)


def test_it_knows_every_alias_that_could_be_stored():
    assert {code: to for code, to in ALIASES.items() if code in INTERNAL} == migration.ALIASES


@pytest.fixture
def world(ana):
    """Two videos of a team: one with subtitles under the older code, one with both."""
    team = TeamFactory()
    moved, both = (
        VideoFactory(user=ana, team=team, primary_audio_language_code="iw") for _ in range(2)
    )
    for video in (moved, both):
        add_subtitles(video, "iw")
        add_note(video, actor=ana, language_code="iw", body="Older")
        Task.objects.create(team=team, video=video, type=Task.Type.REVIEW, language_code="iw")
        SubtitleRequest.objects.create(
            source_team=team, team=team, video=video, language_code="iw", subtitler=ana
        )
    add_subtitles(both, "he")
    add_subtitles(moved, "en")
    return moved, both


@pytest.mark.parametrize("model", [SubtitleLanguage, SubtitleNote, Task, SubtitleRequest])
def test_what_belongs_to_a_video_moves_unless_both_are_there(world, model):
    moved, both = world
    settle()
    codes = set(model.objects.filter(video=moved).values_list("language_code", flat=True))
    assert "he" in codes
    assert "iw" not in codes
    assert "iw" in model.objects.filter(video=both).values_list("language_code", flat=True)


def test_so_do_records_and_the_language_spoken(world):
    moved, both = world
    settle()
    assert not ActivityRecord.objects.filter(video=moved, language_code="iw").exists()
    assert ActivityRecord.objects.filter(video=moved, language_code="he").exists()
    assert ActivityRecord.objects.filter(video=both, language_code="iw").exists()
    assert set(Video.objects.values_list("primary_audio_language_code", flat=True)) == {"he"}


def test_it_can_run_twice(world):
    settle()
    before = list(SubtitleLanguage.objects.order_by("pk").values_list("pk", "language_code"))
    settle()
    assert before == list(
        SubtitleLanguage.objects.order_by("pk").values_list("pk", "language_code")
    )


def test_open_work_under_both_codes_stays_apart(ana):
    team = TeamFactory()
    video = VideoFactory(user=ana, team=team)
    for code in ("iw", "he"):
        Task.objects.create(team=team, video=video, type=Task.Type.TRANSLATE, language_code=code)
    settle()
    assert set(Task.objects.values_list("language_code", flat=True)) == {"iw", "he"}


def test_lists_of_teams_name_a_language_once():
    one, two = TeamFactory(), TeamFactory()
    TeamLanguage.objects.create(team=one, language_code="sw", kind=1)
    TeamLanguage.objects.create(team=two, language_code="sw", kind=1)
    TeamLanguage.objects.create(team=two, language_code="swa", kind=1)
    settle()
    assert sorted(TeamLanguage.objects.values_list("team", "language_code")) == sorted(
        [(one.pk, "swa"), (two.pk, "swa")]
    )


@pytest.mark.parametrize(("alias", "code"), migration.ALIASES.items())
def test_every_alias_moves(ana, alias, code):
    add_subtitles(VideoFactory(user=ana), alias)
    settle()
    assert SubtitleLanguage.objects.get().language_code == code
