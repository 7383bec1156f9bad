"""`manage.py doctor`: every fault has its sentence, and a sound installation has none."""

import inspect
import io
import json
import re
import shutil
from collections import namedtuple
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from activity.models import Callback, Notification
from activity.outbox import write
from amara_api import checks, state
from amara_api import installation as files
from subtitles.models import SubtitleLanguage, SubtitleVersion
from tests.factories import TeamFactory, UserFactory, VideoFactory, add_subtitles
from tests.places import ROOT
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
    settings.AMARA_FAST_PASSWORDS = False
    files.write_private("secret.key", "a secret")
    state.forget()
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


def test_the_same_as_json(sound):
    out = io.StringIO()
    call_command("doctor", "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert told["problems"] == []
    numbers = told["state"]
    assert numbers["deliveries"]["waiting"] == 0
    assert numbers["disk"]["total"] > numbers["disk"]["free"] > 0
    assert numbers["database"]["kind"] in ("SQLite", "PostgreSQL")
    assert numbers["requests"] is None
    assert sum(numbers["versions"].values()) == 3
    UserFactory._meta.model.objects.all().delete()
    with pytest.raises(SystemExit):
        call_command("doctor", "--json", stdout=(out := io.StringIO()))
    assert "There is no account." in json.loads(out.getvalue())["problems"][0]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"due": timedelta(minutes=-10)}, "nobody posts them. Run `manage.py deliver`"),
        ({"attempts": 2, "due": timedelta(minutes=1)}, "wait and have failed before. See /admin/"),
        ({"attempts": 3, "due": None}, "of the last day never arrived. See /admin/"),
    ],
)
def test_deliveries_that_fail_are_told(sound, changes, said):
    callback = Callback.objects.create(team=TeamFactory(), url="https://hooks.example.com/")
    write(callback, "test", {})
    due = changes["due"]
    moment = None if due is None else timezone.now() + due
    Notification.objects.update(**{**changes, "due": moment})
    code, lines = doctor()
    assert code == 1
    assert len(lines) == 1
    assert said in lines[0]
    # What is sent by and by is nothing to look at.
    Notification.objects.update(due=timezone.now(), attempts=0)
    assert doctor() == (0, ["Nothing is wrong."])


def test_callbacks_that_were_given_up_are_told(sound):
    team = TeamFactory()
    Callback.objects.create(team=team, url="https://a.example/", is_on=False)
    assert doctor() == (0, ["Nothing is wrong."])
    gone = {"is_on": False, "off_because": "The receiver answered that it is gone."}
    Callback.objects.create(team=team, url="https://b.example/", **gone)
    code, lines = doctor()
    assert (code, len(lines)) == (1, 1)
    assert lines[0].startswith("1 callbacks were switched off")


def test_nothing_is_wrong(sound):
    assert doctor() == (0, ["Nothing is wrong."])


# As behind a proxy of which the server need not know.
HTTPS = {"AMARA_HTTPS": True, "CSRF_TRUSTED_ORIGINS": ["https://a.example"]}


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


def saying(address, **others):
    """An operator's word for where people reach the server, and other settings."""

    def say(settings, **kwargs):
        for name, value in {"AMARA_BASE_URL": address, **others}.items():
            setattr(settings, name, value)

    return say


FAULTS = {
    "no dialect": (
        lambda settings, **kwargs: setattr(settings, "AMARA_API_DATE", 20170101),
        "AMARA_API_DATE is 20170101, which is no dialect of the API.",
    ),
    "no secret": (
        lambda settings, **kwargs: setattr(settings, "SECRET_KEY", settings.NO_SECRET),
        "There is no secret, but the database has API keys. Put back the secret.key",
    ),
    "nothing to allow": (
        lambda settings, **kwargs: setattr(settings, "AMARA_OUTBOUND_ALLOW", ["intranet"]),
        "AMARA_OUTBOUND_ALLOW has 'intranet', which is neither a network nor host:port.",
    ),
    "no url": (
        saying("subtitles.example.org"),
        "AMARA_BASE_URL is subtitles.example.org, which is no absolute http or https address.",
    ),
    "url of no web": (
        saying("ftp://subtitles.example.org"),
        "AMARA_BASE_URL is ftp://subtitles.example.org, which is no absolute http or https",
    ),
    "url without a host": (
        saying("https://:8000"),
        "AMARA_BASE_URL is https://:8000, which is no absolute http or https address.",
    ),
    "url without a number": (
        saying("https://a.example:port"),
        "AMARA_BASE_URL is https://a.example:port, which is no absolute http or https address.",
    ),
    "url in two words": (
        saying("https://a.example b"),
        "AMARA_BASE_URL is https://a.example b, which is no absolute http or https address.",
    ),
    "a path": (
        saying("http://localhost/subtitles"),
        "AMARA_BASE_URL is http://localhost/subtitles, but the server answers at the root",
    ),
    "a query": (
        saying("http://localhost?a"),
        "AMARA_BASE_URL is http://localhost?a, but the server answers at the root",
    ),
    "another host": (
        saying("https://subtitles.example.org"),
        "AMARA_BASE_URL is https://subtitles.example.org, but ALLOWED_HOSTS does not have "
        "subtitles.example.org, so requests to it answer 400.",
    ),
    "another number": (
        saying("https://[2001:db8::1]:81"),
        "AMARA_BASE_URL is https://[2001:db8::1]:81, but ALLOWED_HOSTS does not have 2001:db8::1,",
    ),
    "http for https": (
        saying("http://a.example", ALLOWED_HOSTS=["a.example"], **HTTPS),
        "AMARA_BASE_URL is http://a.example, but AMARA_HTTPS says that people come by HTTPS.",
    ),
    "loopback behind a proxy": (
        saying("https://localhost", AMARA_BEHIND_PROXY=True),
        "AMARA_BASE_URL is https://localhost, which leads others to their own machine, but "
        "AMARA_BEHIND_PROXY says that people come through a proxy.",
    ),
    "loopback for the public": (
        saying("http://127.0.0.1:8000", HOST="10.1.2.3"),
        "AMARA_BASE_URL is http://127.0.0.1:8000, which leads others to their own machine, but "
        "the server listens on 10.1.2.3.",
    ),
    "nowhere for the public": (
        saying("http://[::]:8000", HOST="::", ALLOWED_HOSTS=["[::]"]),
        "AMARA_BASE_URL is http://[::]:8000, which leads others to their own machine, but "
        "the server listens on ::.",
    ),
    "said by nobody, behind a proxy": (
        saying("", AMARA_BEHIND_PROXY=True),
        "AMARA_BASE_URL is not set, so it is http://127.0.0.1:8000, which leads others to their "
        "own machine, but AMARA_BEHIND_PROXY says that people come through a proxy.",
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
    "not migrated": (
        unmigrate,
        f"{len(list((ROOT / 'subtitles' / 'migrations').glob('0*.py')))} migrations have not been "
        "applied. Run `manage.py setup`.",
    ),
    "no account": (
        leave_no_account,
        "There is no account. Run `manage.py setup` or `manage.py create_api_user NAME`.",
    ),
    "another key": (
        lambda video, **kwargs: video.user.api_keys.all().delete(),
        "The key in FOLDER/admin.key opens no account: the secret has changed, or the key was "
        "replaced. `manage.py create_api_user admin` makes a new one.",
    ),
    "another pepper": (
        lambda settings, **kwargs: setattr(
            settings, "AMARA_KEY_PEPPER", "another pepper".zfill(50)
        ),
        "The key in FOLDER/admin.key opens no account: the secret has changed, or the key was "
        "replaced. `manage.py create_api_user admin` makes a new one.",
    ),
    "no primary url": (
        lambda **kwargs: VideoUrl.objects.update(primary=False),
        "Video ID has no primary url.",
    ),
    "url in another place": (
        lambda **kwargs: VideoUrl.objects.update(scope=77),
        "A url of video ID is kept where the video is not.",
    ),
    "url twice in a team": (
        lambda **kwargs: VideoUrl.objects.update(scope=-1, url="http://x.example.com/a.mp4"),
        "Video ID and another of its team have the url http://x.example.com/a.mp4. Delete one of "
        "the two.",
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


@pytest.mark.parametrize(
    "say",
    [
        saying("https://subtitles.example.org", ALLOWED_HOSTS=[".example.org"], HOST="0.0.0.0"),
        saying("https://a.example:8443", ALLOWED_HOSTS=["a.example"], **HTTPS),
        saying("http://[2001:db8::1]:81", ALLOWED_HOSTS=["[2001:db8::1]"]),
        saying("HTTP://A.example", ALLOWED_HOSTS=["a.example"], AMARA_BEHIND_PROXY=True),
        saying("http://localhost:8000", HOST="127.0.0.2"),
        # On one machine, to try HTTPS.
        saying("https://localhost", **HTTPS),
    ],
)
def test_an_address_that_can_be_right_is_no_fault(sound, settings, say):
    say(settings)
    assert doctor() == (0, ["Nothing is wrong."])


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


def test_each_check_has_an_id_of_its_own():
    """Whoever silences one silences no other."""
    ids = re.findall(r'"(?:amara_api\.)?([EW]\d{3})"', inspect.getsource(checks))
    assert len(ids) > 5
    assert len(ids) == len(set(ids))
