"""What was stored while all public videos were one scope comes to the scopes of today, and back."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from teams.models import Visibility
from teams.services import teams, videos
from tests.factories import TeamFactory, VideoFactory
from videos.models import Video, VideoUrl
from videos.services import add_url

pytestmark = pytest.mark.django_db
migration = import_module("videos.migrations.0004_scope_is_the_team")


def film(n):
    return f"https://media.example.com/{n}.mp4"


@pytest.fixture
def stored(cast):
    """Rows as they could be: (video, n of its url, scope before, scope after)."""
    films, hush = cast.films, cast.hush
    shy = TeamFactory(slug="shy")
    VideoUrl.objects.all().delete()
    rows = []

    def put(team, n, before, after, video=None):
        address = film(len(rows))
        if video is None:
            video = VideoFactory(team=team, video_url=address)
            url = video.urls.get()
        else:
            url = add_url(video, actor=None, url=address)
        VideoUrl.objects.filter(pk=url.pk).update(fingerprint=f"{n:064}", scope=before)
        rows.append((url.pk, before, after))
        return video

    # Each in its own place: public ones without and in a team, and a hidden one.
    put(None, 1, 0, 0)
    put(films, 2, 0, films.pk)
    put(hush, 1, hush.pk, hush.pk)
    # In the place of another team.
    put(hush, 2, shy.pk, hush.pk)
    put(shy, 2, hush.pk, shy.pk)
    # Of a team that became public, while somebody else had the url.
    put(None, 3, 0, 0)
    put(films, 3, films.pk, films.pk)
    # Twice in a team: the one in place has it, else the oldest.
    put(films, 4, 0, None)
    put(films, 4, films.pk, films.pk)
    put(films, 5, 0, films.pk)
    put(films, 5, shy.pk, None)
    put(films, 5, 77_777, None)
    # Twice of one video.
    own = put(films, 6, 0, None)
    put(films, 6, films.pk, films.pk, own)
    # Of no team, in the place of one.
    put(None, 7, films.pk, 0)
    return rows


def scopes():
    return dict(VideoUrl.objects.values_list("pk", "scope"))


def test_every_row_comes_to_its_team_and_none_is_lost(stored):
    migration.scope_by_team(apps, None)
    expected = {pk: -pk if after is None else after for pk, _, after in stored}
    assert scopes() == expected
    migration.scope_by_team(apps, None)
    assert scopes() == expected, "twice is once"


def test_back_is_what_it_was_but_for_rows_in_a_wrong_place(stored, cast):
    migration.scope_by_team(apps, None)
    migration.scope_by_visibility(apps, None)
    back = scopes()
    assert len(back) == len(stored)
    public, hidden = {}, {}
    for url in VideoUrl.objects.select_related("video"):
        (public if url.video.is_public else hidden).setdefault(url.fingerprint, []).append(url)
    for urls in public.values():
        assert [url.scope for url in urls].count(0) == 1
        # As the older services left them: in the team's own scope, or in none.
        assert all(url.scope in (0, url.video.team_id, -url.pk) for url in urls)
    for urls in hidden.values():
        assert all(url.scope == url.video.team_id for url in urls)
    without_team = VideoUrl.objects.filter(video__team=None)
    assert set(without_team.values_list("scope", flat=True)) == {0}
    migration.scope_by_team(apps, None)
    assert sorted(n < 0 for n in scopes().values()).count(True) == 4


def test_the_constraint_holds_the_new_scopes(stored):
    migration.scope_by_team(apps, None)
    url = VideoUrl.objects.filter(scope__gt=0).first()
    with pytest.raises(IntegrityError), transaction.atomic():
        VideoUrl.objects.create(
            video=url.video, type="H", url=film("x"), fingerprint=url.fingerprint, scope=url.scope
        )


@pytest.fixture
def twins(cast):
    """Two videos of one team with one url, as the migration leaves them."""
    older = VideoFactory(team=cast.films, user=cast.owner, video_url=film("twin"))
    newer = VideoFactory(team=cast.films, user=cast.owner, video_url=film("other"))
    key = older.urls.get().fingerprint
    newer.urls.update(fingerprint=key, url=film("twin"), scope=-newer.urls.get().pk)
    return older, newer


def test_a_url_that_a_team_has_twice_is_found_twice_and_taken_while_one_is_left(
    cast, twins, api_for
):
    api = api_for(cast.owner)
    older, newer = (video.video_id for video in twins)
    found = api.get(f"videos/?video_url={film('twin')}").json()["objects"]
    assert [video["id"] for video in found] == [older, newer]
    sent = {"video_url": film("twin"), "team": "films"}
    assert api.post("videos/", sent).status_code == 400
    assert api.delete(f"videos/{older}/").status_code == 204
    assert api.post("videos/", sent).status_code == 400
    # Where it is alone, it has its place again.
    assert api.put(f"videos/{newer}/", {"team": "hush"}).status_code == 200
    assert VideoUrl.objects.get(url=film("twin")).scope == cast.hush.pk
    assert api.post("videos/", sent).status_code == 201


def test_a_video_with_one_url_twice_moves_with_both(cast):
    video = VideoFactory(team=cast.films, user=cast.owner, video_url=film(1))
    first = video.urls.get()
    for n in range(2, 4):
        twin = add_url(video, actor=cast.owner, url=film(n))
        scope = -twin.pk if n == 2 else cast.films.pk
        VideoUrl.objects.filter(pk=first.pk).update(scope=-first.pk)
        VideoUrl.objects.filter(pk=twin.pk).update(fingerprint=first.fingerprint, scope=scope)
    for team in (cast.hush, None, cast.films):
        video = videos.update_video(
            Video.objects.get(pk=video.pk), actor=cast.owner, team=team, project=None
        )
        kept = video.urls.order_by("pk").values_list("scope", flat=True)
        assert list(kept) == [-first.pk, -twin.pk + 1, team.pk if team else 0]


def test_what_a_team_shows_does_not_change_where_its_urls_are(cast):
    before = scopes()
    for visibility in (Visibility.PRIVATE, Visibility.UNLISTED, Visibility.PUBLIC):
        teams.update_team(cast.films, actor=cast.owner, video_visibility=visibility)
        assert scopes() == before
