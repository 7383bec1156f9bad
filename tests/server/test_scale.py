"""A pooler in transaction mode in front of PostgreSQL, and reads that replicas answer.

What needs servers of PostgreSQL's own, and time, is `tests.server.replicated` and
`tests.server.cluster`.
"""

import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.utils import InterfaceError, OperationalError
from django.test.utils import CaptureQueriesContext

from amara_api.kernel import poolers, replicas
from amara_api.sizes import Size, picked
from tests.factories import VideoFactory
from tests.server import pgbouncer
from tests.server.own import environment_of
from tests.server.web import SRT

POSTGRESQL = pytest.mark.skipif(
    "postgresql" not in settings.DATABASES["default"]["ENGINE"], reason="of PostgreSQL alone"
)

# --- how many workers and threads ----------------------------------------------------------------

SQLITE, POSTGRES = "django.db.backends.sqlite3", "django.db.backends.postgresql"


@pytest.mark.parametrize(
    ("engine", "cores", "size"),
    [
        (SQLITE, 1, Size(1, 2)),
        (SQLITE, 64, Size(4, 2)),
        (POSTGRES, 2, Size(2, 4)),
        (POSTGRES, 64, Size(16, 4)),
    ],
)
def test_workers_and_threads_follow_the_database_and_the_cores(engine, cores, size):
    assert picked(engine, cores) == size
    # A thread is left to others while one fetches, and PostgreSQL takes 100 connections.
    assert size.threads > 1
    assert size.workers * size.threads < 90


# --- PgBouncer -----------------------------------------------------------------------------------


@POSTGRESQL
@pytest.mark.skipif(pgbouncer.PROGRAM is None, reason=pgbouncer.MISSING)
def test_behind_pgbouncer_all_is_read_and_written_as_without(installation):
    """Eight threads of the server share three connections, each transaction another one."""
    with pgbouncer.before(installation.database) as url:
        pooled = replace(installation, environment=environment_of(installation.folder, url))
        with pooled.serving("--workers", "2", "--threads", "4", "--no-deliver") as served:
            web = served.web
            paths = set(re.findall(r"^ {2}(/api/\S+?):$", _schema(web), re.M))
            team = web.made("teams/", name="Films", slug="films")["slug"]

            def work(n):
                url = f"https://media.example.com/{secrets.token_hex(8)}.mp4"
                added = {"video_url": url, "title": f"Film {n}", "team": team}
                once = {"Idempotency_Key": f"film-{n}"}
                twice = [web("POST", "videos/", added, **once) for _ in range(2)]
                assert [each.status for each in twice] == [201, 201]
                assert twice[0].json == twice[1].json
                film = f"videos/{twice[0].json['id']}"
                saved = {"subtitles": SRT, "sub_format": "srt", "action": "publish"}
                path = f"{film}/languages/en/subtitles/"
                numbers = [web.made(path, **saved)["version_number"] for _ in range(3)]
                assert numbers == [1, 2, 3]
                etag = web("GET", film).headers["ETag"]
                for _ in range(2):
                    assert web("GET", film, If_None_Match=etag).status == 304
                assert web("PUT", film, {"title": "New"}, If_Match=etag).status == 200
                assert web("PUT", film, {"title": "Old"}, If_Match=etag).status == 412
                assert web("GET", film).json["title"] == "New"
                assert web("DELETE", f"{film}/languages/en/subtitles/").status in (200, 204)
                return twice[0].json["id"]

            with ThreadPoolExecutor(8) as pool:
                made = list(pool.map(work, range(8)))
            assert web("GET", f"videos/?team={team}&limit=1").json["meta"]["total_count"] == 8
            # Everything that can be read: no statement relies on the one before.
            names = {"username": "admin", "slug": team, "team_slug": team, "video_id": made[0]}
            names |= {"language_code": "en", "identifier": "admin", "format": "json"}
            for path in sorted(paths):
                known = re.sub(r"\{(\w+)\}", lambda found: names.get(found[1], "1"), path)
                answer = web("GET", known)
                assert answer.status in (200, 400, 404, 405), (known, answer.status, answer.body)
        log = served.log.read_text()
        assert "Traceback" not in log, log
    assert pooled.manage("doctor", "--deep", DATABASE_URL=installation.database).code == 0


def _schema(web):
    answer = web("GET", "/api/schema/")
    assert answer.status == 200
    return answer.body.decode()


@POSTGRESQL
@pytest.mark.skipif(pgbouncer.PROGRAM is None, reason=pgbouncer.MISSING)
def test_long_lists_are_read_without_a_cursor_that_a_pooler_loses(db):
    direct = connection.settings_dict
    assert not direct.get("DISABLE_SERVER_SIDE_CURSORS")
    url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**direct)
    with pgbouncer.before(url) as through:
        port = int(through.rpartition(":")[2].partition("/")[0])
        pooled = connection.copy()
        pooled.settings_dict = {**direct, "HOST": "127.0.0.1", "PORT": port}
        try:
            poolers.find_out(None, pooled_open(pooled))
            assert pooled.settings_dict["DISABLE_SERVER_SIDE_CURSORS"] is True
        finally:
            pooled.close()
    assert not direct.get("DISABLE_SERVER_SIDE_CURSORS")


def pooled_open(link):
    link.inc_thread_sharing()
    link.ensure_connection()
    return link


# --- replicas ------------------------------------------------------------------------------------


@pytest.fixture
def replica(transactional_db, monkeypatch):
    """A second way to the same database, which passes for a replica that is up to date."""
    if connection.vendor != "postgresql":
        pytest.skip("of PostgreSQL alone")
    known = {**settings.DATABASES["default"], **connection.settings_dict}
    monkeypatch.setitem(settings.DATABASES, "replica1", known)
    monkeypatch.setitem(connections.settings, "replica1", known)
    monkeypatch.setattr(settings, "DATABASE_ROUTERS", ["amara_api.kernel.replicas.Router"])
    monkeypatch.setattr(replicas, "_HAS", "SELECT %s::pg_lsn IS NOT NULL")
    monkeypatch.setattr("django.db.router._routers", [replicas.Router()], raising=False)
    monkeypatch.setattr("django.db.router.routers", [replicas.Router()])
    replicas.forget()
    link = connections["replica1"]
    # Django's tests let nobody connect to a database that they did not set up.
    link.alias = NO_DB_ALIAS
    link.ensure_connection()
    link.alias = "replica1"
    yield link
    link.close()
    del connections["replica1"]
    replicas.forget()


def asked(link, act):
    """What ``act`` answers, and the statements that ``link`` got."""
    with CaptureQueriesContext(link) as captured:
        answer = act()
    return answer, [query["sql"] for query in captured.captured_queries]


def test_a_read_asks_the_replica_and_a_write_the_primary_alone(replica, api):
    video = VideoFactory(title="Film")
    (answer, there), here = asked(
        connection, lambda: asked(replica, lambda: api.get(f"videos/{video.video_id}/"))
    )
    assert answer.json()["title"] == "Film"
    assert any("videos_video" in sql for sql in there)
    assert not any("videos_video" in sql for sql in here)
    answer, there = asked(
        replica, lambda: api.put(f"videos/{video.video_id}/", {"title": "Other film"})
    )
    assert answer.status_code == 200
    assert there == []
    assert api.get(f"videos/{video.video_id}/").json()["title"] == "Other film"


def test_after_a_write_and_inside_a_transaction_the_primary_is_read(replica):
    from django.db import transaction

    from videos.models import Video

    def read():
        seen = [Video.objects.all().db]
        with transaction.atomic():
            seen.append(Video.objects.all().db)
        seen.append(Video.objects.all().db)
        Video.objects.filter(pk=0).update(title="")
        seen.append(Video.objects.all().db)
        return seen

    assert replicas.read(read) == ["replica1", "default", "replica1", "default"]
    assert Video.objects.all().db == DEFAULT_DB_ALIAS


@pytest.mark.parametrize(
    "has",
    [
        # Behind; a primary, or one that another primary was made of; another timeline; broken.
        "SELECT %s::pg_lsn IS NULL",
        replicas._HAS,
        "SELECT 1 / 0, %s",
    ],
)
def test_one_that_does_not_have_all_is_not_read(replica, api, monkeypatch, has):
    monkeypatch.setattr(replicas, "_HAS", has)
    video = VideoFactory(title="Film")
    answer, there = asked(replica, lambda: api.get(f"videos/{video.video_id}/"))
    assert answer.json()["title"] == "Film"
    assert not any("videos_video" in sql for sql in there)
    # Nor is it asked again at once.
    assert asked(replica, lambda: api.get(f"videos/{video.video_id}/"))[1] == []


def test_one_on_another_timeline_is_not_read(replica, api, monkeypatch):
    monkeypatch.setattr(replicas, "_TIMELINE", "SELECT 1000")
    video = VideoFactory(title="Film")
    answer, there = asked(replica, lambda: api.get(f"videos/{video.video_id}/"))
    assert answer.status_code == 200
    assert not any("videos_video" in sql for sql in there)


def test_one_that_fails_amid_an_answer_harms_nothing(replica, api, caplog):
    """A replica cancels what is in the way of its log, and may be gone at any statement."""
    video = VideoFactory(title="Film")
    path = f"videos/{video.video_id}/"
    fails = []

    def failing(execute, sql, params, many, context):
        if "videos_video" in sql:
            fails.append(sql)
            raise OperationalError("canceling statement due to conflict with recovery")
        return execute(sql, params, many, context)

    with replica.execute_wrapper(failing):
        answer = api.get(path)
    assert (answer.status_code, len(fails)) == (200, 1)
    assert answer.json()["title"] == "Film"
    assert "replica1 does not answer" in caplog.text


def test_a_revoked_key_opens_nothing_at_once(replica, ana, api_for):
    from users.models import ApiKey

    api = api_for(ana)
    assert api.get("users/me/").status_code == 200
    ApiKey.objects.filter(user=ana).delete()
    assert api.get("users/me/").status_code == 401


def test_a_count_that_is_kept_is_made_from_the_primary(replica):
    """Up to a record that the primary has: a replica may lack some before it."""
    from activity import tallies
    from activity.models import ActivityRecord

    def count():
        return tallies._counted(ActivityRecord.objects.all(), "0" * 64)

    _, there = asked(replica, lambda: replicas.read(count))
    assert there
    assert not any("activity_activityrecord" in sql for sql in there)


def test_doctor_names_what_is_no_replica_and_what_is_away(replica, monkeypatch):
    from amara_api.management.commands import doctor

    assert list(doctor._replicas()) == [
        "Url 1 of AMARA_DATABASE_REPLICA_URLS leads to no replica, so it is never read."
    ]
    replica.close()
    monkeypatch.setitem(replica.settings_dict, "PORT", 1)
    replica.alias = NO_DB_ALIAS
    (said,) = doctor._replicas()
    assert said.startswith("Url 1 of AMARA_DATABASE_REPLICA_URLS leads nowhere: ")


# --- a connection that is gone -------------------------------------------------------------------


@pytest.mark.parametrize("gone", [OperationalError, InterfaceError])
def test_a_worker_outlives_a_connection_that_is_gone(db, monkeypatch, gone):
    from teams.management.commands import deliver

    def fail():
        raise gone("connection already closed")

    monkeypatch.setattr(deliver, "waiting_callbacks", fail)
    monkeypatch.setattr(deliver, "connection", SimpleNamespace(close=lambda: None))
    assert deliver._waiting() == []


@pytest.mark.parametrize("gone", [OperationalError, InterfaceError])
def test_whoever_asks_meanwhile_reads_503(anonymous, monkeypatch, gone):
    def failing(execute, *statement):
        raise gone("connection already closed")

    with connection.execute_wrapper(failing):
        health = anonymous.get("/healthz")
        assert (health.status_code, health.json()) == (503, {"status": "no database"})
        known = anonymous.get("videos/", HTTP_IF_NONE_MATCH='"x"')
        assert (known.status_code, known["Retry-After"]) == (503, "5")
        assert known["Content-Type"] == "application/json"
