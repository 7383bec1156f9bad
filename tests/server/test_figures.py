"""Health, figures, ids and lines of requests: right over processes, closed to strangers, silent."""

import json
import logging
import re
from typing import Any

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from amara_api import pages
from amara_api.kernel import figures
from amara_api.kernel.watching import ID, JsonLines
from tests.factories import VideoFactory, add_subtitles

TOKEN = "a-token-for-monitoring"


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(text: str, name: str, **labels: str) -> float:
    return samples(text).get((name, frozenset(labels.items())), 0.0)


def read(client: Client, **headers: Any) -> str:
    answer = client.get("/metrics", **{"HTTP_AUTHORIZATION": f"Bearer {TOKEN}", **headers})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def kept(settings: Any) -> None:
    settings.AMARA_METRICS_TOKEN = TOKEN


# --- health --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_ready_means_that_the_tables_are_up_to_date(client: Client, monkeypatch: Any) -> None:
    assert client.get("/readyz").json() == {"status": "ok"}
    monkeypatch.setattr(pages, "_up_to_date", False)
    monkeypatch.setattr(pages.installation, "behind", lambda: 1)
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


# --- figures -------------------------------------------------------------------------------------


@pytest.mark.django_db
class TestWhoReads:
    def test_nobody_unless_a_setting_says_so(self, client: Client) -> None:
        known = client.get("/metrics", HTTP_AUTHORIZATION="Bearer ")
        unknown = client.get("/no-such-page", HTTP_AUTHORIZATION="Bearer ")
        assert (known.status_code, known.content) == (404, unknown.content)

    @pytest.mark.parametrize(
        ("header", "address", "status"),
        [
            (f"Bearer {TOKEN}", "198.51.100.1", 200),
            (f"Bearer {TOKEN}x", "198.51.100.1", 403),
            ("Bearer ", "198.51.100.1", 403),
            (TOKEN, "198.51.100.1", 403),
            ("", "10.1.2.3", 200),
            ("", "10.2.0.1", 403),
            ("", "::1", 403),
            ("", "", 403),
        ],
    )
    def test_whoever_has_the_token_or_the_address(
        self, client: Client, settings: Any, kept: None, header: str, address: str, status: int
    ) -> None:
        settings.AMARA_METRICS_FROM = ["10.1.0.0/16"]
        meta = {"HTTP_AUTHORIZATION": header, "REMOTE_ADDR": address}
        assert client.get("/metrics", **meta).status_code == status

    @pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
    def test_a_proxy_on_the_same_machine_is_not_the_caller(
        self, client: Client, settings: Any, kept: None, header: str
    ) -> None:
        settings.AMARA_METRICS_FROM = ["127.0.0.1/32"]
        assert client.get("/metrics").status_code == 200
        assert client.get("/metrics", headers={header: "203.0.113.9"}).status_code == 403

    def test_an_empty_token_is_none(self, client: Client, settings: Any) -> None:
        settings.AMARA_METRICS_FROM = ["10.1.0.0/16"]
        for header in ("Bearer ", "Bearer", ""):
            assert client.get("/metrics", HTTP_AUTHORIZATION=header).status_code == 403


@pytest.mark.django_db
def test_what_is_counted(client: Client, settings: Any, kept: None) -> None:
    video = VideoFactory()
    add_subtitles(video, "en")
    before = read(client)
    for _ in range(3):
        client.get(f"/api/videos/{video.video_id}/", headers={"accept": "application/json"})
    client.get("/api/videos/nothingthere/")
    client.get(f"/static/{video.video_id}.css")
    client.get("/teams/no-such-team/")
    after = read(client)

    def more(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    assert more("amara_requests_total", method="GET", route="api:video", status="200") == 3
    assert more("amara_requests_total", method="GET", route="api:video", status="404") == 1
    assert more("amara_requests_total", method="GET", route="static", status="404") == 1
    assert more("amara_request_seconds_count", route="api:video") == 4
    remembered = [more("amara_remembered_answers_total", result=each) for each in ("hit", "miss")]
    assert sum(remembered) >= 4
    assert more("amara_database_seconds_count") > 0
    assert {"amara_deliveries_waiting", "amara_deliveries_failing"} <= {
        n for n, _ in samples(after)
    }


@pytest.mark.django_db
def test_limits_that_were_met(client: Client, settings: Any, kept: None) -> None:
    from amara_api.kernel.limits.rates import Rate

    settings.AMARA_LIMITS = {**settings.AMARA_LIMITS, "requests-by-address": Rate.of("1/minute")}
    before = read(client)
    answers = [client.get("/api/languages/").status_code for _ in range(3)]
    met = value(read(client), "amara_limits_met_total", limit="requests-by-address")
    refused = answers.count(429)
    assert refused >= 1
    assert met - value(before, "amara_limits_met_total", limit="requests-by-address") == refused


@pytest.mark.django_db
def test_labels_are_names_of_ours(client: Client, kept: None) -> None:
    """Whatever is asked for, and however: there are as many series as names."""
    client.get("/api/videos/first/")
    before = set(samples(read(client)))
    for number in range(20):
        client.get(f"/api/videos/x{number}/")
        client.get(f"/no/such/{number}/")
        client.generic(f"X{number}", f"/no/such/{number}/")
    added = {labels for _, labels in set(samples(read(client))) - before}
    routes = {dict(labels).get("route") for labels in added}
    assert len(routes) <= 4
    assert not any(re.search(r"\d", dict(labels).get("method", "")) for labels in added)


def test_processes_are_summed(installation: Any) -> None:
    """Asked often enough, every one of them has answered some."""
    with installation.serving(
        "--workers", "2", "--no-deliver", AMARA_METRICS_TOKEN=TOKEN, AMARA_LOG_FORMAT="json"
    ) as served:
        for _ in range(40):
            assert served.web("GET", "/api/languages/", key=None).status == 200
        header = {"Authorization": f"Bearer {TOKEN}"}
        told = served.web("GET", "/metrics", key=None, **header)
        assert told.status == 200
        counted = value(
            told.body.decode(),
            "amara_requests_total",
            method="GET",
            route="api:languages",
            status="200",
        )
        assert counted == 40
        assert len(list((installation.folder / "metrics").glob("counter_*.db"))) >= 1
        ready = served.web("GET", "/readyz", key=None)
        assert ready.status == 200
    lines = [line for line in served.log.read_text().splitlines() if line.startswith("{")]
    told = [json.loads(line) for line in lines]
    routes = [each["route"] for each in told if each["logger"] == "amara_api.requests"]
    assert routes.count("api:languages") == 40


def test_nothing_is_loaded_unless_it_is_wanted(settings: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(figures, "_kept", None)
    figures.limit_met("x")
    figures.remembered(hit=True)
    figures.delivery("arrived")


# --- ids and lines -------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a1b2c3d4-e5f6", True),
        ("A.b_c-12", True),
        ("short", False),
        ("x" * 65, False),
        ('evil"} {"a', False),
        ("two words1", False),
        ("line\\nbreak", False),
        ("", False),
    ],
)
def test_an_id_comes_in_and_goes_out(client: Client, sent: str, kept: bool) -> None:
    for path in ("/api/languages/", "/", "/no/such/page", "/healthz"):
        told = client.get(path, HTTP_X_REQUEST_ID=sent).headers[ID]
        assert (told == sent) == kept
        assert re.fullmatch(r"[A-Za-z0-9._-]{8,64}", told)


@pytest.mark.django_db
def test_a_line_tells_no_secret(settings: Any, caplog: Any) -> None:
    settings.AMARA_LOG_FORMAT = "json"
    client = Client()
    caplog.set_level(logging.INFO, "amara_api.requests")
    secret = "s3cr3t-of-somebody"
    client.get(f"/auth/auto-login/{secret}/?token={secret}", HTTP_X_API_KEY=secret)
    client.post("/api/videos/", {"title": secret}, headers={"authorization": secret})
    lines = [JsonLines().format(record) for record in caplog.records if record.name.endswith("sts")]
    assert len(lines) == 2
    assert secret not in "".join(lines)
    told = json.loads(lines[0])
    assert set(told) == {
        *("time", "level", "logger", "message"),
        *("request_id", "method", "route", "status", "seconds"),
    }
    assert (told["route"], told["method"]) == ("auto-login", "GET")


def test_an_error_has_its_traceback_in_the_same_line() -> None:
    try:
        raise ValueError("broken\nin two")
    except ValueError:
        import sys

        record = logging.LogRecord("x", 40, "f", 1, "fell %s", ("down",), sys.exc_info())
    line = JsonLines().format(record)
    assert "\n" not in line
    assert json.loads(line)["message"] == "fell down"
    assert "ValueError" in json.loads(line)["traceback"]
