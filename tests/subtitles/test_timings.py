"""A translation begins with the timings of another language, and with no words."""

from typing import Any

import pytest

from subtitles.formats import FORMATS, dump, load
from subtitles.models import SubtitleLanguage, SubtitleVersion
from subtitles.queries import track_of
from teams.models import ReviewLevel, SubtitlePolicy, Task, Team
from tests.factories import SRT, TeamFactory, TeamMemberFactory, VideoFactory, add_subtitles

pytestmark = pytest.mark.django_db
# With looks, a place, and a paragraph.
VTT = """WEBVTT

NOTE Paragraph

00:00:01.000 --> 00:00:02.500 line:0
<b>Hello</b>

00:00:03.000 --> 00:00:04.000
World
"""


def path_of(video: Any, code: str = "de") -> str:
    return f"videos/{video.video_id}/languages/{code}/subtitles/"


def begin(api: Any, video: Any, code: str = "de", source: Any = "en", **sent: Any) -> Any:
    return api.post(path_of(video, code), {"from_language": source, **sent})


def test_has_times_and_places_and_no_words(api: Any, ana: Any) -> None:
    video = VideoFactory(user=ana, title="Tide")
    add_subtitles(video, "en", VTT, source_format="vtt", action="publish")
    answer = begin(api, video, title="Ebbe", metadata={"location": "Rom"})
    assert answer.status_code == 201
    body = answer.json()
    assert [(cue["start"], cue["end"], cue["text"]) for cue in body["subtitles"]] == [
        (1000, 2500, ""),
        (3000, 4000, ""),
    ]
    assert body["subtitles"][0]["meta"] == {"new_paragraph": True, "region": "top"}
    assert (body["title"], body["metadata"]) == ("Ebbe", {"location": "Rom"})
    language = api.get(f"videos/{video.video_id}/languages/de/").json()
    assert language["subtitles_complete"] is False
    assert language["is_translation"] is True
    assert language["original_language_code"] == "en"


@pytest.mark.parametrize("name", sorted(n for n in FORMATS if FORMATS[n].dump and n != "txt"))
def test_every_format_with_times_brings_it_back(api: Any, ana: Any, name: str) -> None:
    """What a translator downloads and posts unchanged is what there was."""
    video = VideoFactory(user=ana)
    add_subtitles(video, "en")
    begin(api, video)
    version = SubtitleVersion.objects.get(language__language_code="de")
    track = track_of(version.pk)
    text = dump(track, name)
    times = [(cue.start, cue.end, cue.text) for cue in track.cues]
    assert [(cue.start, cue.end, cue.text) for cue in load(text, name).cues] == times
    again = api.post(path_of(video), {"subtitles": text, "sub_format": name})
    assert again.status_code == 201, again.content
    newest = SubtitleLanguage.objects.get(language_code="de").tip_id
    assert [(cue.start, cue.end, cue.text) for cue in track_of(newest).cues] == times


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"from_language": "fr"}, "There are no subtitles in French to begin with."),
        ({"from_language": "de"}, "There are no subtitles in German to begin with."),
        ({"from_language": "klingon"}, "Unknown language code: klingon"),
        (
            {"from_language": "en", "subtitles": SRT},
            "This cannot be sent together with: subtitles.",
        ),
        (
            {"from_language": "en", "subtitles_url": "https://media.example.com/x.srt"},
            "This cannot be sent together with: subtitles_url.",
        ),
        (
            {"from_language": "en", "action": "publish", "is_complete": True},
            "This cannot be sent together with: action, is_complete.",
        ),
    ],
)
def test_what_cannot_be_changes_nothing(api: Any, ana: Any, sent: Any, said: str) -> None:
    video = VideoFactory(user=ana)
    add_subtitles(video, "en")
    SubtitleLanguage.objects.create(video=video, language_code="fr")
    answer = api.post(path_of(video), sent)
    assert answer.status_code == 400
    assert answer.json()["from_language"][0].startswith(said)
    assert not SubtitleLanguage.objects.filter(language_code="de").exists()


def test_only_begins(api: Any, ana: Any) -> None:
    video = VideoFactory(user=ana)
    add_subtitles(video, "en")
    add_subtitles(video, "de", action="publish")
    answer = begin(api, video)
    assert answer.json() == {"from_language": ["There are subtitles in German already."]}
    assert SubtitleVersion.objects.filter(language__language_code="de").count() == 1
    # The one way with an empty value, and with none.
    assert api.post(path_of(video), {"from_language": ""}).status_code == 400


def test_a_draft_that_the_caller_does_not_see_is_none(cast: Any, api_for: Any) -> None:
    """An unseen draft is answered as no language at all; members begin with it."""
    video = VideoFactory(user=cast.owner, team=cast.films)
    version = add_subtitles(video, "en", actor=cast.owner)
    SubtitleVersion.objects.filter(pk=version.pk).update(is_public=False)
    SubtitleLanguage.objects.filter(pk=version.language_id).update(public_tip=None)
    stranger = api_for(cast.stranger)
    hidden, unknown = begin(stranger, video), begin(stranger, video, source="fr")
    assert hidden.status_code == unknown.status_code == 400
    assert hidden.json()["from_language"] == ["There are no subtitles in English to begin with."]
    assert begin(api_for(cast.contributor), video).status_code == 201


def test_follows_the_newest_version_that_the_caller_sees(cast: Any, api_for: Any) -> None:
    video = VideoFactory(user=cast.owner, team=cast.films)
    add_subtitles(video, "en", actor=cast.owner)
    later = SRT.replace("00:00:01,000", "00:00:00,500")
    draft = add_subtitles(video, "en", later, actor=cast.owner)
    first = SubtitleVersion.objects.get(version_number=1)
    SubtitleVersion.objects.filter(pk=draft.pk).update(is_public=False)
    SubtitleLanguage.objects.filter(pk=draft.language_id).update(public_tip=first)
    starts = {
        person: begin(api_for(getattr(cast, person)), video, code).json()["subtitles"][0]["start"]
        for person, code in (("stranger", "de"), ("contributor", "fr"))
    }
    assert starts == {"stranger": 1000, "contributor": 500}


def test_a_team_does_not_publish_it(cast: Any, api_for: Any) -> None:
    video = VideoFactory(user=cast.owner, team=cast.films)
    add_subtitles(video, "en", actor=cast.owner)
    begin(api_for(cast.contributor), video)
    assert not SubtitleVersion.objects.get(language__language_code="de").is_public
    assert api_for(cast.stranger).get(path_of(video)).status_code == 404
    # Who begins it without seeing drafts has to see what they began.
    begin(api_for(cast.stranger), video, "fr")
    assert api_for(cast.stranger).get(path_of(video, "fr")).status_code == 200


@pytest.mark.parametrize("level", [ReviewLevel.NONE, ReviewLevel.PEERS])
def test_where_there_are_tasks_it_is_work_on_one(cast: Any, api_for: Any, level: int) -> None:
    team = TeamFactory(slug="desk", workflow_enabled=True, review_allowed=level)
    TeamMemberFactory(team=team, user=cast.stranger)
    video = VideoFactory(user=cast.owner, team=team)
    version = add_subtitles(video, "en", actor=cast.stranger)
    SubtitleLanguage.objects.filter(pk=version.language_id).update(public_tip=version)
    SubtitleVersion.objects.filter(pk=version.pk).update(is_public=True)
    assert begin(api_for(cast.stranger), video).status_code == 201
    begun = SubtitleVersion.objects.get(language__language_code="de")
    assert not begun.is_public
    task = Task.objects.get(language_code="de")
    assert (task.assignee, task.version, task.is_open) == (cast.stranger, begun, True)


def test_whoever_may_not_edit_may_not_begin(cast: Any, api_for: Any) -> None:
    Team.objects.filter(pk=cast.films.pk).update(
        subtitle_policy=SubtitlePolicy.MEMBERS, translate_policy=SubtitlePolicy.MEMBERS
    )
    video = VideoFactory(user=cast.owner, team=cast.films)
    add_subtitles(video, "en", actor=cast.owner)
    assert begin(api_for(cast.stranger), video).status_code == 403
    hidden = VideoFactory(user=cast.owner, team=cast.hush)
    assert begin(api_for(cast.stranger), hidden).status_code == 404
