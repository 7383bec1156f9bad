"""`manage.py setup` and `manage.py serve`, run as an operator runs them."""

import os
import re
import secrets
import shutil
import signal
import socket
import stat
import subprocess

import pytest

from tests.conftest import ROOT
from tests.server.web import Web, dump, select


def modes(folder):
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def test_setup_may_be_run_as_often_as_one_likes(unmade):
    first = unmade.manage("setup")
    assert (first.code, first.err) == (0, "")
    key, password = re.findall(r"(?:API key|password): +(\S+)", first.out)[::-1]
    assert unmade.key == key
    assert (unmade.folder / "admin.password").read_text().strip() == password
    # Everything is its owner's alone.
    assert stat.S_IMODE(unmade.folder.stat().st_mode) == 0o700
    private = {name: mode & 0o077 for name, mode in modes(unmade.folder).items()}
    assert set(private.values()) == {0}, private
    assert {"secret.key", "admin.key", "admin.password"} <= set(private)
    assert unmade.manage("doctor").out == "Nothing is wrong.\n"

    # Again, then with the demo, then with the demo again: nothing made is made anew.
    kept = {path.name: path.read_bytes() for path in unmade.folder.glob("*.[kp]*")}
    before = dump(unmade.environment)
    second = unmade.manage("setup")
    assert (second.code, second.out, second.err) == (0, "", "")
    after = dump(unmade.environment)
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}
    demo = unmade.manage("setup", "--demo")
    (count,) = re.fullmatch(r"Added (\d+) demo videos.\n", demo.out).groups()
    (shown,) = select(unmade.environment, "SELECT count(*) FROM videos_video")
    assert shown == (int(count),)
    with_demo = dump(unmade.environment)
    again = unmade.manage("setup", "--demo")
    assert (again.code, again.out) == (0, "")
    assert dump(unmade.environment) == with_demo
    assert {path.name: path.read_bytes() for path in unmade.folder.glob("*.[kp]*")} == kept
    assert unmade.manage("doctor").out == "Nothing is wrong.\n"


@pytest.mark.skipif(not shutil.which("curl"), reason="the lines are curl's")
def test_the_lines_of_the_banner_work_when_pasted(installation):
    assert installation.manage("setup", "--demo").code == 0
    # Every address of the machine is served; what is printed must still be one that answers.
    with installation.serving(HOST="0.0.0.0") as served:
        banner = served.log.read_text()
        lines = [line.strip() for line in banner.splitlines() if line.startswith("  curl ")]
        answers = [
            subprocess.run(
                ["bash", "-c", f"{line} --silent --show-error --fail-with-body"],
                cwd=ROOT,
                capture_output=True,
                text=True,
                timeout=60,
            )
            for line in lines
        ]
    assert [answer.returncode for answer in answers] == [0, 0, 0], answers
    listed, subtitles, added = (answer.stdout for answer in answers)
    assert '"total_count"' in listed
    assert subtitles.startswith("WEBVTT")
    assert '"title":"My film"' in added
    assert installation.key not in banner
    # A log is told where the password is; `make run` says it to the terminal, as often as it runs.
    password = (installation.folder / "admin.password").read_text().strip()
    assert f"log in as admin; the password is in {installation.folder}/admin.password." in banner
    assert password not in banner


def test_a_second_start_keeps_everything(installation):
    url = f"https://media.example.com/{secrets.token_hex(4)}.mp4"
    with installation.serving() as served:
        video = served.web.made("videos/", video_url=url)["id"]
    with installation.serving() as served:
        assert served.web("GET", f"videos/{video}").status == 200
        assert "(stop with Ctrl-C)" in served.log.read_text()
        # How many it took, and how to say otherwise.
        assert re.search(
            r"^\d+ workers? with \d+ threads each, picked for (SQLite|PostgreSQL) and \d+ cores?\. "
            r"WORKERS and THREADS, or --workers and --threads, choose otherwise\.$",
            served.log.read_text(),
            re.MULTILINE,
        )
        assert "Traceback" not in served.log.read_text()


# Python runs it at each start. The worker that begins first answers; the others take their time.
SLOWLY = """
import importlib.abc, os, sys, time

class Slowly(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "amara_api.asgi":
            try:
                os.mkdir(os.environ["BEGAN"])
            except FileExistsError:
                time.sleep(2)

sys.meta_path.insert(0, Slowly())
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_as_soon_as_it_answers(installation, tmp_path, number):
    """A terminal, or systemd, tells all its processes at once, and some have only just begun."""
    (tmp_path / "sitecustomize.py").write_text(SLOWLY)
    told = {"PYTHONPATH": str(tmp_path), "BEGAN": str(tmp_path / "began"), "WORKERS": "4"}
    with installation.serving(**told) as served:
        os.killpg(served.process.pid, number)
        assert served.process.wait(timeout=20) == 0, served.log.read_text()


def test_host_and_port_come_from_the_environment(installation):
    with installation.serving(HOST="127.0.0.2") as served:
        assert served.web.url.startswith("http://127.0.0.2:")
        assert served.web("GET", "languages/").status == 200
        assert f"Serving {served.web.url}/" in served.log.read_text()
        # Another name is still refused: links in answers would carry it.
        assert served.web("GET", "languages/", Host="evil.example.com").status == 400
        elsewhere = Web(f"http://127.0.0.1:{served.web.place.port}")
        with pytest.raises(OSError):
            elsewhere("GET", "/healthz")


def one_line(done):
    assert done.code == 1, done
    assert "Traceback" not in done.err
    assert done.out == ""
    line = done.err.splitlines()[-1]
    assert line.startswith("CommandError: ")
    return line.removeprefix("CommandError: "), len(done.err.splitlines())


def test_a_port_that_is_taken_is_one_line(installation):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line, lines = one_line(installation.manage("serve", PORT=str(port)))
    assert (line, lines) == (
        f"Cannot listen on 127.0.0.1 port {port}: Address already in use. "
        "Set HOST or PORT to another.",
        1,
    )


@pytest.mark.parametrize("command", ["serve", "setup"])
def test_a_database_that_does_not_answer_is_one_line(installation, command):
    away = "postgres://nobody:pass-word@127.0.0.1:9/nothing"
    line, lines = one_line(installation.manage(command, DATABASE_URL=away))
    assert line.startswith("The database cannot be reached: ")
    assert "pass-word" not in line
    assert lines == 1


def test_where_nothing_was_set_up_serve_says_so(unmade):
    line, _ = one_line(unmade.manage("serve"))
    assert line == "There is nothing to serve yet. Run `manage.py setup` first."
    unmade.folder.mkdir()
    line, _ = one_line(unmade.manage("serve"))
    assert line == "The database is not up to date. Run `manage.py setup` first."


def test_a_misspelt_variable_is_named_by_every_start(installation):
    done = installation.manage("check", AMARA_DEBG="on")
    assert "AMARA_DEBG is set, but no such setting exists." in done.err
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = installation.manage("serve", PORT=str(taken.getsockname()[1]), AMARA_DEBG="on")
    assert "AMARA_DEBG is set, but no such setting exists." in done.err


def test_a_deployment_over_https_passes_djangos_own_examination(installation):
    strict = ("check", "--deploy", "--fail-level", "WARNING")
    sound = installation.manage(
        *strict,
        AMARA_HTTPS="on",
        AMARA_BEHIND_PROXY="on",
        SECRET_KEY=secrets.token_urlsafe(48),
        AMARA_BASE_URL="https://subtitles.example.org",
        ALLOWED_HOSTS="subtitles.example.org",
    )
    assert sound.code == 0, sound.err
    # The examination can fail.
    assert installation.manage(*strict, AMARA_HTTPS=None).code == 1
