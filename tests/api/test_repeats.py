"""`Idempotency-Key`: what is sent twice is done once, and answered alike."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone

from amara_api.kernel.models import Replay
from tests.api.conftest import tables
from tests.api.test_query_counts import world
from tests.conftest import Api
from tests.factories import SRT, UserFactory
from users.keys import add_key
from users.models import User
from videos.models import Video

__all__ = ["world"]

pytestmark = pytest.mark.django_db
KEY = {"Idempotency-Key": "5ee0a3c1-again"}
FILM = {"video_url": "https://media.example.com/repeated.mp4"}


def looks(response):
    names = ("Content-Type", "Location", "Content-Length", "Cache-Control", "Vary", "ETag")
    return response.status_code, response.content, {name: response.get(name) for name in names}


POSTS = {
    "a video": ("videos/", FILM),
    "a url": ("videos/{video}/urls/", {"url": "https://media.example.com/repeated.mp4"}),
    "a language": ("videos/{video}/languages/", {"language_code": "it"}),
    "subtitles": (
        "videos/{video}/languages/en/subtitles/",
        {"subtitles": SRT, "sub_format": "srt"},
    ),
    "a note": ("videos/{video}/languages/en/subtitles/notes/", {"body": "Again"}),
    "an action": ("videos/{video}/languages/en/subtitles/actions/", {"action": "publish"}),
    "a project": ("teams/guild/projects/", {"name": "New", "slug": "new"}),
    "a member": ("teams/guild/members/", {"user": "manager", "role": "contributor"}),
    "a message": ("message/", {"user": "manager", "subject": "Hello", "content": "Again"}),
    "a callback": ("teams/guild/callbacks/", {"url": "https://hooks.example.com/new"}),
    "a secret": ("teams/guild/callbacks/{callback}/rotate/", None),
    "a test": ("teams/guild/callbacks/{callback}/test/", None),
    "a login link": ("editor-login/", {"video_id": "{video}", "user": "contributor"}),
    "a team": ("teams/", {"name": "New", "slug": "new"}),
    "an account": ("users/", {"username": "newcomer", "create_login_token": True}),
}


@pytest.mark.parametrize("name", POSTS)
def test_the_same_request_is_done_once(world, name):
    world.guild.members.filter(user=world.cast.contributor).update(role=40)
    User.objects.filter(pk=world.cast.contributor.pk).update(is_partner=True)
    path, body = POSTS[name]
    path = path.format(**world.names)
    if body and "video_id" in body:
        body = {**body, "video_id": world.video.video_id}
    first = world.api.post(path, body, headers=KEY)
    assert first.status_code in (200, 201, 202), first.content
    assert "Idempotency-Replayed" not in first
    before = tables()
    again = world.api.post(path, body, headers=KEY)
    assert looks(again) == looks(first)
    assert again["Idempotency-Replayed"] == "true"
    assert tables() == before
    # Nothing of the answer can be read without the caller's own key.
    kept = bytes(Replay.objects.get().answer)
    assert first.content not in kept
    for secret in ("api_key", "auto_login_url", "secret", "url"):
        answered = first.json()
        if isinstance(answered, dict) and isinstance(value := answered.get(secret), str):
            assert value.encode() not in kept


@pytest.mark.parametrize("output", ["json", "xml", "yaml", "api"])
def test_in_every_format(api, output):
    path = f"videos/?format={output}"
    assert looks(api.post(path, FILM, headers=KEY)) == looks(api.post(path, FILM, headers=KEY))
    assert Video.objects.count() == 1


def test_another_request_under_the_same_key_is_refused(api, unchanged):
    assert api.post("videos/", FILM, headers=KEY).status_code == 201
    other = {"video_url": "https://media.example.com/other.mp4"}
    with unchanged():
        for path, body, headers in (
            ("videos/", other, {}),
            ("videos/", {**FILM, "title": "x"}, {}),
            ("videos/?api-future=20160801", FILM, {}),
            ("videos/", FILM, {"Accept": "application/xml"}),
            ("message/", FILM, {}),
        ):
            refused = api.post(path, body, headers={**KEY, **headers})
            assert refused.status_code == 422, path
    # Spaces and the order of members are no difference.
    spaced = json.dumps(FILM, indent=8)
    assert api.post("videos/", spaced, headers=KEY).status_code == 201


def test_a_form_with_another_boundary_is_the_same_request(api):
    video = api.post("videos/", FILM).json()["id"]
    path = f"/api/videos/{video}/languages/en/subtitles/"

    def send(text):
        file = SimpleUploadedFile("a.srt", text.encode(), content_type="text/plain")
        return api.client.post(path, {"sub_format": "srt", "subtitles": file}, headers=KEY)

    first = send(SRT)
    assert first.status_code == 201, first.content
    assert looks(send(SRT)) == looks(first)
    assert send(SRT + "\n3\n00:00:10,000 --> 00:00:11,000\nMore\n").status_code == 422
    assert api.get(path).json()["version_number"] == 1


def test_an_error_is_not_kept(api):
    wrong = api.post("videos/", {"video_url": "nothing"}, headers=KEY)
    assert (wrong.status_code, Replay.objects.count()) == (400, 0)
    assert api.post("videos/", FILM, headers=KEY).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_a_failure_leaves_neither_effect_nor_answer(api, monkeypatch):
    from amara_api.kernel.rest.repeats import Repeat

    def broken(*args):
        raise RuntimeError("between the effect and its answer")

    with monkeypatch.context() as patch:
        patch.setattr(Repeat, "keep", broken)
        api.client.raise_request_exception = False
        assert api.post("videos/", FILM, headers=KEY).status_code == 500
    assert (Video.objects.count(), Replay.objects.count()) == (0, 0)
    assert api.post("videos/", FILM, headers=KEY).status_code == 201


def test_a_key_is_its_accounts_own(api, api_for, anonymous):
    assert api.post("videos/", FILM, headers=KEY).status_code == 201
    other = {"video_url": "https://media.example.com/other.mp4"}
    second = api_for(UserFactory()).post("videos/", other, headers=KEY)
    assert second.status_code == 201
    assert "Idempotency-Replayed" not in second
    assert anonymous.post("videos/", other, headers=KEY).status_code == 401


def test_what_has_ended_the_right_to_do_it_is_told_again(world):
    """The answer was the caller's once."""
    world.guild.members.filter(user=world.cast.contributor).update(role=40)
    path, body = "teams/guild/members/", {"user": "manager", "role": "contributor"}
    first = world.api.post(path, body, headers=KEY)
    assert first.status_code == 201
    world.guild.members.filter(user=world.cast.contributor).update(role=10)
    assert looks(world.api.post(path, body, headers=KEY)) == looks(first)


@pytest.mark.parametrize("key", ["a" * 256, " ", "a\x7f", "é", "a\tb"])
def test_what_is_no_key_is_said(api, key):
    refused = api.post("videos/", FILM, headers={"Idempotency-Key": key})
    assert refused.status_code == 400
    assert "255" in refused.json()["detail"]


@pytest.mark.parametrize("key", ["a" * 255, "0", '"quoted, with: all ~signs"'])
def test_what_is_a_key(api, key):
    for _ in range(2):
        made = api.post("videos/", FILM, headers={"Idempotency-Key": key})
        assert made.status_code == 201


def test_an_answer_is_kept_for_a_day(api):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert api.post("videos/", FILM, headers=KEY).status_code == 201
        clock.shift(timedelta(hours=23, minutes=59))
        assert api.post("videos/", FILM, headers=KEY).status_code == 201
        clock.shift(timedelta(minutes=2))
        # Now it is a new request, and the url is taken.
        assert api.post("videos/", FILM, headers=KEY).status_code == 400
        other = {"video_url": "https://media.example.com/other.mp4"}
        assert api.post("videos/", other, headers={"Idempotency-Key": "x"}).status_code == 201
        assert Replay.objects.count() == 1
        clock.shift(timedelta(days=2))
        call_command("forget_answers")
        assert Replay.objects.count() == 0


def test_without_a_key_nothing_is_kept(api):
    assert api.post("videos/", FILM).status_code == 201
    assert api.post("videos/", FILM, headers={"Idempotency-Key": ""}).status_code == 400
    assert api.put("users/ana/", {"first_name": "x"}, headers=KEY).status_code == 200
    assert Replay.objects.count() == 0


def test_a_key_that_only_reads_is_told_nothing_again(ana, api_for):
    """The answer is its account's, and holds what that key could not have had."""
    body = {"label": "Robot"}
    first = api_for(ana).post("users/me/keys/", body, headers=KEY)
    assert first.status_code == 201
    reads = Api(add_key(ana, actor=None, scope="read")[1])
    again = reads.post("users/me/keys/", body, headers=KEY)
    assert (again.status_code, "Idempotency-Replayed" in again) == (403, False)
    assert again.json() == {"detail": "This key may only read."}
    # Another key of the account that may write is told.
    again = api_for(ana).post("users/me/keys/", body, headers=KEY)
    assert looks(again) == looks(first)
