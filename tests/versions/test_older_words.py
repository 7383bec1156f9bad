"""What programs of the older forms send and read, at the edges."""

import pytest

from tests.api.conftest import unchanged
from tests.factories import VideoFactory

pytestmark = pytest.mark.django_db


def test_an_unknown_member_is_named_in_the_older_forms_alone(cast, api_for):
    """Whichever name the field is sent by."""
    owner, path = api_for(cast.owner), "teams/films/members/"
    for field in ("username", "user"):
        body = {field: " nobody ", "role": "manager"}
        older = {"username": ["User does not exist: nobody"]}
        assert owner.post(f"/api2/partners/{path}", body).json() == older
        old = owner.post(path, body, headers={"X-API-FUTURE": "20160801"})
        assert (old.status_code, old.json()) == (400, older)
    today = owner.post(path, {"user": "nobody", "role": "manager"})
    assert today.json() == {"user": ["Invalid User"]}
    # Other errors keep their words.
    nothing = owner.post(path, {}, headers={"X-API-FUTURE": "20160801"}).json()
    assert nothing["username"] == ["This field is required."]


@pytest.mark.parametrize("length", [31, 32, 150, 5000])
@pytest.mark.parametrize("extra", [{}, {"find_unique_username": True}])
def test_a_user_name_that_is_too_long_says_so(cast, api_for, length, extra):
    sent = {"username": "x" * length, **extra}
    partner = api_for(cast.partner)
    with unchanged():
        answer = partner.post("users/", sent)
    told = {"username": ["Ensure this field has no more than 30 characters."]}
    assert (answer.status_code, answer.json()) == (400, told)


def test_blanks_leave_a_video_alone_before_2019(api, ana):
    video = VideoFactory(user=ana, title="Kept", description="Kept")
    path = f"videos/{video.video_id}/"
    for blanks in ("", " ", "\t\n", "\u00a0"):
        sent = dict.fromkeys(("title", "description", "thumbnail", "duration", "team"), blanks)
        for prefix in ("/api/", "/api2/partners/"):
            answer = api.put(prefix + path, sent)
            assert (answer.status_code, answer.json()["title"]) == (200, "Kept"), blanks
    new = api.put(path, {"title": " "}, headers={"X-API-FUTURE": "20190619"})
    assert new.json()["title"] == ""
