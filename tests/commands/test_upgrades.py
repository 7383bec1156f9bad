"""From the tables of the first release to today's, with all that was in them: in place by `setup`,
and by an archive that an older version wrote."""

import re
import subprocess
import sys

import pytest

from tests.commands.first_release import KEY
from tests.places import ROOT
from tests.server.own import Installation, environment_of
from tests.server.web import dump, select

# What tells of the machine and not of the data.
OWN = {"django_migrations", "sqlite_sequence", "auth_permission", "django_content_type"}


# When a migration filled a new column; what the first release wrote has whole seconds.
MEANWHILE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+.*")


def told(row):
    plain = (bytes(value) if isinstance(value, memoryview) else value for value in row)
    return [MEANWHILE.sub("meanwhile", str(value)) for value in plain]


@pytest.fixture
def places(databases, tmp_path):
    """Two, with the same secret."""
    made = []
    for name in ("old", "new"):
        folder, database = tmp_path / name, databases.make()
        folder.mkdir(mode=0o700)
        environment = environment_of(folder, database)
        secret = {"SECRET_KEY": "one secret of both places".zfill(50)}
        made.append(Installation(folder, database, {**environment, **secret}))
    return made


def test_what_the_first_release_kept_is_all_there(places, tmp_path):
    old, new = places
    done = subprocess.run(
        [sys.executable, "-m", "tests.commands.first_release"],
        cwd=ROOT,
        env={**old.environment, "DJANGO_SETTINGS_MODULE": "amara_api.settings"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    archive = str(tmp_path / "old.zip")
    exported = old.manage("export_data", archive)
    assert (exported.code, exported.err) == (0, ""), exported
    imported = new.manage("import_data", archive)
    assert (imported.code, imported.err) == (0, ""), imported
    for place in places:
        done = place.manage("setup")
        assert (done.code, done.err) == (0, ""), done
    assert old.manage("doctor", "--deep").out == "Nothing is wrong.\n"

    # Both ways lead to the same rows, but for when `setup` noted the secret.
    one, other = dump(old.environment), dump(new.environment)
    assert set(one) == set(other)
    for name in set(one) - OWN - {"kernel_fact"}:
        assert sorted(map(told, one[name])) == sorted(map(told, other[name])), name

    versions = (
        "SELECT v.title, l.language_code, s.version_number, s.is_public, s.created "
        "FROM subtitles_subtitleversion s "
        "JOIN subtitles_subtitlelanguage l ON l.id = s.language_id "
        "JOIN videos_video v ON v.id = l.video_id ORDER BY v.title, l.language_code, 3"
    )
    assert [
        (*row[:3], bool(row[3]), str(row[4])[:13]) for row in select(old.environment, versions)
    ] == [
        ("Film a", "en", 1, True, "2026-11-22 16"),
        ("Film a", "en", 2, True, "2026-11-22 17"),
        ("Film a", "en", 3, False, "2026-11-22 18"),
        ("Film a", "he", 1, True, "2026-11-22 16"),
        ("Film b", "de", 1, True, "2026-11-22 16"),
        ("Film b", "de", 2, True, "2026-11-22 17"),
    ]
    (new.folder / "admin.key").write_text(KEY)
    with new.serving() as served:
        assert served.web("GET", "users/me/", key=KEY).json["username"] == "ana"
        listed = served.web("GET", "teams/films/members/", key=KEY).json["objects"]
        assert {each["role"] for each in listed} == {"owner", "contributor"}
        shown = served.web(
            "GET", "videos/videoa000000/languages/en/subtitles/?format=txt", key=None
        )
        assert shown.body == b"Guten Morgen 2"
