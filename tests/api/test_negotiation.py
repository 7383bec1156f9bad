"""How an answer is written, and what an address, a method and a header mean, over HTTP."""

import json

import pytest
from django.test import Client

from tests.api.conftest import unchanged, undone
from tests.api.permission_matrix import ROWS, SUBTITLES, VIDEO
from tests.api.test_permissions import address, ask, body_of

pytestmark = pytest.mark.django_db

JSON, YAML, XML, HTML = "application/json", "application/yaml", "application/xml", "text/html"
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
IE = "image/gif, image/jpeg, application/x-ms-application, */*"
SAFARI = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
JQUERY = "application/json, text/javascript, */*; q=0.01"
AXIOS = "application/json, text/plain, */*"

ACCEPTS = [
    (None, JSON),
    ("", JSON),
    ("*/*", JSON),
    ("application/*", JSON),
    (JSON, JSON),
    (JQUERY, JSON),
    (AXIOS, JSON),
    ("application/json;charset=utf-8", JSON),
    ("application/json; version=1", JSON),
    (YAML, YAML),
    (XML, XML),
    # Of equals the one that was named first.
    (f"{XML}, {JSON}", XML),
    (f"{JSON}, {XML}", JSON),
    (f"{YAML};q=0.5, {XML};q=0.9", XML),
    (f"{XML};q=0.5, {YAML};q=0.9", YAML),
    (f"{JSON};q=0, {YAML}", YAML),
    (f"*/*;q=0.1, {XML}", XML),
    (FIREFOX, HTML),
    (SAFARI, HTML),
    (IE, JSON),
    # The narrowest range decides, wherever it stands.
    (f"*/*, {JSON};q=0", HTML),
    ("text/html;q=0.2, */*;q=0.1, application/*;q=0.3", JSON),
    (f"{JSON};q=nonsense", JSON),
    (" , ,", JSON),
    ("text/html", HTML),
    ("text/*", HTML),
    ("image/png", None),
    ("application/pdf, image/*", None),
    (f"{JSON};q=0", None),
    ("nonsense", None),
]


def media_type(response):
    return response["Content-Type"].partition(";")[0]


@pytest.mark.parametrize(("accept", "expected"), ACCEPTS)
def test_accept(world, accept, expected):
    headers = {} if accept is None else {"Accept": accept}
    for path in ("videos/", f"videos/{world.open_video.video_id}/"):
        response = world.api["stranger"].get(path, headers=headers)
        if expected is None:
            assert response.status_code == 406
            assert media_type(response) == JSON
        else:
            assert (response.status_code, media_type(response)) == (200, expected)


@pytest.mark.parametrize("accept", [None, FIREFOX, JSON, XML, "image/png"])
@pytest.mark.parametrize(
    ("format", "expected"), [("json", JSON), ("yaml", YAML), ("xml", XML), ("api", HTML)]
)
def test_the_format_parameter_beats_accept(world, format, expected, accept):
    headers = {"Accept": accept} if accept else {}
    response = world.api["stranger"].get(f"videos/?format={format}", headers=headers)
    assert (response.status_code, media_type(response)) == (200, expected)


@pytest.mark.parametrize("format", ["nonsense", "srt", "JSON", "html", "../json"])
def test_an_unknown_format_is_404_but_on_subtitles(world, format):
    api, video = world.api["stranger"], world.open_video.video_id
    for path in ("videos/", f"videos/{video}/", f"videos/{video}/languages/en/"):
        response = api.get(f"{path}?format={format}")
        assert (response.status_code, response.json()) == (404, {"detail": "Not found."})
    response = api.get(f"{SUBTITLES.format(video=video)}?format={format}")
    assert response.status_code == 200
    assert media_type(response) == ("text/srt" if format == "srt" else JSON)


FILES = [
    ("dfxp", "application/ttml+xml"),
    ("sbv", "text/sbv"),
    ("srt", "text/srt"),
    ("ssa", "text/ssa"),
    ("vtt", "text/vtt"),
    ("txt", "text/plain"),
]


@pytest.mark.parametrize(("format", "type"), FILES)
def test_subtitles_are_downloaded_by_parameter_or_accept(world, format, type):
    api, path = world.api["anonymous"], SUBTITLES.format(video=world.open_video.video_id)
    by_parameter = api.get(f"{path}?format={format}", headers={"Accept": "*/*"})
    by_accept = api.get(path, headers={"Accept": f"{type}, */*;q=0.1"})
    assert by_parameter["Content-Type"] == by_accept["Content-Type"] == f"{type}; charset=utf-8"
    assert by_parameter.content == by_accept.content
    assert b"Hello" in by_accept.content
    assert by_accept["X-Content-Type-Options"] == "nosniff"
    # The name inside JSON is another parameter, and says nothing about the body.
    nested = api.get(f"{path}?sub_format={format}")
    assert media_type(nested) == JSON
    assert nested.json()["subtitles"] == by_accept.content.decode()
    assert api.get(f"{path}?format={format}&sub_format=json").content == by_accept.content
    # An error has no subtitle format.
    wrong = api.get(f"{path}?format={format}&version_number=99")
    assert (wrong.status_code, wrong["Content-Type"]) == (404, JSON)
    assert wrong.json() == {"detail": "Not found."}


@pytest.mark.parametrize("format", ["json", "xml", "yaml", "api"])
def test_every_error_comes_in_the_format_that_was_asked_for(world, format):
    api, video = world.api["stranger"], world.team_video.video_id
    wanted = {"json": JSON, "xml": XML, "yaml": YAML, "api": HTML}[format]
    errors = [
        ("GET", "videos/none/", "", 404),
        ("GET", "no/such/route/", "", 404),
        ("PUT", f"videos/{video}/", "{}", 403),
        ("DELETE", "videos/", "", 405),
        ("POST", "videos/", "{}", 400),
        ("POST", "videos/", "{", 400),
    ]
    for method, path, body, status in errors:
        response = api.request(method, f"{path}?format={format}", body)
        assert (response.status_code, media_type(response)) == (status, wanted), path
    response = world.api["anonymous"].post(f"videos/?format={format}", {})
    assert (response.status_code, media_type(response)) == (401, wanted)


@pytest.mark.parametrize(
    "path", ["", "videos/", "videos/none/", "languages/", "nowhere", "users/me/"]
)
def test_json_ends_its_line_for_those_who_read_it_in_a_terminal(world, path):
    for who in ("anonymous", "stranger"):
        content = world.api[who].get(path).content
        assert content.endswith(b"\n")
        assert content.count(b"\n") == 1


@pytest.mark.parametrize("format", ["json", "xml", "yaml", "odd%2Bname", "srt"])
def test_links_carry_the_format_that_was_asked_for(world, format):
    """Clients rewrite it to fetch another format of the same thing."""
    path = SUBTITLES.format(video=world.open_video.video_id)
    if format == "srt":
        format = "json"
        body = world.api["anonymous"].get(f"{path}?format=json&sub_format=srt").json()
    else:
        response = world.api["anonymous"].get(f"{path}?format={format}")
        text = response.content.decode().replace("&amp;", "&")
        assert f"{path}?format={format}" in text
        return
    links = [body[name] for name in ("actions_uri", "notes_uri", "resource_uri")]
    assert all(link.endswith(f"/?format={format}") for link in links)
    assert body["author"]["uri"].endswith(f"?format={format}")
    # The page for people has no formats.
    assert "format" not in body["site_uri"]


# --- addresses and methods -----------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["/api/", "/api2/partners/"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.route}")
def test_both_slashes_mean_the_same(world, row, prefix):
    place = address(world, "open_video")
    path = place.fill(row.path)
    path = path if path.startswith("/") else prefix + path
    answers = []
    for target in (path, path.removesuffix("/")):
        with undone():
            response = world.api[row.able].request(row.method, target, body_of(row, place.video))
        answers.append((response.status_code, response.content if row.method == "GET" else b""))
    assert answers[0] == answers[1]
    assert answers[0][0] == row.ok


def test_a_slash_in_front_of_the_query_is_enough(world):
    with_slash = world.api["stranger"].get("videos/?limit=1")
    without = world.api["stranger"].get("/api/videos?limit=1")
    assert with_slash.content == without.content
    assert "/api/videos/?limit=1&offset=1" in without.json()["meta"]["next"]


def test_no_other_method(world):
    """405 names the methods that there are; nothing is changed."""
    known = {}
    for row in ROWS:
        known.setdefault(row.path, set()).add(row.method)
    place = address(world, "open_video")
    api = world.api["superuser"]
    with unchanged():
        for path, methods in known.items():
            if path in ("users/adder/", "users/me/"):
                continue
            if path.startswith("/"):
                # One of the second version, which has the others too.
                methods = methods | known[path.removeprefix("/api2/partners/")]
            target = place.fill(path)
            for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"} - methods:
                response = api.request(method, target, {})
                assert response.status_code == 405, (method, target)
                assert response.json() == {"detail": f'Method "{method}" not allowed.'}
                allowed = set(response["Allow"].split(", "))
                assert allowed - {"HEAD", "OPTIONS"} == methods, target


def test_head_is_get_without_a_body(world):
    place = address(world, "open_video")
    for row in ROWS:
        if row.method != "GET":
            continue
        path = place.fill(row.path)
        get, head = (world.api["owner"].request(m, path) for m in ("GET", "HEAD"))
        assert (head.status_code, head.content) == (get.status_code, b""), path
        for name in ("Content-Type", "Content-Length", "Allow", "Vary"):
            assert head.get(name) == get.get(name), (path, name)
    missing = world.api["owner"].request("HEAD", "videos/none/")
    assert (missing.status_code, missing.content) == (404, b"")


def test_options_describes_without_looking(world):
    """It names the input fields to accounts, and no row of anything to anybody."""
    for row in ROWS:
        path = row.path.format(video="made-up", url=1, record=1, key=1)
        with unchanged():
            known = world.api["stranger"].request("OPTIONS", path)
            unknown = world.api["anonymous"].request("OPTIONS", path)
        for response in (known, unknown):
            assert response.status_code == 200
            assert list(response.json())[:4] == ["name", "description", "renders", "parses"]
        assert "actions" not in unknown.json()
        if row.method in ("POST", "PUT"):
            fields = known.json()["actions"][row.method]
            assert set(row.body) <= set(fields)
            # What a key may do, and what can be done to subtitles, is the same for everybody; no
            # other choices are told.
            told = {name for name, field in fields.items() if "choices" in field}
            assert told <= {"scope", "operation"}


def test_methods_cannot_be_overridden(world):
    path = VIDEO.format(video=world.open_video.video_id)
    api = world.api["adder"]
    for headers in ({"X-HTTP-Method-Override": "DELETE"}, {"X-Method-Override": "DELETE"}):
        with unchanged():
            assert api.post(path, {}, headers=headers).status_code == 405
            assert api.get(path, headers=headers).status_code == 200
    with unchanged():
        form = "application/x-www-form-urlencoded"
        assert api.post(path, "_method=DELETE", content_type=form).status_code == 405
        assert api.get(f"{path}?_method=DELETE&method=DELETE").status_code == 200


# --- who else is asking --------------------------------------------------------------------------


def test_any_page_may_call_with_a_key_and_none_with_a_cookie(world):
    origin = {"Origin": "https://anywhere.example"}
    for prefix in ("/api/", "/api2/partners/"):
        asked = {
            **origin,
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "x-api-key, x-api-username, content-type",
        }
        with unchanged():
            flight = Client(headers=asked).options(f"{prefix}videos/")
        assert flight.status_code == 200
        assert flight["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in flight
        methods = {m.strip() for m in flight["Access-Control-Allow-Methods"].split(",")}
        assert methods >= {row.method for row in ROWS}
        headers = {h.strip() for h in flight["Access-Control-Allow-Headers"].split(",")}
        needed = "x-api-key x-apikey x-api-username x-api-future content-type accept"
        assert headers >= set(needed.split())
        for response in (
            world.api["stranger"].get(f"{prefix}videos/", headers=origin),
            world.api["stranger"].get(f"{prefix}videos/none/", headers=origin),
            Client(headers=origin).post(f"{prefix}videos/"),
        ):
            assert response["Access-Control-Allow-Origin"] == "*"
            assert "Access-Control-Allow-Credentials" not in response
            assert "x-api-deprecated" in response["Access-Control-Expose-Headers"]
    for path in ("/", "/account/", "/admin/login/"):
        assert "Access-Control-Allow-Origin" not in Client(headers=origin).get(path)


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "a b", "testserver@x"])
def test_an_unknown_host_is_refused(world, host):
    response = world.api["stranger"].get("videos/", HTTP_HOST=host)
    assert (response.status_code, response["Content-Type"]) == (400, JSON)
    assert "evil" not in response.content.decode()


def test_forwarded_headers_of_strangers_change_no_link(world):
    forged = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Port": "444",
        "Forwarded": "host=evil.example;proto=https",
        "X-Original-URL": "/api/users/me/",
    }
    plain = world.api["stranger"].get("videos/")
    assert world.api["stranger"].get("videos/", headers=forged).content == plain.content
    assert "http://testserver/api/" in plain.content.decode()


def test_what_no_route_matches_is_404_for_every_method_and_401_for_a_bad_key(world, api_for):
    bad = api_for(None, **{"X-api-key": "0" * 40})
    for path in ("/api/none", "/api/videos/x/y/z/", "/api2/partners/none/", "/api/schema.json"):
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            response = world.api["stranger"].request(method, path, {})
            assert (response.status_code, response.json()) == (404, {"detail": "Not found."})
            assert bad.request(method, path, {}).status_code == 401


@pytest.mark.parametrize("text", ["%00", "%ff", "%F0%9F%98%80", "..%2F..", "%0d%0aX: 1", "a" * 300])
def test_odd_text_in_an_address_is_only_an_unknown_address(world, text):
    video = world.open_video.video_id
    for path in (
        f"videos/{text}/",
        f"videos/{video}/languages/{text}/",
        f"videos/{video}/languages/{text}/subtitles/",
        f"videos/{video}/urls/{text}/",
        f"users/{text}/",
        f"users/id${text}/",
    ):
        response = world.api["stranger"].get(path)
        assert response.status_code == 404, path
        assert response.json() == {"detail": "Not found."}
    for query in (
        *("team", "project", "video_url", "order_by", "limit", "api-future", "anything"),
        *("primary_audio_language_code", "team=films&project", "usePartnerId"),
    ):
        response = world.api["stranger"].get(f"videos/?{query}={text}")
        assert response.status_code == (400 if text == "%00" else 200), query


def test_numbers_in_addresses_of_any_size(world):
    video = world.open_video.video_id
    for number in ("0", "9" * 10, "9" * 18, "9" * 40, "-1", "1.0", "٣"):
        assert world.api["stranger"].get(f"videos/{video}/urls/{number}/").status_code == 404
        path = f"videos/{video}/languages/en/subtitles/?version_number={number}"
        assert world.api["stranger"].get(path).status_code in (400, 404), number


def test_filters_do_not_reach_into_relations(world):
    plain = world.api["stranger"].get("videos/").json()
    for query in ("team__slug=hush", "user__email__startswith=a", "is_public=False", "id=1"):
        assert world.api["stranger"].get(f"videos/?{query}").json() == plain, query
    named = world.api["stranger"].get("videos/?team=films").json()
    for order in ("user__email", "pk", "-is_public", "?", "team__slug", "created,title"):
        found = world.api["stranger"].get(f"videos/?team=films&order_by={order}").json()
        assert found["objects"] == named["objects"], order


def test_repeated_parameters_count_once_and_the_last_wins(world):
    found = world.api["stranger"].get("videos/?team=hush&team=films").json()
    assert [video["team"] for video in found["objects"]] == ["films"]
    assert json.dumps(found) == json.dumps(world.api["stranger"].get("videos/?team=films").json())


def test_every_answer_of_the_matrix_is_json_when_nothing_else_is_asked(world):
    for row in ROWS:
        with undone():
            response = ask(world, row, "superuser", address(world, "open_video"))
        if response.content:
            assert response["Content-Type"] == JSON
            json.loads(response.content)
