"""`manage.py backup`, and getting all back from one as docs/operations.md says."""

import shlex
import shutil
import sqlite3
import subprocess

import pytest

from tests.places import ROOT
from tests.server.own import Installation

SECOND = "https://media.example.com/second.mp4"


@pytest.fixture
def backed_up(installation, tmp_path):
    """(an installation, its backup, the id of what it had then); more was written since."""
    file = tmp_path / "kept.backup"
    with installation.serving() as served:
        first = served.web.made("videos/", video_url="https://media.example.com/first.mp4")["id"]
        if installation.database:
            back_up_postgresql(installation, file)
        else:
            done = installation.manage("backup", str(file))
            assert (done.code, done.err) == (0, ""), done
            assert "and read them again: they are sound." in done.out
            assert "secret.key with it: without that no API key works." in done.out
        served.web.made("videos/", video_url=SECOND)
    return installation, file, first


def back_up_postgresql(installation, file):
    """By the very line that the command prints."""
    done = installation.manage("backup", str(file))
    assert done.code == 1
    said, line = done.err.splitlines()[-2:]
    assert said == "CommandError: PostgreSQL has a tool of its own for this. Use"
    subprocess.run(shlex.split(line), check=True)


def restored(source, file, folder, databases):
    """The steps of the documentation, but for the secret."""
    folder.mkdir(mode=0o700)
    database = databases.make()
    if database:
        tool = ["pg_restore", "--no-owner", "--exit-on-error", f"--dbname={database}", str(file)]
        subprocess.run(tool, check=True)
    else:
        shutil.copy(file, folder / "amara.sqlite3")
    return Installation.at(folder, database)


def test_all_comes_back_but_what_came_later(backed_up, databases, tmp_path):
    source, file, first = backed_up
    assert file.stat().st_mode & 0o077 == 0 or source.database
    place = restored(source, file, tmp_path / "back", databases)

    # Without the secret, and with another's, `doctor` says what is missing.
    lost = place.manage("doctor")
    assert lost.code == 1
    assert "There is no secret, but the database has API keys. Put back the secret.key" in lost.out
    foreign = place.manage("doctor", SECRET_KEY="somebody else's secret".zfill(50))
    assert foreign.code == 1
    assert "The API keys in this database are another secret's, so none works." in foreign.out

    for name in ("secret.key", "admin.key"):
        shutil.copy(source.folder / name, place.folder / name)
    assert place.manage("setup").out == ""
    sound = place.manage("doctor", "--deep")
    assert (sound.code, sound.out) == (0, "Nothing is wrong.\n")
    with place.serving() as served:
        assert served.web("GET", f"videos/{first}/").status == 200
        assert served.web("GET", f"videos/?video_url={SECOND}").json["objects"] == []
        served.web.made("videos/", video_url=SECOND)


@pytest.fixture
def on_sqlite(tmp_path):
    """Whatever the suite runs on."""
    folder = tmp_path / "here"
    made = Installation.at(folder, None)
    assert made.manage("setup").code == 0
    return made


def test_nothing_is_written_over_and_a_copy_that_is_not_sound_is_thrown_away(on_sqlite, tmp_path):
    live = on_sqlite.folder / "amara.sqlite3"
    before = live.read_bytes()
    done = on_sqlite.manage("backup", str(live))
    assert done.code == 1
    assert "exists already, and is left as it is. Name another file." in done.err
    assert live.read_bytes() == before
    done = on_sqlite.manage("backup", str(tmp_path / "no" / "file"))
    assert "cannot be written: No such file or directory." in done.err

    # An index that has lost its rows.
    with sqlite3.connect(live) as link:
        link.execute("PRAGMA writable_schema = ON")
        link.execute(
            "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema "
            "WHERE name = 'django_session') WHERE name = 'users_message'"
        )
    link.close()
    done = on_sqlite.manage("backup", str(tmp_path / "kept"))
    assert done.code == 1
    assert "The copy is not sound, so it was thrown away: " in done.err
    assert not list(tmp_path.glob("kept*"))


def test_the_documentation_has_each_step():
    """What the drill above does stands there."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    section = text.partition("\n## Restoring\n")[2].partition("\n## ")[0]
    for step in ("pg_restore --no-owner --exit-on-error", "amara.sqlite3", "secret.key"):
        assert step in section
    assert section.index("secret.key") < section.index("manage.py setup")
    assert section.index("manage.py setup") < section.index("doctor --deep")
