"""What posting subtitles and pressing buttons does, and what it must leave alone.

Here no team is involved: save-draft and publish are listed, and every version is public.
"""

import json

import pytest
from django.db import transaction

from activity.models import ActivityRecord
from amara_api.kernel.errors import InvalidInput
from subtitles import services, storage
from subtitles.formats import dump, load
from subtitles.models import SubtitleLanguage, SubtitleNote, SubtitleVersion
from subtitles.workflows.submit import perform, submit
from teams.models import SubtitlePolicy
from teams.workflows import workflow_for
from tests.factories import SRT, UserFactory, VideoFactory, add_subtitles
from videos.models import Video

UNSYNCED = "1\n00:00:01,000 --> 00:00:02,000\nHello\n\n2\n99:59:59,999 --> 99:59:59,999\nWorld\n"
EMPTY_DFXP = '<tt xmlns="http://www.w3.org/ns/ttml"><body><div/></body></tt>'
CUES = {
    "synced": {"subtitles": SRT, "sub_format": "srt"},
    "unsynced": {"subtitles": UNSYNCED, "sub_format": "srt"},
    "empty": {"subtitles": EMPTY_DFXP, "sub_format": "dfxp"},
}


@pytest.fixture
def video(ana):
    return VideoFactory(user=ana, title="Of the url", primary_audio_language_code="en")


@pytest.fixture
def at(video):
    return f"videos/{video.video_id}/languages/en/subtitles"


def state():
    """Everything that a refused post must leave as it was."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (Video, SubtitleLanguage, SubtitleVersion, SubtitleNote, ActivityRecord)
    ]


# Sent → the completeness after it, starting from false and from true; None: 400, nothing saved.
REFUSED = "Subtitles not complete"
COMPLETENESS = [
    ({}, "synced", False, True),
    ({"action": ""}, "unsynced", False, True),
    ({"action": "save-draft"}, "synced", False, True),
    ({"action": "save-draft"}, "unsynced", False, True),
    ({"action": "save-draft"}, "empty", False, True),
    ({"action": "publish"}, "synced", True, True),
    ({"action": "publish"}, "unsynced", REFUSED, REFUSED),
    ({"action": "publish"}, "empty", REFUSED, REFUSED),
    # Older programs send is_complete. It never fails.
    ({"is_complete": True}, "synced", True, True),
    ({"is_complete": True}, "unsynced", False, False),
    ({"is_complete": True}, "empty", True, True),
    ({"is_complete": False}, "synced", False, False),
    ({"is_complete": "false"}, "unsynced", False, False),
    ({"is_complete": "1"}, "synced", True, True),
    ({"is_complete": None}, "synced", False, True),
    ({"is_complete": "null"}, "synced", False, True),
    ({"is_complete": "n"}, "unsynced", False, True),
    ({"is_complete": ""}, "synced", False, True),
    # An action beats it.
    ({"action": "save-draft", "is_complete": True}, "synced", False, True),
    ({"action": "publish", "is_complete": False}, "synced", True, True),
    ({"action": "", "is_complete": True}, "synced", True, True),
    # What is not listed is not there, the two that is_complete stands for included.
    *(
        ({"action": name}, "synced", f"No action: {name}", f"No action: {name}")
        for name in ("unpublish", "api-complete", "approve", "complete", "Publish", "x y")
    ),
]


@pytest.mark.parametrize("was_complete", [False, True])
@pytest.mark.parametrize(("sent", "cues", "if_not", "if_complete"), COMPLETENESS)
def test_what_a_post_makes_of_completeness(
    api, video, at, sent, cues, if_not, if_complete, was_complete
):
    add_subtitles(video)
    SubtitleLanguage.objects.update(subtitles_complete=was_complete)
    expected = if_complete if was_complete else if_not
    before = state()
    answer = api.post(at, {**CUES[cues], **sent})
    if isinstance(expected, str):
        assert (answer.status_code, answer.json()) == (400, expected)
        assert state() == before
        return
    assert answer.status_code == 201, answer.content
    language = SubtitleLanguage.objects.get()
    assert language.subtitles_complete is expected
    # Here even a draft is a public version.
    assert language.tip == language.public_tip == SubtitleVersion.objects.latest("pk")


def test_a_refused_first_post_does_not_even_start_the_language(api, video, at):
    before = state()
    for body in ({"action": "publish"} | CUES["unsynced"], {"action": "nope"} | CUES["synced"]):
        assert api.post(at, body).status_code == 400
    assert state() == before


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (400, "no action")),
        ({"action": ""}, (400, "no action")),
        ({"action": None}, (400, "no action")),
        ({"action": "unpublish"}, (400, "No action: unpublish")),
        ({"action": "publish"}, (200, "")),
        ({"action": "save-draft"}, (200, "")),
    ],
)
def test_pressing_a_button(api, video, at, body, expected):
    # The missing action is named before the missing subtitles.
    early = api.post(f"{at}/actions", body)
    named = bool(body.get("action"))
    assert early.status_code == 400
    assert early.json() == ("No subtitles" if named else "no action")
    add_subtitles(video)
    before = state()
    answer = api.post(f"{at}/actions", body)
    assert (answer.status_code, answer.json()) == expected
    assert SubtitleVersion.objects.count() == 1
    if expected[0] == 400:
        assert state() == before
    else:
        complete = body["action"] == "publish"
        assert SubtitleLanguage.objects.get().subtitles_complete is complete
        assert ActivityRecord.objects.latest("pk").type == "action-performed"


def test_publishing_what_is_not_timed_is_refused(api, video, at):
    add_subtitles(video, text=UNSYNCED)
    before = state()
    answer = api.post(f"{at}/actions", {"action": "publish"})
    assert (answer.status_code, answer.json()) == (400, REFUSED)
    assert state() == before


def test_the_listed_actions(api, at):
    assert api.get(f"{at}/actions").json() == [
        {"action": "save-draft", "label": "Save Draft", "complete": None},
        {"action": "publish", "label": "Publish", "complete": True},
    ]


RICH = (
    "WEBVTT\n\nNOTE First\n\n"
    "id-1\n00:01.000 --> 00:02.000 line:0 align:left\n<i>Up</i> & <v Ana>down\n\n"
    "00:03.000 --> 00:04.000\nPlain\nin two lines\n"
)


@pytest.mark.parametrize("sub_format", ["json", "srt", "vtt", "sbv", "ssa", "dfxp"])
def test_the_answer_is_what_is_read_later(api, at, monkeypatch, sub_format):
    """It is made of what was sent, what is read of what was stored."""
    text = dump(load(RICH, "vtt"), sub_format)
    sent = json.loads(text) if sub_format == "json" else text
    posted = api.post(at, {"subtitles": sent, "sub_format": sub_format}).json()
    del posted["warnings"]
    monkeypatch.setattr(storage, "renditions", storage.Renditions())
    assert api.get(f"{at}?sub_format={sub_format}").json() == posted


# --- numbers and tips ----------------------------------------------------------------------------


def private_version(video, code="en", text=SRT):
    with transaction.atomic():
        language = services.claim_language(video, code)
        return services.add_version(
            language,
            author=video.user,
            track=load(text, "srt"),
            source_format="srt",
            is_public=False,
        )


def test_numbers_go_on_after_a_deletion_and_deleted_versions_stay_away(
    api, api_for, video, at, ana
):
    admin = api_for(UserFactory(is_superuser=True, is_staff=True))
    for _ in range(3):
        add_subtitles(video, action="publish")
    assert admin.delete(at).status_code == 204
    language = SubtitleLanguage.objects.get()
    assert (language.tip, language.public_tip, language.subtitles_complete) == (None, None, False)
    for query in ("", "?version_number=last", "?version_number=3", "?version_number=4"):
        assert admin.get(f"{at}{query}").status_code == 404
    listed = admin.get(f"videos/{video.video_id}/languages/en").json()
    assert (listed["versions"], listed["num_versions"], listed["published"]) == ([], 0, False)
    assert listed["subtitle_count"] == 0
    answer = api.post(at, CUES["synced"])
    assert answer.json()["version_number"] == 4
    language.refresh_from_db()
    assert language.tip.version_number == language.public_tip.version_number == 4
    assert language.tip.parent is None
    assert api.get(f"{at}?version_number=3").status_code == 404
    assert api.get(f"{at}?version_number=4").status_code == 200


def test_deleting_takes_the_translations_too_and_nothing_else(api_for, video):
    admin = api_for(UserFactory(is_superuser=True, is_staff=True))
    for code in ("en", "fr", "de"):
        add_subtitles(video, code, action="publish")
    english = SubtitleLanguage.objects.get(language_code="en")
    SubtitleLanguage.objects.filter(language_code="fr").update(translated_from=english)
    other = add_subtitles(VideoFactory(), action="publish")
    assert admin.delete(f"videos/{video.video_id}/languages/en/subtitles").status_code == 204
    deleted = SubtitleVersion.objects.filter(is_deleted=True)
    assert {v.language.language_code for v in deleted} == {"en", "fr"}
    assert {v.language.video_id for v in deleted} == {video.pk}
    tips = SubtitleLanguage.objects.filter(video=video).values_list("language_code", "tip_id")
    assert {code for code, tip in tips if tip is None} == {"en", "fr"}
    # Only the language that was named is no longer complete.
    complete = SubtitleLanguage.objects.filter(subtitles_complete=True)
    assert {(x.video_id, x.language_code) for x in complete} == {
        (video.pk, "fr"),
        (video.pk, "de"),
        (other.language.video_id, "en"),
    }
    kinds = ActivityRecord.objects.filter(type="subtitles-deleted").values_list("language_code")
    assert sorted(kinds) == [("en",), ("fr",)]
    assert admin.delete(f"videos/{video.video_id}/languages/it/subtitles").status_code == 404


def test_a_translation_is_forked_when_its_source_moves_on(video):
    add_subtitles(video, "en")
    add_subtitles(video, "fr")
    english, french = SubtitleLanguage.objects.order_by("language_code")
    SubtitleLanguage.objects.filter(pk=french.pk).update(translated_from=english)
    add_subtitles(video, "fr")
    french.refresh_from_db()
    assert not french.is_forked
    add_subtitles(video, "en")
    french.refresh_from_db()
    assert french.is_forked


def test_tips_of_public_and_private_versions(video, ana):
    public = add_subtitles(video)
    draft = private_version(video)
    language = SubtitleLanguage.objects.get()
    assert (language.tip, language.public_tip) == (draft, public)
    assert (draft.version_number, draft.parent) == (2, public)
    perform(workflow_for(video, "en"), actor=ana, action="save-draft")
    language.refresh_from_db()
    assert language.public_tip == public
    perform(workflow_for(video, "en"), actor=UserFactory(is_staff=True), action="publish")
    language.refresh_from_db()
    assert (language.tip, language.public_tip) == (draft, draft)
    draft.refresh_from_db()
    assert draft.is_public


@pytest.fixture
def drafts(video):
    """Versions: 1 public, 2 public, 3 private."""
    texts = [SRT.replace("Hello", f"Hello {n}") for n in (1, 2, 3)]
    add_subtitles(video, text=texts[0])
    add_subtitles(video, text=texts[1])
    private_version(video, text=texts[2])
    return video


VERSIONS = [
    # What is asked for: what a stranger and what staff get, a number or a status.
    ("", 2, 2),
    ("version_number=1", 1, 1),
    ("version_number=2", 2, 2),
    ("version_number=3", 404, 3),
    ("version_number=last", 2, 3),
    ("version=3", 404, 3),
    ("version=1", 1, 1),
    ("version_number=1&version=2", 1, 1),
    ("version_number=&version=1", 1, 1),
    ("version_number=0", 404, 404),
    ("version_number=-1", 404, 404),
    ("version_number=4", 404, 404),
    ("version_number=99999999999999999999999", 404, 404),
    ("version_number=2147483648", 404, 404),
    ("version_number=x", 400, 400),
    ("version_number=1.5", 400, 400),
    ("version_number=LAST", 400, 400),
]


@pytest.mark.parametrize(("query", "for_stranger", "for_staff"), VERSIONS)
def test_which_version_is_read(api_for, api, anonymous, drafts, at, query, for_stranger, for_staff):
    staff = api_for(UserFactory(is_staff=True))
    callers = [(anonymous, for_stranger), (api, for_stranger), (staff, for_staff)]
    for caller, expected in callers:
        for raw in ("", "&format=srt"):
            answer = caller.get(f"{at}/?{query}{raw}")
            if expected >= 400:
                assert answer.status_code == expected
                assert answer["Content-Type"] == "application/json"
            elif raw:
                assert f"Hello {expected}" in answer.content.decode()
            else:
                assert answer.json()["version_number"] == expected
    if for_stranger == 404:
        # A draft is as unknown as a number that was never given.
        unknown = anonymous.get(f"{at}/?version_number=77")
        assert anonymous.get(f"{at}/?{query}").content == unknown.content
    if for_stranger == 400:
        assert anonymous.get(f"{at}/?{query}").json() == ["invalid version number"]


def test_strangers_see_neither_drafts_nor_their_number(api_for, api, drafts):
    path = f"videos/{drafts.video_id}/languages/en"
    seen = api.get(path).json()
    assert [v["version_number"] for v in seen["versions"]] == [2, 1]
    assert seen["num_versions"] == 2
    known = api_for(UserFactory(is_staff=True)).get(path).json()
    assert [v["version_number"] for v in known["versions"]] == [3, 2, 1]
    assert [v["published"] for v in known["versions"]] == [False, True, True]


# --- what a version says of its video ------------------------------------------------------------


def test_a_public_version_in_the_spoken_language_renames_the_video(api, video, at):
    said = {
        "title": "Title",
        "description": "Description",
        "metadata": {"speaker-name": "Ana", "location": ""},
        "duration": 90,
    }
    Video.objects.update(metadata={"location": "Here"})
    assert api.post(at.replace("/en/", "/fr/"), CUES["synced"] | said).status_code == 201
    video.refresh_from_db()
    assert (video.title, video.description, video.duration) == ("Of the url", "", None)
    assert video.metadata == {"location": "Here"}
    answer = api.post(at, CUES["synced"] | said).json()
    video.refresh_from_db()
    assert (video.title, video.description, video.duration) == ("Title", "Description", 90)
    # Key by key, and an empty value takes nothing away.
    assert video.metadata == {"location": "Here", "speaker-name": "Ana"}
    assert (answer["title"], answer["video_title"]) == ("Title", "Title")
    # Empty fields and a second duration change nothing.
    later = {"title": "", "description": "", "metadata": {}, "duration": 10}
    assert api.post(at, CUES["synced"] | later).json()["title"] == ""
    video.refresh_from_db()
    assert (video.title, video.description, video.duration) == ("Title", "Description", 90)


def test_a_private_version_renames_the_video_once_it_is_published(video):
    draft = private_version(video)
    SubtitleVersion.objects.filter(pk=draft.pk).update(title="Drafted")
    services.copy_to_video(SubtitleVersion.objects.get(pk=draft.pk), actor=None)
    video.refresh_from_db()
    assert video.title == "Of the url"
    with transaction.atomic():
        perform(workflow_for(video, "en"), actor=UserFactory(is_staff=True), action="publish")
    video.refresh_from_db()
    assert video.title == "Drafted"


def test_what_a_language_says_with_and_without_a_public_version(api, video):
    Video.objects.update(description="The video's", metadata={"location": "Here"})
    private_version(video)
    path = f"videos/{video.video_id}/languages/en"
    bare = api.get(path).json()
    assert (bare["title"], bare["description"]) == ("Of the url", "The video's")
    assert bare["metadata"] == {"location": ""}
    add_subtitles(video, metadata={"location": "There"})
    public = api.get(path).json()
    assert (public["title"], public["description"]) == ("", "")
    assert public["metadata"] == {"location": "There"}


def test_origin_and_author_are_kept(api, ana, at):
    api.post(at, CUES["synced"] | {"from_editor": True})
    api.post(at, CUES["synced"])
    kept = SubtitleVersion.objects.order_by("pk").values_list("origin", "author")
    assert list(kept) == [("web-editor", ana.pk), ("api", ana.pk)]


@pytest.mark.parametrize(
    "code", ["xx-unknown", "klingon", "english", "e n", "en\x00", "..", "x" * 60]
)
def test_subtitles_in_no_language_are_refused_and_start_none(api, video, code):
    before = state()
    answer = api.post(f"videos/{video.video_id}/languages/{code}/subtitles", CUES["synced"])
    assert answer.status_code in (400, 404)
    assert answer["Content-Type"] == "application/json"
    with pytest.raises(InvalidInput):
        submit(workflow_for(video, code), actor=None, track=load(SRT, "srt"), source_format="srt")
    assert state() == before


@pytest.mark.parametrize("code", ["PT-BR", "pt-br", "Pt-bR"])
def test_a_language_has_one_spelling(api, video, code):
    api.post(f"videos/{video.video_id}/languages/{code}/subtitles", CUES["synced"])
    api.post(f"videos/{video.video_id}/languages", {"language_code": code})
    assert list(SubtitleLanguage.objects.values_list("language_code")) == [("pt-br",)]
    for read in (code, "pt-br"):
        assert api.get(f"videos/{video.video_id}/languages/{read}/subtitles").status_code == 200


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"is_primary_audio_language": True}, "fr"),
        ({"is_original": True}, "fr"),
        ({"is_original": False, "is_primary_audio_language": True}, "fr"),
        ({"is_original": True, "is_primary_audio_language": False}, "en"),
        ({"is_primary_audio_language": False}, "en"),
        ({"is_original": "false"}, "en"),
        ({}, "en"),
    ],
)
@pytest.mark.parametrize("exists", [False, True])
def test_only_true_makes_a_language_the_spoken_one(api, video, fields, expected, exists):
    path = f"videos/{video.video_id}/languages"
    if exists:
        api.post(path, {"language_code": "fr"})
        answer = api.put(f"{path}/fr", fields)
    else:
        answer = api.post(path, {"language_code": "fr", **fields})
    assert answer.status_code == (200 if exists else 201)
    video.refresh_from_db()
    assert video.primary_audio_language_code == expected
    assert answer.json()["is_primary_audio_language"] is (expected == "fr")


def test_a_language_that_exists_is_refused(api, video):
    add_subtitles(video)
    before = state()
    answer = api.post(f"videos/{video.video_id}/languages", {"language_code": "EN"})
    assert answer.status_code == 400
    assert answer.json() == {"language_code": ["Language already exists"]}
    assert state() == before


# --- notes ---------------------------------------------------------------------------------------


def test_notes_belong_to_a_language_and_to_the_team_they_were_made_in(cast, api_for):
    film = cast.team_video
    owner, stranger = api_for(cast.owner), api_for(cast.stranger)
    path = f"videos/{film.video_id}/languages/en/subtitles/notes"
    for body in ("first", "second"):
        made = owner.post(path, {"body": f"  {body}  "})
        assert (made.status_code, made.json()["body"]) == (201, body)
        assert made.json()["user"]["username"] == "owner"
    assert [note["body"] for note in owner.get(path).json()["objects"]] == ["first", "second"]
    assert owner.get(path.replace("/en/", "/fr/")).json()["objects"] == []
    # Who can see but not work on the subtitles reads only.
    cast.films.subtitle_policy = cast.films.translate_policy = SubtitlePolicy.MEMBERS
    cast.films.save()
    assert stranger.get(path).status_code == 200
    assert stranger.post(path, {"body": "x"}).status_code == 403
    for bad in ({}, {"body": ""}, {"body": " \n"}, {"body": ["x"]}, {"body": "x" * 20_001}):
        assert list(owner.post(path, bad).json()) == ["body"]
    assert SubtitleNote.objects.count() == 2
    # In another team they are not read.
    Video.objects.filter(pk=film.pk).update(team=cast.hush, is_public=False)
    assert owner.get(path).json()["objects"] == []
    assert stranger.get(path).status_code == 404
