"""Every compiled query gives what its plain query set gives, on both databases."""

import importlib
import json
import pkgutil
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Q, Value
from django.utils import timezone

from activity.models import ActivityRecord, Tally
from amara_api.kernel import planned
from amara_api.kernel.compiled import CompiledQuery, padded
from subtitles.queries import inside_video
from teams.api.request_rows import RemoteRow, RequestRow
from teams.coverage import cells
from teams.models import SubtitleRequest, Task, Team
from teams.policies.activity import Reads
from tests.factories import TeamFactory, TeamMemberFactory, VideoFactory, add_subtitles
from users import keys
from users.models import ApiKey, User
from videos.models import Video
from videos.queries import nothing_more

pytestmark = pytest.mark.django_db
PROJECT = ("amara_api", "users", "teams", "videos", "subtitles", "activity")


def every_query() -> dict[str, CompiledQuery]:
    found = {}
    for package in map(importlib.import_module, PROJECT):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" in module.name or module.name == "amara_api.settings":
                continue
            for name, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, CompiledQuery):
                    found[f"{module.name}.{name}"] = value
    return found


@pytest.fixture
def rows(cast):
    """Several videos each way, so that an order and a page show."""
    for number in range(7):
        video = VideoFactory(
            user=cast.owner,
            title=f"{number % 3} 100% %s",
            team=[None, cast.films, cast.hush][number % 3],
            primary_audio_language_code=["en", "fr", ""][number % 3],
            created=timezone.now() - timedelta(days=number % 2),
        )
        for code in ("en", "fr")[: number % 3]:
            add_subtitles(video, code)
            add_subtitles(video, code)
    TeamMemberFactory(team=TeamFactory(partner=cast.partner), user=cast.owner, role_name="admin")
    VideoFactory(user=cast.partner)
    Video.objects.filter(user=cast.partner).update(partner=cast.partner, partner_video_id="mine")
    for number in range(5):
        Task.objects.create(
            team=cast.films,
            video=Video.objects.filter(team=cast.films)[0],
            language_code=["en", "fr", "de", "es", "it"][number],
            type=Task.Type.TRANSLATE,
            assignee=[None, cast.owner][number % 2],
            priority=number % 3,
            is_deleted=number == 3,
            completed=[None, timezone.now()][number % 2],
        )
    for number in range(5):
        request = SubtitleRequest.objects.create(
            job_id=f"job{number}",
            source_team=_one_of(cast, number),
            team=_one_of(cast, number // 2),
            video=Video.objects.filter(team=cast.films)[0],
            language_code=["en", "fr", "de", "es", "it"][number],
            subtitler=[None, cast.owner][number % 2],
        )
        for position in range(number % 3):
            request.evaluations.create(
                team=_one_of(cast, position), position=2 - position, evaluator=request.subtitler
            )
    return cast


def _one_of(cast, number) -> Team:
    return (cast.films, cast.hush)[number % 2]


def calls(rows) -> dict[str, list[tuple[tuple, dict]]]:
    """What to ask of each query: (shape, parameters). A list is asked for as it comes, padded, and
    with what does not exist."""
    videos = list(Video.objects.order_by("pk").values_list("pk", flat=True))
    some = Video.objects.filter(subtitle_languages__isnull=False).latest("pk")
    language = some.subtitle_languages.get(language_code="en")
    fingerprint = some.urls.get().fingerprint
    teams = [rows.films.pk, rows.hush.pk]
    project = rows.films.projects.get()
    records = list(ActivityRecord.objects.order_by("pk").values_list("pk", flat=True)[:9])
    tasks, requests = (
        list(model.objects.order_by("pk").values_list("pk", flat=True)[:9])
        for model in (Task, SubtitleRequest)
    )
    marks = {"step": 2, "upto": 7, "places": [["2020-01-01T00:00:00+00:00", 3]]}
    for question, kept in (("plain", None), ("marked", marks)):
        Tally.objects.update_or_create(
            question=question,
            defaults={"upto": 7, "count": 3, "marks": kept, "made": timezone.now()},
        )
    shapes = [
        {"public": None},
        {"no_team": None},
        {"public_or_in": teams},
        {"public_or_in": padded([*teams, 0])},
        {"team": rows.films.pk},
        {"team": 0},
        {"team": rows.films.pk, "project": project.pk},
        {"url": fingerprint},
        {"url": ""},
        {"language": "en", "public": None},
        {"language": "%s", "public": None},
        {"language": "en", "public_or_in": teams, "url": fingerprint},
    ]
    filters = [((tuple(sorted(s)),), {k: v for k, v in s.items() if v is not None}) for s in shapes]
    middle = Video.objects.get(pk=videos[len(videos) // 2])
    moment, name = {"key": str(middle.created)[:26], "video": middle.pk}, {"key": middle.title}
    places = {
        "created": moment,
        "-created": moment,
        "title": {**name, "video": middle.pk},
        "-title": {**name, "video": middle.pk},
    }
    whiches = (Q(), Q(is_public=True), Q(is_public=True) | Q(origin="machine", is_hidden=False))
    address = {"video_id": some.video_id, "language_code": "en"}
    return {
        "users.keys._owner_row": [
            ((False, names), {"digest": digest})
            for digest in (rows.digest, "none")
            for names in (keys._ALL, keys._SOME)
        ],
        "users.models._stored_account": [
            ((), {"user": user, "key": key})
            for user in (rows.owner.pk, 0)
            for key in (
                ApiKey.objects.filter(user=rows.owner).values_list("pk", flat=True).first() or 0,
                0,
            )
        ],
        "teams.policies.roles._role": [
            ((), {"team": team, "user": person.pk})
            for team in (*teams, 0)
            for person in (rows.owner, rows.contributor, rows.stranger)
        ],
        "activity.api.streams._listed": [
            ((has_comments,), {"ids": padded(ids)})
            for has_comments in (False, True)
            for ids in (records[:1], records[:3], [*records, 0])
        ],
        "activity.tallies._kept": [
            ((), {"question": question, "upto": upto})
            for question in ("plain", "marked", "neither")
            for upto in (7, 8)
        ],
        "activity.api.streams._newest_of_team": [
            ((reads,), {"team": team, "limit": limit, "offset": offset})
            for reads in Reads
            for team in (*teams, 0)
            for limit, offset in ((1, 0), (3, 2), (100, 0))
        ],
        "teams.api.request_rows._one": [
            ((among,), {"job_id": job_id, "reader": reader, "team": team})
            for among in ("theirs", "of a team", "all")
            for job_id in ("job1", "job2", "none")
            for reader in (rows.owner.pk, rows.stranger.pk, 0)
            for team in (rows.hush.pk, 0)
        ],
        "teams.api.request_rows._rows": [
            ((printed,), {"reader": reader.pk, "ids": padded(ids)})
            for printed in (RequestRow, RemoteRow)
            for reader in (rows.owner, rows.stranger)
            for ids in (requests[:1], [*requests, 0])
        ],
        "teams.api.tasks._rows": [
            ((), {"ids": padded(ids)}) for ids in (tasks[:1], tasks[:3], [*tasks, 0])
        ],
        "teams.policies.roles._memberships": [
            ((), {"user": rows.owner.pk}),
            ((), {"user": rows.partner.pk}),
            ((), {"user": 0}),
        ],
        "teams.policies.teams._team_row": [
            ((), {"slug": slug, "user": user, **named})
            for named in ({}, {"project": project.slug}, {"project": "none"})
            for slug in ("films", "hush", "none")
            for user in (rows.owner.pk, rows.stranger.pk, 0)
        ],
        "videos.queries._count": filters,
        "videos.queries._page": [
            ((*shape, order, *deep), {**parameters, "limit": limit, "offset": offset})
            for shape, parameters in filters
            for order in ("created", "-created", "title", "-title")
            for deep in ((), (shape[0],))
            for limit, offset in ((1, 0), (3, 2), (100, 0), (5, 4_000))
        ]
        + [
            (
                (*shape, order, *shape, inside_video, True),
                {**parameters, "limit": 3, "offset": 1, **bound},
            )
            for shape, parameters in filters
            for order, bound in places.items()
        ]
        + [
            ((*shape, order, ids, inside_video), {**parameters, "limit": limit, "offset": offset})
            for shape, parameters in filters
            for order in ("created", "-title")
            for ids in (None, shape[0])
            for limit, offset in ((20, 0), (20, 1), (101, 0), (3, 1))
        ]
        + [
            ((("team",), "-created", ids, cells), {"team": team, "limit": 20, "offset": offset})
            for team in teams
            for ids, offset in ((None, 0), (("team",), 1))
        ],
        "videos.queries._row": [
            ((more,), {"pk": pk})
            for pk in (*videos[:2], 0)
            for more in (nothing_more, inside_video)
        ],
        "videos.queries._detail": [
            ((by, inside_video), {"video_id": video_id, "partner": partner})
            for by, video_id, partner in (
                ("id", some.video_id, 0),
                ("id", "mine", 0),
                ("partner", "mine", rows.partner.pk),
                ("partner", "mine", rows.owner.pk),
            )
        ],
        "teams.policies.videos._video_row": [
            ((by,), {"video_id": video_id, "partner": partner, "user": user})
            for by, video_id, partner in (
                ("id", some.video_id, 0),
                ("id", "mine", 0),
                ("partner", "mine", rows.partner.pk),
                ("partner", "mine", rows.owner.pk),
            )
            for user in (rows.owner.pk, 0)
        ],
        "subtitles.queries._version": [
            ((which, measured), {**address, "number": number})
            for measured in (False, True)
            for which in ("public tip", "tip", "numbered")
            for number in (0, 1, 2, 3)
        ],
        "subtitles.queries._page_of_languages": [
            ((which,), {"video": video, **page})
            for which in whiches
            for video in (some.pk, 0)
            for page in ({"limit": 20, "offset": 0}, {"limit": 1, "offset": 1})
        ],
        "subtitles.queries._language": [
            ((by, which), {"video": video, "named": named})
            for which in whiches
            for video in (some.pk, 0)
            for by, named in (
                ("pk", language.pk),
                ("pk", 2**63 - 1),
                ("language_code", "fr"),
                ("language_code", "none"),
            )
        ],
        "subtitles.queries._chains": [
            ((column,), {"pks": pks})
            for column in ("cues", "source")
            for pks in ([language.tip_id], [0], [language.public_tip_id, language.tip_id])
        ],
    }


def plain(rows):
    return [tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in rows]


def test_every_query_is_asked(rows):
    rows.digest = ""
    imported = {
        f"{query._build.__module__}.{query._build.__name__}" for query in every_query().values()
    }
    assert set(calls(rows)) == imported


@pytest.mark.parametrize("is_planned", [False, True])
def test_compiled_and_plain_agree(rows, is_planned, monkeypatch):
    """Planned once as well, which else no statement is within a transaction."""
    may = is_planned and connection.vendor == "postgresql"
    monkeypatch.setattr(planned, "may_plan", lambda connection: may)
    rows.digest = keys.digest(keys.issue_key(rows.owner, actor=None))
    queries, seen = every_query(), 0
    for name, asked in calls(rows).items():
        query = queries[name]
        for shape, parameters in asked:
            # In any order where none is asked for.
            ordered = query.queryset(*shape, **parameters).ordered
            expected = plain(query.queryset(*shape, **parameters))
            # Compiled now, and from what was kept; after five times for any parameters.
            for _ in range(7 if may else 2):
                ask = query.page if is_planned and "limit" in parameters else query
                found = plain(ask(*shape, **parameters))
                assert found == expected or (
                    not ordered and sorted(map(repr, found)) == sorted(map(repr, expected))
                ), (name, shape, parameters)
            seen += len(expected)
    # A data set that matches nothing would agree about everything.
    assert seen > 300


def test_answers_follow_the_parameters_and_not_the_first_call(cast):
    """The statement is kept; what it was first asked with must not be."""

    @CompiledQuery
    def page(direction, *, name, limit, offset):
        return (
            User.objects.filter(username__gt=name)
            .annotate(sign=Value("100%s"))
            .order_by(f"{direction}username")
            .values_list("username", "sign")[offset : offset + limit]
        )

    for direction in ("", "-"):
        for name, limit, offset in (("", 2, 0), ("m", 3, 1), ("zz", 5, 0), ("a%", 100, 2)):
            parameters = {"name": name, "limit": limit, "offset": offset}
            assert page(direction, **parameters) == list(page.queryset(direction, **parameters))


def test_padding_adds_no_row_and_takes_none():
    for size in (1, 2, 5, 6, 20, 21, 100, 101):
        ids = list(range(1000, 1000 + size))
        assert set(padded(ids)) == set(ids)
        assert padded(ids)[:size] == ids


@pytest.mark.parametrize(
    "value",
    [
        {"speaker-name": "Ana", "location": "São Paulo 🫖"},
        {"n": [2**53, -(2**63), 2**64, 10**40, 0.1, 1e22, True, None, "1" * 30]},
        {"half": "\ud83e", "escaped": "\\u0041 %s"},
        [],
        {},
        "text",
        12345678901234567890123,
        1.0,
    ],
)
def test_json_is_read_as_the_field_reads_it(value, cast):
    @CompiledQuery
    def languages(*, pk):
        return User.objects.filter(pk=pk).values_list("languages")

    if connection.vendor == "postgresql" and "\\ud83e" in json.dumps(value):
        pytest.skip("PostgreSQL keeps no half of a pair")
    User.objects.filter(pk=cast.owner.pk).update(languages=value)
    [(found,)] = languages(pk=cast.owner.pk)
    [(plainly,)] = languages.queryset(pk=cast.owner.pk)
    assert repr(found) == repr(plainly)
    # As a number: PostgreSQL writes 1e22 with all of its noughts.
    assert found == value
