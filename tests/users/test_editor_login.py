"""The link that a program makes for one of its people."""

import pytest
from django.test import Client

from tests.factories import UserFactory, VideoFactory


@pytest.fixture
def theirs(cast):
    return UserFactory(username="theirs", created_by=cast.partner)


@pytest.mark.parametrize(
    ("caller", "status"), [("partner", 201), ("staff", 201), ("stranger", 403), ("owner", 403)]
)
def test_only_staff_and_the_creator_may_make_one(cast, api_for, theirs, caller, status):
    video = VideoFactory()
    body = {"video_id": video.video_id, "user": theirs.identifier, "language_code": "en"}
    answer = api_for(cast.people[caller]).post("editor-login", body)
    assert answer.status_code == status
    if status == 201:
        visitor = Client()
        landed = visitor.get(answer.json()["url"])
        assert (landed.status_code, landed["Location"]) == (302, f"/videos/{video.video_id}/")
        assert visitor.session["_auth_user_id"] == str(theirs.pk)
        assert Client().get(answer.json()["url"]).status_code == 403


def test_nobody_becomes_staff_by_a_link(cast, api_for):
    body = {"video_id": cast.open_video.video_id, "user": "superuser"}
    assert api_for(cast.staff).post("editor-login", body).status_code == 403


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"video_id": "nonesuchabcd"}, {"video_id": ["Unknown video: nonesuchabcd"]}),
        ({"user": "nobody"}, {"user": ["Invalid User"]}),
        ({"language_code": "qqq"}, {"language_code": ["Unknown language code: qqq"]}),
    ],
)
def test_what_is_unknown_is_named(cast, api_for, theirs, change, error):
    body = {"video_id": cast.open_video.video_id, "user": "theirs", **change}
    answer = api_for(cast.partner).post("editor-login", body)
    assert (answer.status_code, answer.json()) == (400, error)


def test_a_hidden_video_is_an_unknown_one(cast, api_for, theirs):
    hidden = cast.hidden_video.video_id
    answer = api_for(cast.partner).post("editor-login", {"video_id": hidden, "user": "theirs"})
    assert answer.json() == {"video_id": [f"Unknown video: {hidden}"]}


def test_staff_are_told_that_no_link_logs_them_in(cast, api_for):
    body = {"create_login_token": True, "first_name": "New"}
    answer = api_for(cast.staff).put("users/staff/", body)
    assert answer.json() == {"create_login_token": ["Staff log in with their password."]}
    cast.staff.refresh_from_db()
    assert cast.staff.first_name == ""
