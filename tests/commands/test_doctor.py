"""`manage.py doctor`: every fault has its sentence, and a sound installation has none."""

import io
import shutil
from collections import namedtuple

import pytest
from django.core.management import call_command
from django.db.migrations.recorder import MigrationRecorder

from amara_api import installation as files
from subtitles.models import SubtitleLanguage, SubtitleVersion
from tests.factories import UserFactory, VideoFactory, add_subtitles
from users.keys import issue_key
from users.models import User
from videos.models import VideoUrl

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def sound(db, settings, tmp_path, monkeypatch):
    """An installation as `setup` leaves it, with a video and three versions of its subtitles."""
    settings.DATA_DIR = tmp_path / "data"
    settings.SECRET_KEY_FILE = settings.DATA_DIR / "secret.key"
    settings.DATA_DIR.mkdir(mode=0o700)
    files.write_private("secret.key", "a secret")
    admin = UserFactory(username="admin")
    files.write_private(files.KEY_FILE, issue_key(admin, actor=None))
    video = VideoFactory(user=admin)
    for _ in range(3):
        add_subtitles(video)
    return video


def doctor():
    out = io.StringIO()
    code = 0
    try:
        call_command("doctor", stdout=out)
    except SystemExit as ended:
        code = ended.code
    return code, out.getvalue().splitlines()


def test_nothing_is_wrong(sound):
    assert doctor() == (0, ["Nothing is wrong."])


def unmigrate(**kwargs):
    MigrationRecorder.Migration.objects.filter(app="subtitles").delete()


def leave_no_account(settings, **kwargs):
    (settings.DATA_DIR / files.KEY_FILE).unlink()
    VideoUrl.objects.all().update(added_by=None)
    User.objects.all().delete()


def break_tip(field, number):
    def break_it(video, **kwargs):
        version = SubtitleVersion.objects.get(version_number=number) if number else None
        SubtitleLanguage.objects.update(**{field: version})

    return break_it


def hide_newest(**kwargs):
    SubtitleVersion.objects.filter(version_number=3).update(is_public=False)


FAULTS = {
    "no dialect": (
        lambda settings, **kwargs: setattr(settings, "AMARA_API_DATE", 20170101),
        "AMARA_API_DATE is 20170101, which is no dialect of the API.",
    ),
    "no secret": (
        lambda settings, **kwargs: setattr(settings, "SECRET_KEY", settings.NO_SECRET),
        "There is no secret yet, so sessions and API keys would not outlive it.",
    ),
    "nothing to allow": (
        lambda settings, **kwargs: setattr(settings, "AMARA_OUTBOUND_ALLOW", ["intranet"]),
        "AMARA_OUTBOUND_ALLOW has 'intranet', which is neither a network nor host:port.",
    ),
    "misspelt": (
        lambda monkeypatch, **kwargs: monkeypatch.setenv("AMARA_HTPS", "on"),
        "AMARA_HTPS is set, but no such setting exists.",
    ),
    "debug": (
        lambda settings, **kwargs: setattr(settings, "DEBUG", True),
        "DEBUG is on, so errors show the server's inside to everybody.",
    ),
    "no folder": (
        lambda settings, **kwargs: shutil.rmtree(settings.DATA_DIR),
        "The data folder FOLDER does not exist. Run `manage.py setup`.",
    ),
    "folder not writable": (
        lambda monkeypatch, **kwargs: monkeypatch.setattr("os.access", lambda *args: False),
        "The data folder FOLDER cannot be written.",
    ),
    "open secret": (
        lambda settings, **kwargs: settings.SECRET_KEY_FILE.chmod(0o640),
        "Others can read the secret in FOLDER/secret.key; `chmod 600` it.",
    ),
    "full disk": (
        lambda monkeypatch, **kwargs: monkeypatch.setattr(
            "shutil.disk_usage", lambda path: Usage(10**9, 10**9, 5 * 2**20)
        ),
        "Only 5 MiB are free where FOLDER lies.",
    ),
    "not migrated": (unmigrate, "5 migrations have not been applied. Run `manage.py setup`."),
    "no account": (
        leave_no_account,
        "There is no account. Run `manage.py setup` or `manage.py create_api_user NAME`.",
    ),
    "another key": (
        lambda video, **kwargs: issue_key(video.user, actor=None),
        "The key in FOLDER/admin.key opens no account: the secret has changed, or the key was "
        "replaced. `manage.py create_api_user admin` makes a new one.",
    ),
    "another pepper": (
        lambda settings, **kwargs: setattr(settings, "AMARA_KEY_PEPPER", "another"),
        "The key in FOLDER/admin.key opens no account: the secret has changed, or the key was "
        "replaced. `manage.py create_api_user admin` makes a new one.",
    ),
    "no primary url": (
        lambda **kwargs: VideoUrl.objects.update(primary=False),
        "Video ID has no primary url.",
    ),
    "count": (
        lambda **kwargs: SubtitleLanguage.objects.update(last_number=2),
        "Language en of video ID counts fewer versions than it has.",
    ),
    "gap": (
        lambda **kwargs: SubtitleVersion.objects.filter(version_number=2).delete(),
        "Language en of video ID has lost a version.",
    ),
    "tip": (
        break_tip("tip", 2),
        "Language en of video ID does not point at its newest version.",
    ),
    "no tip": (
        break_tip("tip", None),
        "Language en of video ID does not point at its newest version.",
    ),
    "public tip": (
        break_tip("public_tip", 1),
        "Language en of video ID does not point at its newest public version.",
    ),
    "no public tip": (
        break_tip("public_tip", None),
        "Language en of video ID does not point at its newest public version.",
    ),
    "private public tip": (
        hide_newest,
        "Language en of video ID does not point at its newest public version.",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_named_and_fails(sound, settings, monkeypatch, name):
    make, sentence = FAULTS[name]
    make(video=sound, settings=settings, monkeypatch=monkeypatch)
    sentence = sentence.replace("FOLDER", str(settings.DATA_DIR)).replace("ID", sound.video_id)
    code, lines = doctor()
    assert code == 1
    # This fault and no other; a hint may follow on the same line.
    assert len(lines) == 1, lines
    assert lines[0].startswith(sentence), lines


def test_a_video_without_versions_or_with_deleted_ones_is_sound(sound):
    SubtitleVersion.objects.update(is_deleted=True)
    SubtitleLanguage.objects.update(tip=None, public_tip=None)
    SubtitleLanguage.objects.create(video=sound, language_code="fr")
    assert doctor() == (0, ["Nothing is wrong."])


def test_a_database_that_does_not_answer_is_one_sentence(installation):
    away = installation.manage(
        "doctor", DATABASE_URL="postgres://nobody:pass-word@127.0.0.1:9/nothing"
    )
    assert (away.code, away.err) == (1, "")
    (line,) = away.out.splitlines()
    assert line.startswith("The database cannot be reached: ")
    assert "pass-word" not in line


def test_where_nothing_was_set_up_it_says_so(unmade):
    done = unmade.manage("doctor")
    assert done.code == 1
    assert "Traceback" not in done.err
    lines = done.out.splitlines()
    assert f"The data folder {unmade.folder} does not exist. Run `manage.py setup`." in lines
    assert len(lines) == 3, lines
