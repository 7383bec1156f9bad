"""The base address: whose word counts, and what listening at a host and port comes to."""

import json
import subprocess
import sys

import pytest
from django.test import RequestFactory

from amara_api.kernel import site
from tests.conftest import ROOT


@pytest.fixture
def folder(settings, tmp_path, monkeypatch):
    """An empty data folder, and nobody who says anything."""
    settings.DATA_DIR = tmp_path
    settings.HOST = settings.AMARA_BASE_URL = ""
    settings.AMARA_HTTPS = False
    settings.PORT = 8000
    # First set, so that what the tests do to it is undone.
    monkeypatch.setenv(site.TOLD, "")
    monkeypatch.delenv(site.TOLD)
    return tmp_path


def asked(**headers):
    return RequestFactory().get("/", headers={"Host": "localhost:81", **headers})


@pytest.mark.parametrize(
    ("host", "port", "https", "address"),
    [
        ("127.0.0.1", 8000, False, "http://127.0.0.1:8000"),
        ("127.0.0.1", 9000, False, "http://127.0.0.1:9000"),
        ("10.1.2.3", 80, False, "http://10.1.2.3"),
        ("10.1.2.3", 443, False, "http://10.1.2.3:443"),
        ("subs.example.org", 443, True, "https://subs.example.org"),
        ("subs.example.org", 80, True, "https://subs.example.org:80"),
        ("::1", 8000, False, "http://[::1]:8000"),
        ("0.0.0.0", 9000, False, "http://localhost:9000"),
        ("::", 9000, True, "https://localhost:9000"),
        ("0:0::0", 9000, False, "http://localhost:9000"),
    ],
)
def test_an_address_to_reach_follows_from_one_to_listen_on(
    folder, settings, host, port, https, address
):
    settings.AMARA_HTTPS = https
    assert site.address_of(host, port) == address


def test_whose_word_counts(folder, settings, monkeypatch):
    """From the least to the greatest: each outdoes those before."""
    assert site.address() == "http://127.0.0.1:8000"
    settings.HOST = "10.1.2.3"
    settings.PORT = 9001
    assert site.address() == "http://10.1.2.3:9001"
    note = {"host": "::", "address": "http://localhost:9002"}
    (folder / site.NOTE).write_text(json.dumps(note))
    assert site.address() == "http://localhost:9002"
    monkeypatch.setenv(site.TOLD, "http://localhost:9003")
    assert site.address() == "http://localhost:9003"
    # Who is answered came in somewhere.
    assert site.address(asked()) == "http://localhost:81"
    settings.AMARA_BASE_URL = "https://subtitles.example.org"
    assert site.address() == site.address(asked()) == "https://subtitles.example.org"


@pytest.mark.parametrize(
    "note",
    [
        *("", "{", "[]", "{}", "7", '{"host": "::"}', "\udcff"),
        pytest.param("[" * 100_000, id="deep"),
        '{"host": "::", "address": null}',
        '{"host": 1, "address": "http://a.example"}',
        '{"host": "::", "address": "javascript:alert()"}',
        '{"host": "::", "address": "http://a.example:port"}',
        '{"host": "::", "address": "http://a b.example"}',
    ],
)
def test_a_note_that_cannot_be_read_is_none(folder, note):
    (folder / site.NOTE).write_bytes(note.encode(errors="surrogateescape"))
    assert site.address() == "http://127.0.0.1:8000"


@pytest.mark.parametrize("told", ["", "nonsense", "javascript:alert()", "http://a b.example"])
def test_what_is_no_address_is_not_told(folder, monkeypatch, told):
    monkeypatch.setenv(site.TOLD, told)
    assert site.address() == "http://127.0.0.1:8000"


def test_serving_tells_processes_and_leaves_a_note(folder, monkeypatch):
    site.serve_at("0.0.0.0", 9000)
    assert site.address() == "http://localhost:9000"
    monkeypatch.delenv(site.TOLD)
    assert site.noted() == ("0.0.0.0", "http://localhost:9000")
    assert [path.name for path in folder.iterdir()] == [site.NOTE]
    assert (folder / site.NOTE).stat().st_mode & 0o077 == 0


def test_who_cannot_leave_a_note_serves_all_the_same(folder, settings):
    settings.DATA_DIR = folder / "gone"
    site.serve_at("127.0.0.1", 9000)
    assert site.address() == "http://127.0.0.1:9000"


@pytest.mark.parametrize(
    "said", ["https://a.example/", " https://a.example// ", "https://a.example"]
)
def test_final_slashes_and_blanks_are_not_part_of_it(said):
    code = "from amara_api import settings; print(settings.AMARA_BASE_URL)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"AMARA_BASE_URL": said},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "https://a.example\n", done.stderr
