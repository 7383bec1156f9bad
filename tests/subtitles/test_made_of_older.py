"""Versions that are made of older ones go the way of any other, and of what the caller may read."""

import pytest
from django.db.models import Q

from amara_api.kernel.errors import NotThere
from subtitles import queries
from subtitles.models import SubtitleVersion
from subtitles.workflows.again import restore, transform
from teams.workflows import workflow_for
from tests.api.conftest import unchanged
from tests.factories import SRT, VideoFactory, add_subtitles

pytestmark = pytest.mark.django_db
DFXP = (
    '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:own="urn:own"><head><own:mark/></head><body><div>'
    '<p begin="00:00:01.000" end="00:00:02.000">Hello</p></div></body></tt>'
)
ROLLING = "".join(
    f"{n + 1}\n00:00:{n:02},000 --> 00:00:{n + 1:02},000\n{text}\n\n"
    for n, text in enumerate(["one", "one\ntwo", "two\nthree", "three\nfour"])
)


@pytest.fixture
def film(ana):
    video = VideoFactory(user=ana, primary_audio_language_code="en")
    add_subtitles(
        video,
        text=DFXP,
        source_format="dfxp",
        source=DFXP,
        title="First",
        metadata={"location": "Rome"},
    )
    add_subtitles(video, text=SRT.replace("Hello", "Spam"), title="Spam")
    return video


@pytest.fixture
def at(film):
    return f"videos/{film.video_id}/languages/en/subtitles/"


@pytest.fixture
def api(api_for, ana):
    return api_for(ana)


def newest(film):
    return film.subtitle_languages.get(language_code="en").tip


def test_what_was_restored_is_as_it_was(api, film, at):
    before = {each: api.get(f"{at}?version_number=1&format={each}").content for each in FILES}
    made = api.post(f"{at}restore/", {"version_number": 1})
    assert made.status_code == 201
    assert (made.json()["version_number"], made.json()["title"]) == (3, "First")
    assert {each: api.get(f"{at}?format={each}").content for each in FILES} == before
    tip = newest(film)
    assert (tip.origin, tip.note, tip.author) == ("rollback", "Version 1 again.", film.user)
    assert (tip.title, tip.metadata) == ("First", {"location": "Rome"})


FILES = ["dfxp", "srt", "vtt"]
WAYS = [
    ({"operation": "shift", "by": -500}, [500, 1500], "All cues 0.5 s earlier."),
    (
        {"operation": "stretch", "from_rate": 25, "to_rate": "12.50"},
        [2000, 4000],
        "All cues stretched from 25 to 12.5 frames a second.",
    ),
    (
        {"operation": "stretch", "anchors": [[1000, 0], [2000, 3000]]},
        [0, 3000],
        "All cues stretched: 0:00:01.000 is at 0:00:00.000 now, 0:00:02.000 at 0:00:03.000.",
    ),
]


@pytest.mark.parametrize(("sent", "times", "note"), WAYS)
def test_a_version_is_transformed(api, film, at, sent, times, note):
    body = {**sent, "version_number": 1, "dry_run": True}
    with unchanged():
        told = api.post(f"{at}transform/", body)
    assert (told.status_code, told.json()["note"], told.json()["subtitle_count"]) == (200, note, 1)
    (change,) = told.json()["changes"]
    assert (change["kind"], [change["to"][0][each] for each in ("start", "end")]) == (
        "retimed",
        times,
    )
    made = api.post(f"{at}transform/", {**body, "dry_run": False, "action": "publish"})
    assert made.status_code == 201
    assert [made.json()["subtitles"][0][each] for each in ("start", "end")] == times
    tip = newest(film)
    assert (tip.origin, tip.note, tip.title) == ("transform", note, "First")
    assert tip.language.subtitles_complete
    # The file says other times.
    assert tip.source is None
    assert b"own:mark" not in api.get(f"{at}?format=dfxp").content


def test_captions_collapse_and_gaps_close(api, film, at):
    add_subtitles(film, text=ROLLING)
    made = api.post(f"{at}transform/", {"operation": "collapse"}).json()
    assert [cue["text"] for cue in made["subtitles"]] == ["one", "two", "three", "four"]
    assert newest(film).note == "Rolling captions collapsed: 4 cues instead of 4."
    add_subtitles(film)
    made = api.post(f"{at}transform/", {"operation": "snap", "gap": 500}).json()
    assert [cue["end"] for cue in made["subtitles"]] == [3000, 4000]
    assert newest(film).note == "Gaps of up to 0.5 s closed: 1."


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"operation": "shift"}, "by"),
        ({"operation": "shift", "by": 5, "gap": 5}, "gap"),
        ({"operation": "shift", "by": 10**12}, "by"),
        ({"operation": "shift", "by": 5, "from_position": 0}, "from_position"),
        ({"operation": "shift", "by": 5, "from_position": 3}, "from_position"),
        ({"operation": "stretch", "from_rate": 25}, "to_rate"),
        ({"operation": "stretch", "from_rate": 25, "to_rate": 10**12}, "to_rate"),
        ({"operation": "stretch", "from_rate": 25, "to_rate": "1e99"}, "to_rate"),
        ({"operation": "stretch", "from_rate": 25, "to_rate": True}, "to_rate"),
        ({"operation": "stretch", "from_rate": 1, "to_rate": 1000}, "to_rate"),
        ({"operation": "stretch", "from_rate": 25, "anchors": [[1, 2], [3, 4]]}, "from_rate"),
        ({"operation": "stretch", "anchors": [[1, 2], [3, "x"]]}, "anchors"),
        ({"operation": "stretch", "anchors": [[1, 2], [3, -4]]}, "anchors"),
        ({"operation": "stretch", "anchors": {"1": 2}}, "anchors"),
        ({"operation": "stretch", "anchors": "[[1"}, "anchors"),
        ({"operation": "snap"}, "gap"),
        ({"operation": "snap", "gap": 60_000}, "gap"),
        ({"operation": "collapse"}, "operation"),
        ({"operation": ["shift"]}, "operation"),
        ({"by": 5}, "operation"),
        ({"operation": "shift", "by": 5, "action": "fly"}, None),
    ],
)
@pytest.mark.parametrize("dry", [True, False])
def test_what_cannot_be_done_says_which_field_and_changes_nothing(api, at, body, field, dry):
    with unchanged():
        refused = api.post(f"{at}transform/", {**body, "dry_run": dry})
    assert refused.status_code == 400, refused.content
    assert field is None or list(refused.json()) == [field]


def test_forms_and_xml_say_the_same(api, film, at):
    sent = api.post(
        f"{at}transform/",
        "operation=stretch&anchors=%5B%5B0,0%5D,%5B1000,2000%5D%5D&dry_run=true",
        content_type="application/x-www-form-urlencoded",
    )
    assert sent.json()["note"].startswith("All cues stretched: 0:00:00.000 is")
    xml = "<request><operation>shift</operation><by>250</by><dry_run>true</dry_run></request>"
    sent = api.post(f"{at}transform/", xml, content_type="application/xml")
    assert sent.json()["note"] == "All cues 0.25 s later."


def test_what_is_written_is_written_upon_what_was_read(api, film, at):
    for path, body in (("restore/", {"version_number": 1}), ("transform/", WAYS[0][0])):
        tag = api.get(at)["ETag"]
        with unchanged():
            refused = api.post(f"{at}{path}", body, headers={"If-Match": '"another"'})
        assert refused.status_code == 412
        assert api.post(f"{at}{path}", body, headers={"If-Match": tag}).status_code == 201
        with unchanged():
            again = api.post(f"{at}{path}", body, headers={"If-Match": tag})
        assert again.status_code == 412


def test_a_draft_that_is_not_theirs_is_as_unknown_as_none(api_for, cast):
    film = cast.team_video
    add_subtitles(film, text=SRT)
    add_subtitles(film, text=SRT.replace("Hello", "Secret"))
    language = film.subtitle_languages.get(language_code="en")
    draft = language.tip
    SubtitleVersion.objects.filter(pk=draft.pk).update(is_public=False)
    language.public_tip = language.versions.filter(is_public=True).latest("version_number")
    language.save()
    at = f"videos/{film.video_id}/languages/en/subtitles/"
    stranger, member = api_for(cast.stranger), api_for(cast.contributor)
    drafted, none = draft.version_number, 99
    with unchanged():
        for path, name in (("restore/", "version_number"), ("transform/", "version_number")):
            answers = [
                stranger.post(f"{at}{path}", {"operation": "shift", "by": 5, name: number})
                for number in (drafted, none)
            ]
            assert [(each.status_code, each.content) for each in answers] == [
                (404, answers[0].content)
            ] * 2
        for query in ("?from=1&to=%d", "?from=%d&to=1"):
            answers = [stranger.get(f"{at}diff/{query % number}") for number in (drafted, none)]
            assert [(each.status_code, each.content) for each in answers] == [
                (404, answers[0].content)
            ] * 2
    assert member.get(f"{at}diff/?to={drafted}").json()["to"]["published"] is False
    # What is not said is the newest that one may read, and the one before that.
    assert stranger.get(f"{at}diff/").status_code == 404
    assert stranger.get(f"{at}diff/?from=1").json()["to"]["version_number"] == drafted - 1
    both = member.get(f"{at}diff/").json()
    assert [both[side]["version_number"] for side in ("from", "to")] == [drafted - 1, drafted]
    body = {"operation": "shift", "by": 5, "dry_run": True}
    assert b"Secret" not in stranger.post(f"{at}transform/", body).content
    assert b"Secret" in member.post(f"{at}transform/", body).content


def test_what_was_deleted_cannot_be_had_again(film, ana):
    SubtitleVersion.objects.filter(version_number=1).update(is_deleted=True)
    for number in (1, 9):
        with pytest.raises(NotThere):
            restore(
                workflow_for(film, "en"),
                actor=ana,
                version_number=number,
                readable=lambda video: Q(),
            )
    with pytest.raises(NotThere):
        transform(
            workflow_for(film, "de"),
            actor=ana,
            how=lambda track: pytest.fail("there is no track"),
            readable=lambda video: Q(),
        )


def test_drafts_are_asked_for_under_the_lock(film, ana, monkeypatch):
    """Who sees drafts is asked of the video as it is while it is locked."""
    asked = []
    workflow = workflow_for(film, "en")
    stale = workflow.video

    def readable(video):
        asked.append(video)
        return Q()

    restore(workflow, actor=ana, version_number=1, readable=readable)
    assert asked
    assert all(video is not stale for video in asked)
    assert queries.track_of(newest(film).pk).plain_text == "Hello"


def test_the_workflow_says_what_becomes_of_it(api_for, cast):
    """In a team that reviews, what is made of a draft is a draft, and takes no action that is not
    offered."""
    film = cast.team_video
    sent = {"workflow_enabled": True, "review_allowed": "peer", "approve_allowed": "manager"}
    assert api_for(cast.owner).put("teams/films/", sent).status_code == 200
    at = f"videos/{film.video_id}/languages/en/subtitles/"
    member = api_for(cast.contributor)
    assert member.post(at, {"subtitles": SRT, "sub_format": "srt"}).status_code == 201
    with unchanged():
        body = {"version_number": 1, "action": "approve"}
        assert member.post(f"{at}restore/", body).json() == "No action: approve"
        body = {"operation": "shift", "by": 5, "action": "approve"}
        assert member.post(f"{at}transform/", body).json() == "No action: approve"
    assert member.post(f"{at}restore/", {"version_number": 1}).status_code == 201
    assert newest(film).is_public is False
    assert member.post(f"{at}transform/", {"operation": "shift", "by": 5}).status_code == 201
    assert newest(film).is_public is False
    # The draft is what is transformed by whoever sees it.
    assert queries.track_of(newest(film).pk).cues[0].start == 1005
