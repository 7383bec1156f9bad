"""Login links: who may have one made for whom, at every door, and until when."""

import re

import pytest
from django.core import mail
from django.test import Client

from activity.models import ActivityRecord
from activity.types import ActivityType
from tests.api.conftest import unchanged
from tests.conftest import Api
from tests.factories import UserFactory, VideoFactory
from tests.links import press
from users.keys import issue_key
from users.models import LoginToken, User
from users.services import update_user


@pytest.fixture
def theirs(cast):
    return UserFactory(username="theirs", created_by=cast.partner)


def opened(url) -> str | None:
    """The user name that a link logs in."""
    visitor = Client()
    visitor.post(url)
    pk = visitor.session.get("_auth_user_id")
    return User.objects.get(pk=pk).username if pk else None


# What a caller is to the account that the link is for, and whether they get it.
CALLERS = {
    "theirs": 201,
    "partner": 201,
    "staff": 201,
    "superuser": 201,
    "stranger": 403,
    "owner": 403,
    "other": 403,
    None: 401,
}


@pytest.fixture
def people(cast, theirs):
    return {
        **cast.people,
        "theirs": theirs,
        "other": UserFactory(username="other", is_partner=True),
        None: None,
    }


@pytest.mark.parametrize("caller", CALLERS)
def test_the_person_and_staff_and_the_creator_may_make_one(cast, api_for, people, theirs, caller):
    video = VideoFactory()
    body = {"video_id": video.video_id, "user": theirs.identifier, "language_code": "en"}
    api, status = api_for(people[caller]), CALLERS[caller]
    if status != 201:
        with unchanged():
            assert api.post("editor-login", body).status_code == status
        return
    answer = api.post("editor-login", body)
    assert answer.status_code == 201
    visitor = Client()
    landed = press(visitor, answer.json()["url"])
    place = f"/videos/{video.video_id}/en/edit/"
    assert (landed.status_code, landed["Location"]) == (302, place)
    assert visitor.session["_auth_user_id"] == str(theirs.pk)
    assert Client().get(answer.json()["url"]).status_code == 403


@pytest.mark.parametrize("caller", ["stranger", "partner", "adder", "owner"])
def test_everybody_may_make_one_for_themselves(cast, api_for, caller):
    body = {"video_id": cast.open_video.video_id, "user": caller}
    answer = api_for(cast.people[caller]).post("editor-login", body)
    assert (answer.status_code, opened(answer.json()["url"])) == (201, caller)


@pytest.mark.parametrize("target", ["staff", "superuser"])
@pytest.mark.parametrize("caller", ["staff", "superuser"])
def test_nobody_becomes_staff_by_a_link(cast, api_for, caller, target):
    """Not even themselves."""
    body = {"video_id": cast.open_video.video_id, "user": target}
    assert api_for(cast.people[caller]).post("editor-login", body).status_code == 403


def by_the_editor(api, cast, user):
    return api.post("editor-login", {"video_id": cast.open_video.video_id, "user": user.username})


def by_changing_the_account(api, cast, user):
    return api.put(f"users/{user.username}/", {"create_login_token": True})


@pytest.mark.parametrize("make", [by_the_editor, by_changing_the_account])
def test_who_has_one_made_for_whom_is_on_record(cast, api_for, theirs, make):
    answer = make(api_for(cast.staff), cast, theirs)
    record = ActivityRecord.objects.get(type=ActivityType.LOGIN_LINK_MADE)
    assert (record.actor, record.data) == (cast.staff, {"user": theirs.identifier})
    # Nor is it printed, also to those whom it concerns.
    assert opened(answer.json().get("url") or answer.json()["auto_login_url"]) == "theirs"
    for person in (cast.staff, theirs):
        for path in (f"users/{person.username}/activity/", "activity/"):
            assert "login" not in api_for(person).get(path).content.decode()


def test_a_new_account_with_a_link_is_on_record_as_both(cast, api_for):
    made = api_for(cast.partner).post("users/", {"username": "ana", "create_login_token": True})
    ana = User.objects.get(username=made.json()["username"])
    (link,) = ActivityRecord.objects.filter(actor=cast.partner, type="login-link-made")
    assert link.data == {"user": ana.identifier}


# --- until somebody comes in by themselves -------------------------------------------------------


@pytest.fixture
def made(cast, api_for, django_capture_on_commit_callbacks):
    """An account that the partner makes over HTTP, with a password and an address."""
    sent = {"username": "made", "email": "made@example.com", "password": "old words"}
    with django_capture_on_commit_callbacks(execute=True):
        answer = api_for(cast.partner).post("users/", sent)
    assert answer.status_code == 201
    return {**answer.json(), "video": cast.open_video.video_id}


def own_key():
    """Made by the person, unlike the one that the account came with."""
    person = User.objects.get(username="made")
    return issue_key(person, actor=person)


def confirms_an_address(made):
    (asked,) = mail.outbox
    path = re.search(r"/auth/confirm-email/\S+", asked.body)[0]
    assert press(Client(), path).status_code == 302


def confirms_an_address_and_takes_another(made):
    confirms_an_address(made)
    Api(own_key()).put("users/made/", {"email": "another@example.com"})
    assert not User.objects.get(username="made").email_confirmed


def sets_a_password(made):
    answer = Api(made["api_key"]).put("users/made/", {"password": "new words"})
    assert answer.status_code == 200


def logs_in_with_the_password(made):
    form = {"username": "made", "password": "old words"}
    assert Client().post("/auth/login/", form).status_code == 302


def logs_in_by_a_link_of_their_own(made):
    wish = {"create_login_token": True}
    answer = Api(own_key()).put("users/made/", wish)
    assert opened(answer.json()["auto_login_url"]) == "made"


def logs_in_by_an_editor_link_of_their_own(made):
    wish = {"video_id": made["video"], "user": "made"}
    answer = Api(own_key()).post("editor-login/", wish)
    assert opened(answer.json()["url"]) == "made"


def was_staff_for_a_while(made):
    for is_staff in (True, False):
        update_user(User.objects.get(username="made"), actor=None, is_staff=is_staff)


COMING_IN = [
    confirms_an_address,
    confirms_an_address_and_takes_another,
    sets_a_password,
    logs_in_with_the_password,
    logs_in_by_a_link_of_their_own,
    logs_in_by_an_editor_link_of_their_own,
    was_staff_for_a_while,
]


def asks(api, made):
    return api.post("editor-login/", {"video_id": made["video"], "user": "made"})


@pytest.mark.parametrize("comes_in", COMING_IN, ids=lambda way: way.__name__)
def test_then_the_creator_makes_no_more_links(cast, api_for, made, comes_in):
    creator = api_for(cast.partner)
    # By the creator's links alone nobody has come in by themselves.
    for _ in range(2):
        assert opened(asks(creator, made).json()["url"]) == "made"
    comes_in(made)
    with unchanged():
        assert asks(creator, made).status_code == 403
    assert asks(api_for(cast.staff), made).status_code == 201
    assert asks(Api(own_key()), made).status_code == 201
    # The key that the account came with is the creator's too.
    assert asks(Api(made["api_key"]), made).status_code in (401, 403)


@pytest.mark.parametrize("comes_in", COMING_IN[:4], ids=lambda way: way.__name__)
def test_then_a_link_that_the_creator_had_made_is_dead(cast, api_for, made, comes_in):
    url = asks(api_for(cast.partner), made).json()["url"]
    comes_in(made)
    assert opened(url) is None


def staff_sets_a_password(cast, api_for):
    return api_for(cast.staff).put("users/made/", {"password": "new"})


def creator_reads(cast, api_for):
    return api_for(cast.partner).get("users/made/")


def wrong_password(cast, api_for):
    return Client().post("/auth/login/", {"username": "made", "password": "wrong"})


def person_renames(cast, api_for):
    return api_for(User.objects.get(username="made")).put("users/made/", {"biography": "I"})


@pytest.mark.parametrize(
    "happens", [staff_sets_a_password, creator_reads, wrong_password, person_renames]
)
def test_what_is_no_coming_in_leaves_the_creator_the_links(cast, api_for, made, happens):
    assert happens(cast, api_for).status_code == 200
    assert asks(api_for(cast.partner), made).status_code == 201


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}])
def test_a_link_dies_with_the_right_to_make_it(cast, api_for, theirs, change):
    maker = cast.partner if "is_active" in change else cast.staff
    body = {"video_id": cast.open_video.video_id, "user": "theirs"}
    url = api_for(maker).post("editor-login", body).json()["url"]
    User.objects.filter(pk=maker.pk).update(**change)
    assert opened(url) is None
    assert not LoginToken.objects.exists()


# --- the other doors -----------------------------------------------------------------------------


def test_inviting_somebody_is_not_creating_them(cast, api_for):
    old = {"X-API-FUTURE": "20160801"}
    sent = {"username": "asked", "email": "asked@example.com", "role": "contributor"}
    api = api_for(cast.owner)
    assert api.post("teams/films/safe-members/", sent, headers=old).status_code == 202
    with unchanged():
        body = {"video_id": cast.open_video.video_id, "user": "asked"}
        assert api.post("editor-login/", body).status_code == 403
    assert api.get("users/asked/").json()["created_by"] is None


@pytest.mark.parametrize(
    ("caller", "status"),
    [("theirs", 200), ("staff", 200), ("superuser", 200), ("partner", 403), ("stranger", 403)],
)
def test_changing_an_account_makes_links_for_nobody_else(people, api_for, caller, status):
    answer = api_for(people[caller]).put("users/theirs/", {"create_login_token": True})
    assert answer.status_code == status
    if status == 200:
        assert opened(answer.json()["auto_login_url"]) == "theirs"


def test_staff_are_told_that_no_link_logs_them_in(cast, api_for):
    body = {"create_login_token": True, "first_name": "New"}
    answer = api_for(cast.staff).put("users/staff/", body)
    assert answer.json() == {"create_login_token": ["Staff log in with their password."]}
    cast.staff.refresh_from_db()
    assert cast.staff.first_name == ""


# --- what cannot be -----------------------------------------------------------------------------


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
