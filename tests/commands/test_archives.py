"""`manage.py export_data` and `import_data`: what comes out is what went in, or nothing is."""

import contextlib
import hashlib
import io
import json
import os
import pty
import signal
import subprocess
import sys
import zipfile

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection

from amara_api import __version__, archives
from amara_api.installation import PUT_BACK
from teams import coverage
from tests.api import crawling
from tests.api.crawling import DIALECTS, Crawl
from tests.factories import UserFactory, VideoFactory
from tests.places import ROOT
from tests.server.own import Installation, environment_of
from tests.server.web import dump, select
from users.models import User
from videos import triggers
from videos.models import Video

ROLES = ("nobody", "contributor", "owner", "superuser")
# Made by migrations and by triggers.
MADE = {"django_migrations", *archives._MADE}
NOTES = dict.fromkeys(archives._KEPT_BY_TRIGGERS, 0)


class Silent:
    def begin(self, total, doing):
        pass

    def advance(self, number=1):
        pass


def exported(path):
    archives.write(path, Silent())
    return path


def imported(path):
    return archives.load(path, Silent())


def tables():
    names = set(connection.introspection.table_names()) - {"django_migrations", "sqlite_sequence"}
    return sorted(names, key=NOTES.__contains__)


def empty():
    """As if nothing had ever been there. Counts last, for triggers write them."""
    connection.check_constraints()
    with connection.cursor() as cursor:
        for name in tables():
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(name)}")
    connection.check_constraints()


def held(only_used=False):
    """How many rows each table has."""
    found = {}
    with connection.cursor() as cursor:
        for name in tables():
            cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(name)}")
            found[name] = cursor.fetchone()[0]
    return {name: n for name, n in found.items() if not only_used or (n and name not in MADE)}


def content(path):
    """Of each table its columns, the last number given, and rows in no order."""
    with zipfile.ZipFile(path) as archive:
        said = json.loads(archive.read("manifest.json"))["tables"]
        return {
            table["name"]: (
                table["columns"],
                table["last_id"],
                sorted(
                    json.dumps(json.loads(line), sort_keys=True)
                    for line in archive.read(f"tables/{table['name']}.jsonl").splitlines()
                ),
            )
            for table in said
        }


def rewritten(path, change):
    """The archive once more, sound but for what ``change`` does to its manifest and members."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members["manifest.json"])
    change(manifest, members)
    members["manifest.json"] = json.dumps(manifest).encode()
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, member in members.items():
            archive.writestr(name, member)
        archive.comment = b"0" * 64
    body = whole.getvalue()[:-64]
    changed = path.with_name("rewritten.zip")
    changed.write_bytes(body + hashlib.sha256(body).hexdigest().encode())
    return changed


# --- the same comes out --------------------------------------------------------------------------


@pytest.fixture
def elsewhere(tmp_path):
    """A place for an SQLite database, whatever the suite runs on."""
    folder = tmp_path / "elsewhere"
    environment = environment_of(folder, None)
    return Installation(
        folder, None, {**environment, "SECRET_KEY": django_settings.SECRET_KEY, "DATABASE_URL": ""}
    )


@pytest.fixture
def fresh(databases, tmp_path):
    """A place without anything, of the kind that the suite runs on."""
    database = databases.make()
    folder = tmp_path / "fresh"
    return Installation.at(folder, database)


def answers(world):
    """Of each role in each form of the API all that it finds. Pages say how long ago it was."""
    found, ways = {}, list(DIALECTS)
    for role in ROLES:
        for dialect in ways:
            output = crawling.FORMATS[(ROLES.index(role) + ways.index(dialect)) % 3]
            crawl = Crawl(world, role, dialect, output, visits=1, pages=False).run()
            found |= {(role, dialect, path): told for path, told in crawl.answers.items()}
    return found


@pytest.mark.django_db
def test_every_answer_is_the_same_from_one_database_to_the_other_and_back(
    api_for, elsewhere, tmp_path
):
    # Not from a photograph: `doctor` would say how long its events have been waiting.
    world = crawling.build(api_for)
    crawling.add_draft(world)
    crawling.add_hidden_team(world)
    before = answers(world)
    first = exported(tmp_path / "first.zip")
    told = elsewhere.manage("import_data", str(first))
    assert (told.code, told.err) == (0, ""), told
    sound = elsewhere.manage("doctor", "--deep")
    assert sound.out == "Nothing is wrong.\n"
    second = tmp_path / "second.zip"
    assert elsewhere.manage("export_data", str(second)).code == 0
    assert content(second) == content(first)
    assert second.stat().st_mode & 0o077 == 0
    if connection.vendor == "sqlite":
        # Byte for byte, but for when it was made.
        with zipfile.ZipFile(first) as one, zipfile.ZipFile(second) as other:
            assert one.namelist() == other.namelist()
            assert [
                name
                for name in one.namelist()
                if name != "manifest.json" and one.read(name) != other.read(name)
            ] == []

    counts = held()
    assert sum(counts.values()) > 300
    empty()
    assert set(held().values()) == {0}
    imported(second)
    assert {**held(), **NOTES} == {**counts, **NOTES}
    assert [*triggers.missing(connection), *coverage.missing(connection)] == []
    after = answers(world)
    assert len(before) > 400
    assert [each for each in before if after.get(each) != before[each]] == []
    assert set(after) == set(before)


@pytest.mark.django_db
def test_no_number_is_given_again(tmp_path):
    kept = VideoFactory()
    gone = VideoFactory(user=kept.user)
    last = gone.pk
    gone.delete()
    path = exported(tmp_path / "a.zip")
    empty()
    imported(path)
    assert list(Video.objects.values_list("pk", flat=True)) == [kept.pk]
    assert VideoFactory(user=User.objects.get()).pk == last + 1


def test_it_is_of_one_moment_and_nobody_waits_for_it(installation, tmp_path):
    script = f"""
import subprocess, sys
import django
django.setup()
from pathlib import Path
from amara_api import archives

class Meanwhile:
    def begin(self, total, doing):
        subprocess.run([sys.executable, "manage.py", "create_api_user", "late"], check=True)
    def advance(self, number=1):
        pass

archives.write(Path({str(tmp_path / "a.zip")!r}), Meanwhile())
"""
    environment = {**installation.environment, "DJANGO_SETTINGS_MODULE": "amara_api.settings"}
    subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, check=True, capture_output=True
    )
    assert select(installation.environment, "SELECT username FROM users_user ORDER BY id") == [
        ("admin",),
        ("late",),
    ]
    people = content(tmp_path / "a.zip")["users_user"][2]
    assert len(people) == 1
    assert '"late"' not in people[0]


# --- or nothing does -----------------------------------------------------------------------------


@pytest.fixture
def small(db, tmp_path):
    """An archive of a video and its owner, and a database that is empty again."""
    VideoFactory()
    path = exported(tmp_path / "small.zip")
    empty()
    return path


def refusal(path):
    before = held()
    with pytest.raises(archives.Refused) as raised:
        imported(path)
    assert held() == before
    return str(raised.value)


def test_whatever_byte_is_another_or_missing_nothing_is_written(small):
    whole = small.read_bytes()
    damaged = small.with_name("damaged.zip")
    strange = f"{damaged.name} is no archive of this server."
    cut = f"{damaged.name} is cut off, or was changed: its checksum is another."
    before = held()

    def says(content):
        damaged.write_bytes(content)
        with pytest.raises(archives.Refused) as raised:
            imported(damaged)
        return str(raised.value)

    flipped = [*range(0, len(whole), 101), *range(len(whole) - 90, len(whole))]
    for at in flipped:
        changed = bytes([*whole[:at], whole[at] ^ 0x20, *whole[at + 1 :]])
        assert says(changed) == (strange if at < 4 else cut), at
    for length in (4, 100, len(whole) // 2, len(whole) - 64, len(whole) - 1):
        assert says(whole[:length]) == cut, length
    assert says(whole + b"\n") == cut
    assert says(b"") == says(b"PK") == says(b"a film") == strange
    assert held() == before
    imported(small)
    assert Video.objects.count() == 1


def newer_format(manifest, members):
    manifest.update(format=2, program="9.9")


def newer_migration(manifest, members):
    manifest["migrations"].append(["videos", "0099_from_the_future"])
    manifest["program"] = "9.9"


def older(manifest, members):
    manifest["migrations"].remove(
        max(each for each in manifest["migrations"] if each[0] == "users")
    )
    manifest["program"] = "0.0.9"


def another_sum(manifest, members):
    members["tables/users_user.jsonl"] += b"\n"


def another_column(manifest, members):
    table = next(each for each in manifest["tables"] if each["name"] == "users_user")
    table["columns"].reverse()


def no_parent(manifest, members):
    """The video's url remains, and the video does not."""
    table = next(each for each in manifest["tables"] if each["name"] == "videos_video")
    table.update(rows=0, sha256=hashlib.sha256(b"").hexdigest())
    members["tables/videos_video.jsonl"] = b""


def twice(manifest, members):
    table = next(each for each in manifest["tables"] if each["name"] == "users_user")
    content = members["tables/users_user.jsonl"] * 2
    table.update(rows=2, sha256=hashlib.sha256(content).hexdigest())
    members["tables/users_user.jsonl"] = content


def no_manifest(manifest, members):
    manifest.clear()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (newer_format, f"has format 2, written by version 9.9; this is {__version__}"),
        (newer_migration, "version 9.9, which has 1 migrations that this one"),
        (older, "version 0.0.9, older than the tables of this database (users."),
        (another_sum, "tables/users_user.jsonl is not what the manifest says."),
        (another_column, "users_user is not the table that it should be."),
        (no_parent, "A row does not fit, so nothing was written: "),
        (twice, "A row does not fit, so nothing was written: "),
        (no_manifest, "is no archive of this server."),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_written(small, change, says):
    assert says in refusal(rewritten(small, change))


def test_a_sign_that_only_sqlite_keeps_is_said_before(small):
    def add_nul(manifest, members):
        table = next(each for each in manifest["tables"] if each["name"] == "videos_video")
        row = json.loads(members["tables/videos_video.jsonl"])
        row[table["columns"].index("title")] = "a\0b"
        row[table["columns"].index("description")] = "a \\u0000 that is none"
        content = json.dumps(row).encode() + b"\n"
        table["sha256"] = hashlib.sha256(content).hexdigest()
        members["tables/videos_video.jsonl"] = content

    path = rewritten(small, add_nul)
    if connection.vendor == "sqlite":
        imported(path)
        assert Video.objects.get().title == "a\0b"
        assert Video.objects.get().description == "a \\u0000 that is none"
    else:
        assert "with a sign in title that SQLite keeps and PostgreSQL does not" in refusal(path)


def test_a_database_that_is_used_is_left_as_it_is(small):
    UserFactory(username="resident")
    assert "The database is not empty: users_user has rows. Nothing was changed." in refusal(small)
    assert [user.username for user in User.objects.all()] == ["resident"]


@pytest.mark.django_db
def test_a_file_that_is_there_is_left_as_it_is_and_one_that_cannot_be_is_said(tmp_path):
    there = tmp_path / "there.zip"
    there.write_text("a film")
    for command, path, says in (
        ("export_data", there, f"{there} exists already, and is left as it is."),
        ("export_data", tmp_path / "no" / "a.zip", "cannot be written: No such file or directory."),
        ("import_data", tmp_path / "none.zip", "cannot be read: No such file or directory."),
    ):
        with pytest.raises(CommandError, match=r"\.") as raised:
            call_command(command, str(path))
        assert says in str(raised.value)
    assert there.read_text() == "a film"
    assert [path.name for path in tmp_path.iterdir()] == ["there.zip"]


def test_a_killed_import_leaves_an_empty_database(installation, databases, tmp_path):
    """On a terminal, which tells how far it is: once it has begun to import it is killed. Where it
    was at the end before that, another one is."""
    path = tmp_path / "a.zip"
    assert installation.manage("setup", "--demo").code == 0
    assert installation.manage("export_data", str(path)).code == 0
    for number in range(10):
        fresh = Installation.at(tmp_path / f"fresh {number}", databases.make())
        fresh.folder.mkdir()
        secret = (installation.folder / "secret.key").read_bytes()
        (fresh.folder / "secret.key").write_bytes(secret)
        (fresh.folder / "secret.key").chmod(0o600)
        shown = killed_while_importing(path, fresh)
        assert b"Checking  [####" in shown
        if b"100 %" not in shown.partition(b"Importing")[2]:
            break
    else:
        raise AssertionError("each was at the end before it was killed")

    rows = dump(fresh.environment)
    assert {name for name, found in rows.items() if found} <= {*MADE, "sqlite_sequence"}
    assert "users_user" in rows
    again = fresh.manage("import_data", str(path))
    assert (again.code, again.err) == (0, ""), again
    assert fresh.manage("doctor", "--deep").out == "Nothing is wrong.\n"
    names = "SELECT username, public_id FROM users_user"
    assert select(fresh.environment, names) == select(installation.environment, names)
    # The secret is the other's, and so are the keys.
    assert fresh.manage("setup").out == ""


def killed_while_importing(path, fresh):
    """All that the command has shown until then."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "import_data", str(path)],
        cwd=ROOT,
        env=fresh.environment,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    while b"Importing [" not in shown:
        shown += os.read(ours, 64)
    process.send_signal(signal.SIGKILL)
    assert process.wait(timeout=60) == -signal.SIGKILL
    # What is left in the terminal ends with an error: nobody has its other end.
    with contextlib.suppress(OSError):
        while more := os.read(ours, 4096):
            shown += more
    os.close(ours)
    return shown


def test_another_secret_is_said_loudly(installation, fresh, tmp_path):
    path = tmp_path / "a.zip"
    assert installation.manage("export_data", str(path)).code == 0
    done = fresh.manage("import_data", str(path), SECRET_KEY="quite another secret".zfill(50))
    assert done.code == 0
    assert "The secret here is not that of the server which the data comes from" in done.err
    assert PUT_BACK in done.err
    doctor = fresh.manage("doctor", SECRET_KEY="quite another secret".zfill(50))
    assert doctor.code == 1
    assert "The API keys in this database are another secret's, so none works." in doctor.out
