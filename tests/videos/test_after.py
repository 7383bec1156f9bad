"""`next_page`: a whole list, row by row, whatever comes and goes meanwhile."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import signing

from tests.factories import TeamMemberFactory
from videos import queries
from videos.models import Video

pytestmark = pytest.mark.django_db
START = datetime(2020, 1, 1, tzinfo=UTC)
LISTS = ("team=films", "team=null", "team=films&project=null", "primary_audio_language_code=fr")


@pytest.fixture
def reader(ana, cast, api_for):
    """A member of a team, among many videos of few moments and titles."""
    TeamMemberFactory(team=cast.films, user=ana)
    project = cast.films.projects.get()
    for team in (cast.films, None):
        Video.objects.bulk_create(
            Video(
                title=f"{n % 3}",
                created=START + timedelta(microseconds=n % 4),
                team=team,
                project=team and project,
                primary_audio_language_code="fr",
            )
            for n in range(12)
        )
    cast.films.video_count = cast.films.videos.count()
    cast.films.save()
    return api_for(ana, **{"X-API-FUTURE": "20190619"})


def pages(api, path, between=lambda: None):
    address = f"videos/?{path}&limit=5"
    while address:
        body = api.get(address).json()
        yield [row["id"] for row in body["objects"]]
        address = body["meta"]["next_page"]
        between()


@pytest.mark.parametrize("order", queries.ORDERS)
@pytest.mark.parametrize("path", LISTS)
def test_following_it_shows_what_offsets_show(reader, path, order):
    path = f"{path}&order_by={order}"
    whole = [row["id"] for row in reader.get(f"videos/?{path}&limit=100").json()["objects"]]
    assert len(whole) > 10
    found = list(pages(reader, path))
    assert [each for page in found for each in page] == whole
    # It ends with the last row, and not with an empty page.
    assert all(found)


@pytest.mark.parametrize("order", queries.ORDERS)
def test_what_stays_is_shown_once_whatever_comes_and_goes(reader, cast, order):
    stays = set(Video.objects.filter(team=None, title="1").values_list("video_id", flat=True))

    def between():
        for title, created in (("", 0), ("~", 9)):
            Video.objects.create(title=title, created=START + timedelta(seconds=created))
        for title in ("0", "2"):
            Video.objects.filter(team=None, title=title).first().delete()

    found = []
    for page in pages(reader, f"team=null&order_by={order}", between):
        found += page
        if len(found) > 40:
            break  # whoever adds at the end as fast as others read is followed for ever
        if Video.objects.filter(team=None, title__in="02").count() < 4:
            between = lambda: None  # noqa: E731
    assert stays <= set(found)
    assert len(found) == len(set(found))


def test_it_says_where_it_is_as_offsets_do(reader):
    first = reader.get("videos/?team=null&limit=5").json()["meta"]
    second = reader.get(first["next_page"]).json()["meta"]
    assert (second["offset"], second["total_count"]) == (5, first["total_count"])
    assert second["next"] == "http://testserver/api/videos/?team=null&limit=5&offset=10"
    # The same answer is the same again: it says nothing of the time.
    assert reader.get("videos/?team=null&limit=5").json()["meta"] == first


def test_only_the_newest_form_has_it(reader, anonymous):
    assert "next_page" in reader.get("videos/?team=null").json()["meta"]
    for form in ("20161201", "20160801"):
        meta = anonymous.get("videos/?team=null", HTTP_X_API_FUTURE=form).json()["meta"]
        assert list(meta) == ["previous", "next", "offset", "limit", "total_count"]


def test_short_lists_go_on_by_offset(reader):
    for path in ("limit=2", "order_by=title&limit=3"):
        meta = reader.get(f"videos/?{path}").json()["meta"]
        assert meta["next_page"] == meta["next"] is not None


def test_a_place_is_good_for_its_list_and_order_alone(reader):
    token = reader.get("videos/?team=null&limit=5").json()["meta"]["next_page"].split("after=")[1]
    good = "videos/?team=null&limit=5&after="
    assert reader.get(f"{good}{token}").status_code == 200
    signer = signing.Signer(salt="videos.after")
    wrong = [
        f"{good}{text}" for text in (token[:-1], f"{token}x", "x", "7", "é", ":", "a:b", ".:x")
    ]
    wrong += [f"{good}{signing.dumps(['x'])}", f"{good}{signer.sign_object(7)}"]
    wrong += [f"{good}{signer.sign_object([[], 'x', 1], compress=True)}"]
    wrong += [f"videos/?{path}&limit=5&after={token}" for path in (LISTS[0], *LISTS[2:])]
    wrong += [f"{good}{token}&order_by=title", f"{good}{token}&primary_audio_language_code=fr"]
    for path in wrong:
        answer = reader.get(path)
        assert answer.status_code == 400, path
        assert list(answer.json()) == ["after"]
