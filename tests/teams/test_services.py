"""What follows from things that are done to teams, whoever does them."""

import re
import threading

import pytest
from django.core import mail
from django.db import connection, transaction

from activity.models import ActivityRecord
from amara_api.kernel.errors import Conflict, InvalidInput, NotAllowed, NotThere
from subtitles.models import SubtitleVersion
from teams.models import Application, Invitation, Role, Team, TeamLanguage, TeamMember, Visibility
from teams.services import applications, invitations, languages, members, projects, teams, videos
from tests.factories import TeamMemberFactory, VideoFactory, add_subtitles
from users.models import Message, User
from users.services import create_user
from videos.models import Video

pytestmark = pytest.mark.django_db


def types() -> list[str]:
    return list(ActivityRecord.objects.order_by("pk").values_list("type", flat=True))


def membership(team, user) -> TeamMember:
    return TeamMember.objects.get(team=team, user=user)


class TestLastOwner:
    def test_can_neither_leave_nor_be_removed_nor_demoted(self, cast):
        owner = membership(cast.films, cast.owner)
        for attempt in (
            lambda: members.leave_team(cast.films, actor=cast.owner),
            lambda: members.remove_member(owner, actor=cast.superuser, operator=True),
            lambda: members.change_role(owner, actor=cast.owner, role=Role.ADMIN),
            lambda: members.change_role(
                owner, actor=cast.superuser, role=Role.CONTRIBUTOR, operator=True
            ),
        ):
            with pytest.raises(InvalidInput, match="last"):
                attempt()
        owner.refresh_from_db()
        assert owner.role == Role.OWNER

    def test_may_once_there_is_another(self, cast):
        TeamMemberFactory(team=cast.films, user=cast.adder, role_name="owner")
        members.leave_team(cast.films, actor=cast.owner)
        with pytest.raises(InvalidInput, match="last"):
            members.leave_team(cast.films, actor=cast.adder)


class TestMembers:
    def test_a_removed_member_takes_everything_along(self, cast):
        cast.films.membership_policy = cast.films.MembershipPolicy.APPLICATION
        cast.films.save()
        application = applications.apply(cast.films, actor=cast.stranger, note="Please")
        applications.decide(application, actor=cast.admin, approve=True)
        invitations.invite(cast.films, actor=cast.admin, user=cast.adder)
        members.remove_member(membership(cast.films, cast.stranger), actor=cast.admin)
        application.refresh_from_db()
        assert application.status == Application.Status.MEMBER_REMOVED
        members.remove_member(membership(cast.films, cast.admin), actor=cast.owner)
        assert not Invitation.objects.exists(), "who asked is gone, and so is the invitation"
        assert types()[-2:] == ["member-left", "member-left"]

    def test_leaving_is_not_being_removed(self, cast):
        cast.films.membership_policy = cast.films.MembershipPolicy.APPLICATION
        cast.films.save()
        application = applications.apply(cast.films, actor=cast.stranger)
        applications.decide(application, actor=cast.owner, approve=True)
        members.leave_team(cast.films, actor=cast.stranger)
        application.refresh_from_db()
        assert application.status == Application.Status.MEMBER_LEFT
        with pytest.raises(NotThere):
            members.leave_team(cast.films, actor=cast.stranger)

    def test_a_right_is_asked_for_again_under_the_lock(self, cast):
        """The admin was demoted between the request's arrival and its turn."""
        TeamMember.objects.filter(team=cast.films, user=cast.admin).update(role=Role.CONTRIBUTOR)
        with pytest.raises(NotAllowed):
            members.add_member(cast.films, actor=cast.admin, user=cast.stranger)


class TestInvitations:
    def test_accepting_makes_a_member_with_the_offered_role(
        self, cast, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            asked = invitations.invite(
                cast.films, actor=cast.owner, user=cast.stranger, role=Role.MANAGER, note="Do come"
            )
        message = Message.objects.get(user=cast.stranger)
        assert message.subject == "You've been invited to team Films on 127.0.0.1:8000"
        assert "Do come" in message.content
        (sent,) = mail.outbox
        assert sent.to == [cast.stranger.email]
        assert sent.subject == message.subject
        assert not TeamMember.objects.filter(team=cast.films, user=cast.stranger).exists()
        with pytest.raises(NotThere):
            invitations.accept(asked, actor=cast.adder)
        assert invitations.accept(asked, actor=cast.stranger).role == Role.MANAGER
        with pytest.raises(NotThere):
            invitations.accept(asked, actor=cast.stranger)

    def test_whoever_wants_no_mail_gets_the_message_alone(
        self, cast, django_capture_on_commit_callbacks
    ):
        User.objects.filter(pk=cast.stranger.pk).update(wants_mail=False)
        cast.stranger.refresh_from_db()
        with django_capture_on_commit_callbacks(execute=True):
            invitations.invite(cast.films, actor=cast.owner, user=cast.stranger)
        assert Message.objects.filter(user=cast.stranger).count() == 1
        assert not mail.outbox

    def test_an_unknown_name_becomes_an_account_that_can_come_in(
        self, cast, client, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            invitations.invite_by_name(
                cast.films, actor=cast.admin, username="fresh", email="fresh@example.com"
            )
        person = User.objects.get(username="fresh")
        assert not person.has_usable_password()
        confirmation = next(m for m in mail.outbox if "confirm" in m.subject)
        path = re.search(r"/auth/confirm-email/\S+", confirmation.body)[0]
        # Mail programs look at links before anybody reads them.
        assert client.get(path).status_code == 200
        assert client.get("/messages/").status_code == 302
        assert client.post(path).status_code == 302
        assert client.get("/messages/").status_code == 200
        client.logout()
        # The link lies in a mailbox: it opens the account once.
        assert client.post(path).status_code == 302
        assert client.get("/messages/").status_code == 302

    def test_the_address_of_a_taken_name_is_not_looked_at(self, cast):
        invitations.invite_by_name(
            cast.films, actor=cast.admin, username="stranger", email="thief@example.com"
        )
        cast.stranger.refresh_from_db()
        assert cast.stranger.email == "stranger@example.com"
        assert not User.objects.filter(email="thief@example.com").exists()

    def test_members_who_may_invite_make_no_accounts(self, cast):
        cast.films.membership_policy = cast.films.MembershipPolicy.INVITATION_BY_ANY
        cast.films.save()
        with pytest.raises(NotAllowed):
            invitations.invite_by_name(
                cast.films, actor=cast.contributor, username="fresh", email="f@example.com"
            )
        assert not User.objects.filter(username="fresh").exists()


class TestApplications:
    @pytest.fixture
    def team(self, cast):
        cast.films.membership_policy = cast.films.MembershipPolicy.APPLICATION
        cast.films.save()
        return cast.films

    def test_are_decided_once(self, cast, team):
        application = applications.apply(team, actor=cast.stranger)
        with pytest.raises(InvalidInput, match="already applied"):
            applications.apply(team, actor=cast.stranger)
        denied = applications.decide(application, actor=cast.admin, approve=False)
        assert denied.modified is not None
        with pytest.raises(InvalidInput, match="not pending"):
            applications.decide(application, actor=cast.admin, approve=True)
        assert not TeamMember.objects.filter(team=team, user=cast.stranger).exists()
        assert "denied" in Message.objects.get(user=cast.stranger).content
        # Nobody is barred for ever.
        applications.apply(team, actor=cast.stranger)

    def test_are_settled_by_being_added(self, cast, team):
        application = applications.apply(team, actor=cast.stranger)
        members.add_member(team, actor=cast.owner, user=cast.stranger)
        application.refresh_from_db()
        assert application.status == Application.Status.APPROVED

    def test_need_a_team_that_takes_them(self, cast):
        with pytest.raises(NotAllowed):
            applications.apply(cast.films, actor=cast.stranger)


class TestVisibility:
    @pytest.mark.parametrize(
        ("visibility", "read", "listed"),
        [(Visibility.PUBLIC, 200, 1), (Visibility.UNLISTED, 200, 0), (Visibility.PRIVATE, 404, 0)],
    )
    def test_videos_follow_the_team(self, cast, anonymous, visibility, read, listed):
        add_subtitles(cast.team_video)
        teams.update_team(cast.films, actor=cast.owner, video_visibility=visibility)
        path = f"videos/{cast.team_video.video_id}/"
        for below in ("", "languages/", "urls/", "languages/en/subtitles/", "languages/en/"):
            assert anonymous.get(f"{path}{below}").status_code == read, below
        assert anonymous.get(f"{path}languages/en/subtitles/?format=srt").status_code == read
        url = cast.team_video.urls.get().url
        for query in ("", f"?video_url={url}", "?team=films"):
            found = [v["id"] for v in anonymous.get(f"videos/{query}").json()["objects"]]
            assert found.count(cast.team_video.video_id) == listed, query

    def test_whatever_a_team_shows_it_keeps_a_url_that_others_have(self, cast, anonymous):
        url = cast.hidden_video.urls.get().url
        other = VideoFactory(user=cast.adder, video_url=url)
        teams.update_team(cast.hush, actor=cast.owner, is_visible=True)
        found = [v["id"] for v in anonymous.get(f"videos/?video_url={url}").json()["objects"]]
        assert found == [other.video_id, cast.hidden_video.video_id]
        teams.update_team(cast.hush, actor=cast.owner, is_visible=False)
        found = {v["id"] for v in anonymous.get(f"videos/?video_url={url}").json()["objects"]}
        assert found == {other.video_id}


class TestVideos:
    def test_drafts_become_public_when_a_video_leaves(self, cast):
        version = add_subtitles(cast.hidden_video)
        SubtitleVersion.objects.filter(pk=version.pk).update(is_public=False)
        version.language.public_tip = None
        version.language.save()
        videos.update_video(cast.hidden_video, actor=cast.owner, team=None, project=None)
        version.refresh_from_db()
        assert version.is_public
        assert version.language.public_tip_id == version.pk
        moved = Video.objects.get(pk=cast.hidden_video.pk)
        assert (moved.team, moved.project, moved.is_public) == (None, None, True)
        assert "video-moved-from-team" in types()

    def test_moving_between_teams_says_so_twice_and_lands_in_the_default_project(self, cast):
        project = projects.add_project(cast.films, actor=cast.owner, name="Shorts", slug="shorts")
        videos.update_video(cast.team_video, actor=cast.owner, team=cast.films, project=project)
        videos.update_video(cast.team_video, actor=cast.owner, team=cast.hush, project=None)
        moved = Video.objects.get(pk=cast.team_video.pk)
        assert (moved.team, moved.project.slug, moved.is_public) == (cast.hush, "_root", False)
        moves = ActivityRecord.objects.filter(type__startswith="video-moved").order_by("pk")
        assert [(r.type, r.team) for r in moves if r.video == cast.team_video][-2:] == [
            ("video-moved-from-team", cast.films),
            ("video-moved-to-team", cast.hush),
        ]

    def test_videos_leave_with_their_project(self, cast):
        project = projects.add_project(cast.films, actor=cast.owner, name="Shorts", slug="shorts")
        videos.update_video(cast.team_video, actor=cast.owner, team=cast.films, project=project)
        projects.delete_project(project, actor=cast.owner)
        assert Video.objects.get(pk=cast.team_video.pk).team is None
        with pytest.raises(InvalidInput, match="stays"):
            projects.delete_project(cast.films.projects.get(), actor=cast.owner)


class TestLanguages:
    def test_nothing_starts_in_a_blacklisted_language(self, cast, api_for):
        kind = TeamLanguage.Kind.BLACKLISTED
        languages.set_languages(cast.films, actor=cast.owner, kind=kind, codes=["fr", "de"])
        api, path = api_for(cast.owner), f"videos/{cast.team_video.video_id}/languages/"
        posted = {"subtitles": "Bonjour", "sub_format": "txt"}
        for answer in (
            api.post(path, {"language_code": "fr"}),
            api.post(f"{path}fr/subtitles/", posted),
            api.post(f"{path}FR/subtitles/", posted),
        ):
            assert answer.status_code == 400
            assert "French" in answer.json()["language_code"][0]
        assert not cast.team_video.subtitle_languages.exists()
        assert api.post(f"{path}en/subtitles/", posted).status_code == 201
        open_path = f"videos/{cast.open_video.video_id}/languages/fr/subtitles/"
        assert api.post(open_path, posted).status_code == 201

    def test_a_code_is_in_one_list(self, cast):
        kinds = TeamLanguage.Kind
        languages.set_languages(
            cast.films, actor=cast.owner, kind=kinds.PREFERRED, codes=["fr", "de", "fr"]
        )
        languages.set_languages(cast.films, actor=cast.owner, kind=kinds.BLACKLISTED, codes=["fr"])
        assert languages.languages_of(cast.films, kinds.PREFERRED) == ["de"]
        assert languages.languages_of(cast.films, kinds.BLACKLISTED) == ["fr"]


def test_a_partners_team_is_the_partners(cast):
    made = teams.create_team(actor=cast.partner, name="New", slug="new")
    assert made.partner == cast.partner
    assert membership(made, cast.partner).role == Role.OWNER
    assert teams.create_team(actor=cast.superuser, name="Other", slug="other").partner is None


def test_an_account_with_a_password_is_not_logged_in_by_its_confirmation(
    client, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        create_user(actor=None, username="own", password="a good one", email="own@example.com")
    path = re.search(r"/auth/confirm-email/\S+", mail.outbox[0].body)[0]
    assert client.post(path).status_code == 302
    assert client.get("/account/").status_code == 302


def test_a_public_video_does_not_name_its_hidden_team(cast, api_for, anonymous):
    teams.update_team(cast.hush, actor=cast.owner, video_visibility=Visibility.PUBLIC)
    path = f"videos/{cast.hidden_video.video_id}/"
    for api, team in (
        (anonymous, None),
        (api_for(cast.stranger), None),
        (api_for(cast.owner), "hush"),
    ):
        answer = api.get(path)
        assert (answer.status_code, answer.json()["team"]) == (200, team)
        listed = api.get("videos/").json()["objects"]
        assert {v["team"] for v in listed if v["id"] == cast.hidden_video.video_id} == {team}


def test_a_video_that_was_moved_meanwhile_is_not_moved_again(cast):
    stale = Video.objects.select_related("team").get(pk=cast.team_video.pk)
    videos.update_video(cast.team_video, actor=cast.owner, team=cast.hush, project=None)
    with pytest.raises(Conflict):
        videos.update_video(stale, actor=cast.owner, team=None, project=None)


def test_a_team_counts_its_videos(cast, api_for):
    """Through every door: adding, moving, projects that go, deleting, and what fails."""

    def right():
        return {t.slug: t.video_count for t in Team.objects.all()} == {
            t.slug: t.videos.count() for t in Team.objects.all()
        }

    assert right()
    api = api_for(cast.owner)
    url = {"video_url": "https://media.example.com/counted.mp4"}
    video = Video.objects.get(video_id=api.post("videos/", {**url, "team": "films"}).json()["id"])
    assert api.post("videos/", {**url, "team": "films"}).status_code == 400
    assert right()
    project = projects.add_project(cast.hush, actor=cast.owner, name="Shorts", slug="shorts")
    path = f"videos/{video.video_id}/"
    for team, extra in (("hush", {"project": "shorts"}), ("films", {}), ("hush", {}), (None, {})):
        assert api.put(path, {"team": team, **extra}).status_code == 200
        assert right(), team
    assert api.put(path, {"team": "hush", "project": "shorts"}).status_code == 200
    projects.delete_project(project, actor=cast.owner)
    assert right()
    assert api.put(path, {"team": "films"}).status_code == 200
    assert api.get("videos/?team=films").json()["meta"]["total_count"] == 2
    assert api.delete(path).status_code == 204
    assert right()
    assert api.get("videos/?team=films").json()["meta"]["total_count"] == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.parametrize("second", ["withdraw", "decline"])
def test_an_invitation_is_answered_or_taken_back_once(cast, second):
    """The other one waits for the first, and finds nothing."""
    invitation = invitations.invite(
        cast.films, actor=cast.owner, user=cast.stranger, role=Role.CONTRIBUTOR
    )
    answers = {
        "withdraw": (invitations.withdraw, cast.owner),
        "decline": (invitations.decline, cast.stranger),
    }
    told = []

    def come_second() -> None:
        act, actor = answers[second]
        try:
            act(invitation, actor=actor)
            told.append("done")
        except NotThere:
            told.append("nothing there")
        finally:
            connection.close()

    [(act, actor)] = [answer for name, answer in answers.items() if name != second]
    thread = threading.Thread(target=come_second)
    with transaction.atomic():
        act(invitation, actor=actor)
        thread.start()
        thread.join(timeout=1)
        assert told == []
    thread.join()
    assert told == ["nothing there"]
    assert types().count("invitation-declined") == 1
