"""The record of administrative changes: who, from where, what it was and is, and no secret."""

import json
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client

from activity.models import Callback
from amara_api.admin import Recorded
from amara_api.kernel.models import AdministrativeChange
from tests.admin.test_writes import post
from tests.factories import TeamFactory, UserFactory, VideoFactory
from users.models import User

pytestmark = pytest.mark.django_db


def newest() -> AdministrativeChange:
    return AdministrativeChange.objects.latest("pk")


def test_every_model_of_the_admin_is_recorded() -> None:
    assert [m for m, a in admin.site._registry.items() if not isinstance(a, Recorded)] == []


def test_a_change_has_actor_address_and_values(browser: Client, root: User, settings: Any) -> None:
    settings.AMARA_BEHIND_PROXY = True
    video = VideoFactory(title="Old")
    browser.defaults["HTTP_X_FORWARDED_FOR"] = "203.0.113.5, 198.51.100.7"
    assert post(browser, "videos_video_change", video.pk, title="New").status_code == 302
    change = newest()
    assert (change.actor, change.actor_number, change.address, change.via) == (
        "root",
        root.pk,
        "198.51.100.7",
        "admin",
    )
    assert (change.what, change.kind, change.thing_key) == (
        "changed",
        "videos.video",
        str(video.pk),
    )
    assert (change.before, change.after) == ({"title": "Old"}, {"title": "New"})


def test_lists_beside_the_row_are_told(browser: Client) -> None:
    team = TeamFactory(slug="films")
    post(browser, "teams_team_change", team.pk, preferred_languages="de fr")
    assert (newest().before, newest().after) == (
        {"preferred_languages": []},
        {"preferred_languages": ["de", "fr"]},
    )
    group = Group.objects.create(name="Staff")
    post(browser, "auth_group_change", group.pk, name="Crew", permissions=["1"])
    assert newest().before == {"name": "Staff", "permissions": []}
    assert newest().after["name"] == "Crew"
    assert len(newest().after["permissions"]) == 1


def test_urls_of_a_video_are_told(browser: Client) -> None:
    video = VideoFactory(video_url="https://media.example.com/a.mp4?key=hush")
    more = {"urls-TOTAL_FORMS": "2", "urls-1-url": "https://media.example.com/b.mp4?key=hush"}
    page = post(browser, "videos_video_change", video.pk, **more)
    assert page.status_code == 302, page.context["errors"]
    change = newest()
    assert change.before["video urls"] == []
    (added,) = change.after["video urls"]
    assert added["url"] == "https://media.example.com/b.mp4?…"
    assert "hush" not in json.dumps([change.before, change.after])


def test_additions_and_deletions_have_one_side(browser: Client) -> None:
    post(browser, "users_user_add", username="newcomer", email="new@example.com")
    added = newest()
    assert (added.what, added.before) == ("added", {})
    assert added.after["username"] == "newcomer"
    user = User.objects.get(username="newcomer")
    browser.post(f"/admin/users/user/{user.pk}/delete/", {"post": "yes"})
    deleted = newest()
    assert (deleted.what, deleted.after, deleted.thing) == ("deleted", {}, "newcomer")
    assert deleted.before["email"] == "new@example.com"
    # It outlives whom it is about, and its actor.
    root = User.objects.get(username="root")
    root.delete()
    assert newest().actor == "root"


def test_no_secret_is_kept(browser: Client) -> None:
    user = UserFactory(username="keeper")
    password = "correct-horse-battery-staple"
    browser.post(
        f"/admin/users/user/{user.pk}/password/",
        {"password1": password, "password2": password, "usable_password": "true"},
    )
    assert newest().before == {"password": "(not recorded)", "password_by": None}
    assert newest().after["password"] == "(not recorded)"
    assert newest().after["password_by"].startswith("root")
    page = browser.post(f"/admin/users/user/{user.pk}/key/")
    assert newest().message == "Issued a new API key."
    key = page.context["key"]
    callback = Callback.objects.create(
        team=TeamFactory(),
        url="https://hooks.example.com/T0/B0/hushhush?token=hushhush",
        auth_user="me",
        auth_password="hushhush",
        secret="whsec_hushhush",
        headers={"X-Key": "hushhush"},
    )
    browser.post(
        "/admin/activity/callback/",
        {"action": "new_secret", "_selected_action": [callback.pk]},
    )
    assert (newest().what, newest().thing) == ("done", "https://hooks.example.com/…")
    browser.post(f"/admin/activity/callback/{callback.pk}/delete/", {"post": "yes"})
    assert newest().what == "deleted"
    assert newest().before["url"] == "https://hooks.example.com/…"
    user.refresh_from_db()
    rows = json.dumps(list(AdministrativeChange.objects.values()), default=str)
    for secret in ("hushhush", password, key, user.password):
        assert secret not in rows


def test_what_is_refused_is_not_recorded(browser: Client) -> None:
    taken = VideoFactory().urls.get().url
    count = AdministrativeChange.objects.count()
    assert post(browser, "videos_video_add", video_url=taken).status_code == 200
    assert AdministrativeChange.objects.count() == count


def test_history_shows_it_and_superusers_find_all(browser: Client) -> None:
    video = VideoFactory(title="Old")
    post(browser, "videos_video_change", video.pk, title="<b>New</b>")
    page = browser.get(f"/admin/videos/video/{video.pk}/history/").content.decode()
    assert "title: Old" in page
    assert "title: &lt;b&gt;New" in page
    assert "127.0.0.1" in page
    untouched = VideoFactory()
    assert browser.get(f"/admin/videos/video/{untouched.pk}/history/").status_code == 200

    listed = browser.get("/admin/kernel/administrativechange/")
    assert listed.status_code == 200
    one = browser.get(f"/admin/kernel/administrativechange/{newest().pk}/change/")
    assert "&lt;b&gt;New" in one.content.decode()
    for action in ("add/", f"{newest().pk}/delete/"):
        assert browser.post(f"/admin/kernel/administrativechange/{action}").status_code == 403
    browser.force_login(UserFactory(is_staff=True))
    assert browser.get("/admin/kernel/administrativechange/").status_code == 403
