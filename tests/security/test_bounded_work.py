"""One small request never makes the server, or whoever reads afterwards, work without end."""

import threading

import orjson
import pytest

from amara_api.kernel import outbound
from amara_api.kernel.errors import Busy
from amara_api.kernel.wire import json_, xml_, yaml_
from amara_api.kernel.wire.plain import Unread
from subtitles.formats import FORMATS, TooManyCues, load
from subtitles.models import SubtitleVersion
from tests.api.conftest import unchanged
from tests.factories import TeamFactory, TeamMemberFactory, VideoFactory
from tests.outbound.fakes import running
from tests.work import memory_of

MOST = 50_000
TWO_MIB = 2 * 2**20
TT = "http://www.w3.org/ns/ttml"


def filled(unit: str, head: str = "", tail: str = "") -> str:
    return head + unit * ((TWO_MIB - len(head) - len(tail)) // len(unit)) + tail


# The shortest cues of each format, as many as fit into the largest file.
CROWDS = {
    "txt": filled("a\n\n"),
    "txt with blanks": filled("a \t\r\n \r\n"),
    "dfxp": filled(
        "<p/>", "<tt xmlns='http://www.w3.org/ns/ttml'><body><div>", "</div></body></tt>"
    ),
    "dfxp prefixed": filled(
        "<t:p />",
        f"<t:tt xmlns:t='{TT}'><t:body><t:div>",
        "</t:div></t:body></t:tt>",
    ),
    "json": filled("{},", "[", "{}]"),
    "srt": filled("0:0:0,0 --> 0:0:1,0\na\n\n"),
    "vtt": filled("00:00.000 --> 00:01.000\na\n\n", "WEBVTT\n\n"),
    "sbv": filled("0:0:0.0,0:0:1.0\na\n\n"),
    "ssa": filled(
        "Dialogue:0:0:0.0,0:0:1.0,a\n",
        "[Script Info]\n\n[Events]\nFormat: Start, End, Text\n",
    ),
    "youtube": filled("<text/>", "<transcript>", "</transcript>"),
}


@pytest.mark.by_halves
@pytest.mark.parametrize("name", CROWDS)
def test_a_crowd_of_cues_is_refused_before_it_costs_much(name):
    def read():
        with pytest.raises(TooManyCues, match="more than 50000 subtitles"):
            load(CROWDS[name], name.split()[0], whole=True, max_cues=MOST)

    assert memory_of(read) < 64 * 2**20


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
def test_a_crowd_is_one_in_every_charset(encoding):
    data = ("a\n\n" * 100).encode(encoding)
    with pytest.raises(TooManyCues):
        load(data, "txt", charset=encoding, max_cues=40)


def test_every_format_that_can_be_read_has_a_crowd():
    named = {name.split()[0] for name in CROWDS} | {"ttml", "xml", "ass"}  # the same readers
    assert named == set(FORMATS)


@pytest.mark.parametrize("format", ["txt", "srt", "json", "dfxp"])
def test_just_as_many_as_allowed_are_taken_and_one_more_is_413(api, ana, settings, format):
    settings.AMARA_MAX_CUES = 3
    at = f"videos/{VideoFactory(user=ana).video_id}/languages/en/subtitles/"
    files = {
        "txt": lambda n: "\n\n".join(["a"] * n),
        "srt": lambda n: "".join(
            f"{i}\n00:00:0{i},000 --> 00:00:0{i},500\na\n\n" for i in range(n)
        ),
        "json": lambda n: [{"start": i, "end": i + 1, "text": "a"} for i in range(n)],
        "dfxp": lambda n: (
            "<tt xmlns='http://www.w3.org/ns/ttml'><body><div>"
            + "".join(f"<p begin='{i}s' end='{i + 1}s'>a</p>" for i in range(n))
            + "</div></body></tt>"
        ),
    }
    body = lambda n: {"sub_format": format, "subtitles": files[format](n)}  # noqa: E731
    assert api.post(at, body(3)).status_code == 201
    with unchanged():
        refused = api.post(at, body(4))
    assert refused.status_code == 413
    assert refused.json() == {"detail": "The file has more than 3 subtitles."}
    assert SubtitleVersion.objects.count() == 1


def test_lists_are_counted_before_anything_in_them_is_looked_up(
    api, ana, django_assert_max_num_queries
):
    team = TeamFactory(slug="films", type="C")
    TeamMemberFactory(team=team, user=ana, role_name="owner")
    video = VideoFactory(user=ana, team=team)
    request = {"video": video.video_id, "language": "fr"}
    with django_assert_max_num_queries(8):
        answer = api.post("subtitle-requests/", {**request, "evaluation_teams": ["x"] * 99_000})
    assert answer.status_code == 400
    assert answer.json() == {"evaluation_teams": ["Ensure this field has no more than 3 elements."]}
    with django_assert_max_num_queries(8):
        answer = api.put("teams/films/languages/preferred/", ["xx"] * 99_000)
    assert answer.status_code == 400


# --- fetches -------------------------------------------------------------------------------------


def test_an_account_has_its_share_of_the_fetches_and_others_have_theirs(settings):
    settings.AMARA_FETCHES, settings.AMARA_FETCHES_BY_ACCOUNT = 3, 2
    with outbound.place_for(1), outbound.place_for(1):
        with pytest.raises(Busy, match="still fetching for you"), outbound.place_for(1):
            pass
        with outbound.place_for(2):
            for account in (2, 3, outbound.PROVIDERS):
                with pytest.raises(Busy, match="as much as it can"), outbound.place_for(account):
                    pass
        with outbound.place_for(3):
            pass
    assert not outbound._places._by, "whatever happens inside, the place is left"
    with pytest.raises(ZeroDivisionError), outbound.place_for(1):
        raise ZeroDivisionError
    assert not outbound._places._by


def test_a_second_slow_url_of_an_account_is_503_and_stores_nothing(api, ana, settings):
    settings.AMARA_OUTBOUND_ALLOW = ["127.0.0.1"]
    settings.AMARA_FETCHES = 2
    at = f"videos/{VideoFactory(user=ana).video_id}/languages/en/subtitles/"
    with running() as fake, outbound.place_for(ana.pk), unchanged():
        answer = api.post(at, {"subtitles_url": fake.url("srt"), "sub_format": "srt"})
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert answer.json() == {
        "detail": "The server is still fetching for you. Try again in 5 seconds."
    }
    assert not fake.asked


def test_slow_urls_leave_threads_that_answer_others(installation):
    """Eight at once, against a server of four threads that may fetch with two."""
    variables = {"AMARA_OUTBOUND_ALLOW": "127.0.0.1", "THREADS": "4", "WORKERS": "1"}
    with installation.serving("--no-deliver", **variables) as served, running() as fake:
        web = served.web
        video = web("POST", "videos/", {"video_url": "https://a.example.com/a.mp4"}).json["id"]
        at = f"videos/{video}/languages/en/subtitles/"
        body = {"subtitles_url": fake.url("drip_body/"), "sub_format": "srt"}
        statuses = []
        posts = [
            threading.Thread(target=lambda: statuses.append(web("POST", at, body).status))
            for _ in range(8)
        ]
        for post in posts:
            post.start()
        # All but one are refused at once; none of these waits for it.
        for _ in range(10):
            assert web("GET", "/healthz", key=None).status == 200
            assert web("GET", f"videos/{video}/").status == 200
        for post in posts:
            post.join()
    assert sorted(statuses) == [400, *[503] * 7]


# --- answers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["xml", "yaml"])
@pytest.mark.parametrize("number", [0, 1, 2, 499, 500, 501, 1000, 1001, 1501])
def test_cues_that_are_read_as_they_are_written_are_the_same(format, number):
    """Also where a text looks like the border between two."""
    border = '},{"'
    cues = [{"text": f"{border}{i}", "start": i, "meta": {border: border}} for i in range(number)]
    module = {"xml": xml_, "yaml": yaml_}[format]
    unread = Unread(orjson.dumps(cues))
    assert len(unread) == number
    assert list(unread) == cues
    for whole in ({"subtitles": unread}, [unread]):
        same = {"subtitles": cues} if isinstance(whole, dict) else [cues]
        assert module.dumps(whole) == module.dumps(same)
    assert json_.dumps({"s": unread}) == json_.dumps({"s": cues}), "in JSON too"


@pytest.mark.by_halves
@pytest.mark.parametrize("format", ["json", "xml", "yaml"])
def test_the_largest_version_is_answered_in_little_memory(api, ana, format):
    at = f"videos/{VideoFactory(user=ana).video_id}/languages/en/subtitles/"
    words = "\n\n".join(f"word {i}" for i in range(MOST))
    assert api.post(at, {"sub_format": "txt", "subtitles": words}).status_code == 201
    assert memory_of(lambda: api.get(f"{at}?format={format}")) < 64 * 2**20
