"""Races: what a request was allowed by has changed before it holds its locks.

A view asks whether its caller may, then a service locks and writes. Here somebody else commits just
between the two, in every request that writes below a video, a team or a task: what is written
agrees with what is stored then, or nothing is. It is the same on both databases, without luck.

Where the rest of this section is shown: parallel posts to one language, one new language by two,
two primary urls, deleting urls, two owners, unique names, login links and deleting a video while it
is written to: `tests/server/test_concurrency.py`; kill -9, restarts and full disks:
`tests/server/test_faults.py` and `tests/server/crashes.py`.
"""

import contextlib
from types import SimpleNamespace

import pytest

from amara_api.kernel.rest.viewsets import ResourceViewSet
from amara_api.kernel.standing import calling, standing
from subtitles.models import SubtitleNote, SubtitleVersion
from teams.models import ApproveLevel, ReviewLevel, Role, SubtitlePolicy, Task, TeamMember
from teams.services import members, tasks, teams, videos
from tests.factories import (
    SRT,
    TeamFactory,
    TeamMemberFactory,
    UserFactory,
    VideoFactory,
    add_subtitles,
)
from videos.models import Video, VideoUrl

POST = {"subtitles": SRT, "sub_format": "srt"}


@pytest.fixture
def meanwhile(monkeypatch):
    """A change that is committed once the next request has been allowed."""
    waiting = []
    initial = ResourceViewSet.initial

    def allowed(view, request, *args, **kwargs):
        initial(view, request, *args, **kwargs)
        while waiting:
            # As in another request: the questions of this one are not put there.
            with standing(lambda: None), calling(lambda: None):
                waiting.pop()()

    monkeypatch.setattr(ResourceViewSet, "initial", allowed)
    yield waiting.append
    assert not waiting


@pytest.fixture
def crew(db):
    """Two reviewed teams, an admin each and `both` in both; the first has a video and a draft."""
    people = {name: UserFactory(username=name) for name in ("anna", "bob", "both")}
    old, new = (
        TeamFactory(
            slug=slug,
            workflow_enabled=True,
            review_allowed=ReviewLevel.PEERS,
            approve_allowed=ApproveLevel.MANAGERS,
            subtitle_policy=SubtitlePolicy.MEMBERS,
            translate_policy=SubtitlePolicy.MEMBERS,
        )
        for slug in ("old", "new")
    )
    for team, admin in ((old, "anna"), (new, "bob")):
        TeamMemberFactory(team=team, user=people[admin], role_name="admin")
        TeamMemberFactory(team=team, user=people["both"], role_name="admin")
    video = VideoFactory(user=people["both"], team=old, primary_audio_language_code="en")
    add_subtitles(video, actor=people["anna"])
    address = VideoUrl.objects.create(
        video=video, type="H", url="https://media.example.com/b.mp4", fingerprint="b", scope=old.pk
    )
    return SimpleNamespace(
        **people, old=old, new=new, video=video, url=address, path=f"videos/{video.video_id}/"
    )


def move(crew, team):
    video = Video.objects.get(pk=crew.video.pk)
    videos.update_video(video, actor=crew.both, team=team, project=None)


def demote(crew):
    member = TeamMember.objects.get(team=crew.old, user=crew.anna)
    members.remove_member(member, actor=crew.both, operator=True)


WRITES = {
    "edit": ("put", "", {"title": "Mine"}),
    "delete": ("delete", "", None),
    "duration": ("put", "duration/", {"duration": 7}),
    "add-url": ("post", "urls/", {"url": "https://media.example.com/c.mp4"}),
    "primary-url": ("put", "urls/{url}/", {"primary": True}),
    "delete-url": ("delete", "urls/{url}/", None),
    "new-language": ("post", "languages/", {"language_code": "fr"}),
    "language": ("put", "languages/en/", {"is_primary_audio_language": True, "soft_limit_cps": 9}),
    "subtitles": ("post", "languages/en/subtitles/", POST),
    "new-subtitles": ("post", "languages/fr/subtitles/", POST),
    "delete-subtitles": ("delete", "languages/en/subtitles/", None),
    "action": ("post", "languages/en/subtitles/actions/", {"action": "complete"}),
    "note": ("post", "languages/en/subtitles/notes/", {"body": "Mine"}),
    "take-away": ("put", "", {"team": None}),
}


def stored(crew):
    """All that a request of `WRITES` may change."""
    video = Video.objects.filter(pk=crew.video.pk)
    return [
        list(video.values("title", "duration", "team", "primary_audio_language_code")),
        list(VideoUrl.objects.filter(video=crew.video).order_by("pk").values("pk", "primary")),
        list(SubtitleVersion.objects.order_by("pk").values("pk", "is_public", "is_deleted")),
        list(crew.video.subtitle_languages.order_by("pk").values("pk", "soft_limit_cps")),
        list(Task.objects.order_by("pk").values("pk", "team", "assignee", "completed")),
        SubtitleNote.objects.count(),
    ]


@pytest.mark.parametrize("change", ["to-another-team", "out-of-teams", "role"])
@pytest.mark.parametrize("write", WRITES)
def test_what_was_allowed_is_asked_again(crew, api_for, meanwhile, write, change):
    method, path, body = WRITES[write]
    after = []

    def happens():
        if change == "role":
            demote(crew)
        else:
            move(crew, crew.new if change == "to-another-team" else None)
        after.append(stored(crew))

    meanwhile(happens)
    path = crew.path + path.format(url=crew.url.pk)
    call = getattr(api_for(crew.anna), method)
    answer = call(path) if body is None else call(path, body)
    assert answer.status_code in (403, 404, 409), answer.content
    assert [stored(crew)] == after


def test_a_task_is_of_its_videos_team(crew, api_for, meanwhile):
    meanwhile(lambda: move(crew, crew.new))
    body = {"type": "Review", "video_id": crew.video.video_id, "language": "en"}
    answer = api_for(crew.anna).post("teams/old/tasks/", body)
    assert answer.status_code == 400
    assert not Task.objects.filter(team=crew.old, is_deleted=False).exists()


def test_a_task_is_of_its_videos_team_also_past_the_view(crew):
    """The video is what the view read, and moves before the service has its locks."""
    stale = Video.objects.get(pk=crew.video.pk)
    move(crew, crew.new)
    with pytest.raises(Exception, match="moved"):
        tasks.add_task(
            crew.old, actor=crew.anna, video=stale, type=Task.Type.SUBTITLE, language_code="en"
        )


def test_what_is_sent_while_a_video_leaves_is_not_private_for_ever(crew, api_for, meanwhile):
    meanwhile(lambda: move(crew, None))
    answer = api_for(crew.anna).post(f"{crew.path}languages/en/subtitles/", POST)
    assert answer.status_code == 409
    assert "Try again" in answer.json()["detail"]
    assert not SubtitleVersion.objects.filter(is_public=False).exists()
    # Asked again, it is a post to a video without a team.
    assert api_for(crew.anna).post(f"{crew.path}languages/en/subtitles/", POST).status_code == 201
    assert not SubtitleVersion.objects.filter(is_public=False).exists()


def test_a_team_that_changes_how_it_works_is_asked_how(crew, api_for, meanwhile):
    meanwhile(
        lambda: teams.update_team(crew.old, actor=crew.anna, operator=True, workflow_enabled=False)
    )
    answer = api_for(crew.anna).post(f"{crew.path}languages/en/subtitles/", POST)
    assert answer.status_code == 409
    assert SubtitleVersion.objects.count() == 1


def test_a_video_goes_to_no_team_that_one_was_put_out_of(crew, api_for, meanwhile):
    def leaves():
        members.remove_member(TeamMember.objects.get(team=crew.new, user=crew.both), actor=crew.bob)

    meanwhile(leaves)
    answer = api_for(crew.both).put(crew.path, {"team": "new"})
    assert answer.status_code == 403
    assert Video.objects.get(pk=crew.video.pk).team == crew.old


# --- steps ---------------------------------------------------------------------------------------


def review(crew):
    """The draft waits for review; anna and both may review and approve."""
    TeamMember.objects.filter(team=crew.old).update(role=Role.OWNER)
    open_task = Task.objects.get(is_deleted=False, completed=None)
    tasks.update_task(open_task, actor=crew.anna, complete=True, assignee=crew.anna)


@pytest.mark.parametrize("door", ["actions/", ""])
def test_two_who_approve_at_once_take_one_step(crew, api_for, meanwhile, door):
    review(crew)
    path = f"{crew.path}languages/en/subtitles/"
    first, second = api_for(crew.anna), api_for(crew.both)
    answers = []

    def approve(api):
        body = {"action": "approve"} if door else {**POST, "action": "approve"}
        return api.post(path + door, body)

    meanwhile(lambda: answers.append(approve(first)))
    late = approve(second)
    assert [answer.status_code for answer in answers] == [200 if door else 201]
    assert late.status_code == 409, late.content
    assert "step" in late.json()["detail"]
    (left,) = Task.objects.filter(is_deleted=False, completed=None)
    assert left.type == Task.Type.APPROVE
    assert not SubtitleVersion.objects.filter(is_public=True).exists()
    # Whoever looks again may go on.
    assert approve(second).status_code == (200 if door else 201)


def test_a_task_is_completed_once(crew, api_for, meanwhile):
    review(crew)
    task = Task.objects.get(is_deleted=False, completed=None)
    path = f"teams/old/tasks/{task.pk}/"
    meanwhile(lambda: tasks.update_task(task, actor=crew.both, complete=True))
    answer = api_for(crew.anna).put(path, {"complete": True})
    assert (answer.status_code, "completed" in str(answer.json())) == (400, True)
    (left,) = Task.objects.filter(is_deleted=False, completed=None)
    assert left.type == Task.Type.APPROVE


# --- taking videos -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "status"), [("partner", 403), ("contributor", 403), ("adder", 200), ("staff", 200)]
)
def test_who_takes_a_video_into_a_team_could_delete_it(cast, api_for, who, status):
    person = cast.people[who]
    with contextlib.suppress(TeamMember.DoesNotExist):
        TeamMember.objects.get(team=cast.hush, user=person).delete()
    TeamMemberFactory(team=cast.hush, user=person, role_name="owner")
    path = f"videos/{cast.open_video.video_id}/"
    assert api_for(person).put(path, {"team": "hush"}).status_code == status
    assert api_for(person).delete(path).status_code == (204 if status == 200 else 403)
    assert Video.objects.filter(pk=cast.open_video.pk).exists() == (status == 403)
