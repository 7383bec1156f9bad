"""The admin's lists: found, searchable, free of secrets, and of a constant cost."""

import re
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from activity.models import Callback, Tally
from activity.outbox import write
from subtitles.services import add_note
from teams import coverage, long_lists
from teams.models import Application, Invitation, Project, SubtitleRequest, Task, Team
from tests.factories import TeamFactory, TeamMemberFactory, UserFactory, VideoFactory, add_subtitles
from tests.pages.html import queries
from users import keys
from users.models import ApiKey, Identity, LoginToken, Message, SecondFactor, User
from videos.models import Language, VideoFollower

pytestmark = pytest.mark.django_db
OURS = ("users", "videos", "subtitles", "teams", "activity")
# What each list is searched for, and finds: made by `populate` below.
SEARCHES = {
    "users.User": "member-0",
    "users.ApiKey": "member-0",
    "users.LoginToken": "member-0",
    "users.SecondFactor": "member-0",
    "users.Identity": "member-0",
    "users.Message": "member-0",
    "videos.Video": "Film of team-0",
    "videos.VideoFollower": "member-0",
    "videos.Language": "Tongue 0",
    "videos.VideoCount": "public en",
    "subtitles.SubtitleLanguage": "Film of team-0",
    "subtitles.SubtitleVersion": "Film of team-0",
    "subtitles.SubtitleNote": "remark 0",
    "teams.Team": "team-0",
    "teams.Project": "team-0",
    "teams.TeamMember": "member-0",
    "teams.Invitation": "member-0",
    "teams.Application": "member-0",
    "teams.Task": "member-0",
    "teams.SubtitleRequest": "member-0",
    "activity.ActivityRecord": "member-0",
    "activity.Callback": "team-0",
    "activity.Notification": "team-0",
    "activity.Outbox": "team-0",
    "activity.Tally": "question-0",
}


def populate(first: int, last: int) -> None:
    for n in range(first, last):
        user = UserFactory(username=f"member-{n}", created_by=None)
        keys.issue_key(user, actor=user)
        keys.issue_login_token(user)
        SecondFactor.objects.create(user=user, secret=b"sealed")
        Identity.objects.create(user=user, issuer="https://login.example.com", subject=f"s{n}")
        team = TeamFactory(slug=f"team-{n}")
        TeamMemberFactory(team=team, user=user, role_name="owner")
        Invitation.objects.create(team=team, user=user, inviter=user)
        Application.objects.create(team=team, user=user)
        Message.objects.create(user=user, sender=user, team=team, subject="Hello", content="World")
        video = VideoFactory(
            user=user, team=team, title=f"Film of team-{n}", primary_audio_language_code="en"
        )
        add_subtitles(video, "en")
        Task.objects.create(team=team, video=video, type=Task.Type.TRANSLATE, assignee=user)
        SubtitleRequest.objects.create(
            source_team=team, team=team, video=video, language_code="fr", subtitler=user
        )
        add_note(video, actor=user, language_code="en", body=f"remark {n}")
        Language.objects.create(code=f"x-tongue-{n}", name=f"Tongue {n}")
        callback = Callback.objects.create(team=team, url="https://hooks.example.com/")
        write(callback, "test", {})
        Tally.objects.create(question=f"question-{n}", upto=n, count=n, made=timezone.now())


def address(name: str, page: str = "changelist", *args: Any) -> str:
    return reverse(f"admin:{name.lower().replace('.', '_')}_{page}", args=args)


def test_every_model_is_there() -> None:
    ours = {model for app in OURS for model in apps.get_app_config(app).get_models()}
    inline = {apps.get_model("videos.VideoUrl"), apps.get_model("teams.TeamLanguage")}
    inline.add(apps.get_model("teams.Evaluation"))
    # Its keys open accounts; people see and end their own.
    inline.add(apps.get_model("users.BrowserSession"))
    # What triggers keep: nothing to look at or to change.
    inline |= {*coverage.MODELS, *long_lists.MODELS}
    assert ours - inline <= set(admin.site._registry)
    assert {model._meta.label for model in ours - inline} == set(SEARCHES)


@pytest.mark.by_halves
@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_finds_it(browser: Client, name: str) -> None:
    populate(0, 2)
    found = browser.get(address(name), {"q": SEARCHES[name]})
    assert found.status_code == 200
    assert found.context["cl"].result_count >= 1
    assert browser.get(address(name), {"q": "no such thing"}).context["cl"].result_count == 0
    assert browser.get(address(name), {"q": "\x00"}).status_code == 200


@pytest.mark.by_halves
@pytest.mark.parametrize("name", SEARCHES)
def test_it_costs_the_same_for_many(browser: Client, name: str) -> None:
    populate(0, 2)
    browser.get(address(name))
    few = queries(lambda: browser.get(address(name)))
    populate(2, 12)
    assert queries(lambda: browser.get(address(name))) == few <= 8


@pytest.mark.by_halves
@pytest.mark.parametrize("name", SEARCHES)
def test_no_page_shows_a_digest_or_lists_a_table(browser: Client, name: str) -> None:
    populate(0, 3)
    secrets = {
        *ApiKey.objects.values_list("digest", flat=True),
        *LoginToken.objects.values_list("digest", flat=True),
        *Callback.objects.values_list("secret", flat=True),
    }
    model = apps.get_model(name)
    one = model._default_manager.order_by("-pk").first()
    pages = [browser.get(address(name)), browser.get(address(name, "change", one.pk))]
    if admin.site._registry[model].has_add_permission(pages[0].wsgi_request):
        pages.append(browser.get(address(name, "add")))
    for page in pages:
        html = page.content.decode()
        assert page.status_code == 200
        assert not any(secret in html for secret in secrets)
        assert not re.search(r"md5\$|pbkdf2|argon", html)
        # Six people at most would fit a select; nobody's table does.
        assert "member-1</option>" not in html.replace("selected>member-1</option>", "")
        assert "<select" not in html or "Film of team-1</option>" not in html


# What has neither a page nor an address in the API, or is told to one person alone.
NOWHERE = {
    *("users.ApiKey", "users.LoginToken", "users.SecondFactor", "users.Identity", "users.Message"),
    *("videos.VideoCount", "activity.Outbox", "activity.Tally"),
}
BACK = {
    *("teams.Team", "teams.Project", "teams.Task", "teams.SubtitleRequest"),
    *("videos.Video", "subtitles.SubtitleVersion"),
}


def test_forms_lead_to_the_page_and_the_api_and_pages_lead_back(
    browser: Client, root: User
) -> None:
    populate(0, 1)
    team = TeamFactory(slug="collab", type="collaboration")
    Project.objects.create(team=team, name="Shorts", slug="shorts")
    # Who has no part in a team reads there that it is not for them.
    Team.objects.update(membership_policy=Team.MembershipPolicy.APPLICATION)
    for each in Team.objects.all():
        TeamMemberFactory(team=each, user=root, role_name="owner")
    member = Client()
    member.force_login(User.objects.get(username="member-0"))
    lead_back = set()
    for name in SEARCHES:
        one = apps.get_model(name)._default_manager.order_by("-pk").first()
        form = address(name, "change", one.pk)
        page = browser.get(form)
        places = page.context["places"]
        assert bool(places) == (name not in NOWHERE), name
        for words, url in places:
            assert f'<a href="{escape(url)}">{words}</a>' in page.content.decode()
            there = browser.get(url)
            assert there.status_code == 200, (name, url)
            if words == "Page" and f'href="{form}"' in there.content.decode():
                lead_back.add(name)
                assert "/admin/" not in member.get(url).content.decode()
    assert lead_back == BACK


def test_cues_are_shown_as_text_and_never_read_for_a_list(browser: Client) -> None:
    populate(0, 1)
    version = apps.get_model("subtitles.SubtitleVersion").objects.get()
    page = browser.get(address("subtitles.SubtitleVersion", "change", version.pk))
    html = page.content.decode()
    assert "0:00:01.000 → 0:00:02.500\nHello" in html
    assert "b&#x27;" not in html
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for name in ("subtitles.SubtitleVersion", "subtitles.SubtitleLanguage"):
        with CaptureQueriesContext(connection) as captured:
            browser.get(address(name))
        assert not any('"cues"' in query["sql"] for query in captured)


def test_a_filter_of_a_state_stands_beside_others(browser: Client) -> None:
    populate(0, 2)
    team = apps.get_model("teams.Team").objects.get(slug="team-0")
    found = browser.get(
        address("activity.Notification"), {"state": "waiting", "team": team.pk, "event": "test"}
    )
    assert found.context["cl"].result_count == 1
    for state, number in (("failing", 0), ("given-up", 0), ("arrived", 0), ("waiting", 2)):
        found = browser.get(address("activity.Notification"), {"state": state})
        assert found.context["cl"].result_count == number
    # What no filter asks is not to be asked.
    hidden = {"callback__secret__regex": "a"}
    assert browser.get(address("activity.Notification"), hidden).status_code == 400


def test_a_long_file_is_previewed(browser: Client) -> None:
    cues = "".join(
        f"{n}\n00:{n // 60:02}:{n % 60:02},000 --> 00:{n // 60:02}:{n % 60:02},900\nx{n}\n\n"
        for n in range(500)
    )
    version = add_subtitles(VideoFactory(), "en", cues)
    page = browser.get(address("subtitles.SubtitleVersion", "change", version.pk))
    assert "… and 300 more" in page.content.decode()


def test_a_choice_is_looked_up_and_not_listed(browser: Client) -> None:
    populate(0, 2)
    asked = {"app_label": "videos", "model_name": "videofollower", "field_name": "video"}
    found = browser.get(reverse("admin:autocomplete"), {**asked, "term": "team-1"}).json()
    assert [row["text"] for row in found["results"]] == ["Film of team-1"]
    assert VideoFollower.objects.count() == 2


def test_strangers_and_ordinary_accounts_stay_outside(ana: Any) -> None:
    client = Client()
    for name in SEARCHES:
        assert client.get(address(name)).status_code == 302
    client.force_login(ana)
    for name in SEARCHES:
        assert client.get(address(name)).status_code == 302
