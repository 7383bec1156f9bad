"""The addresses that a team is told at, over HTTP: what is refused, shown, kept to itself."""

import json
import logging
import re
from urllib.parse import urlencode

import pytest
import yaml

from activity.models import ActivityRecord, Callback, Notification
from activity.outbox import write
from tests.api.conftest import unchanged

pytestmark = pytest.mark.django_db

URL = "https://hooks.example.com/amara"
PATH = "teams/films/callbacks/"
NOTICES = "teams/films/notifications/"
PASSWORD = "correct horse battery"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def owner(cast, api_for):
    return api_for(cast.owner)


@pytest.fixture
def made(owner):
    """A callback with everything, as the answer shows it, and its secret."""
    body = {
        "url": URL,
        "headers": {"X-Route": "subtitles"},
        "events": ["video-added"],
        "auth_user": "amara",
        "auth_password": PASSWORD,
    }
    return owner.post(PATH, body).json()


@pytest.fixture
def callback(made):
    return Callback.objects.get(pk=made["id"])


# --- what is refused -----------------------------------------------------------------------------

# Short in characters, and longer than an index of PostgreSQL takes.
LONG = "".join(chr(0x4E00 + 23 * number) for number in range(900))
VALID = "Enter a valid URL."
PRIVATE = "Private addresses cannot be asked."
PORT = "Only the ports 80 and 443 can be asked."
SCHEME = "Only http and https URLs can be asked."
LOGIN = "The URL must not contain a user name or password."
URLS = {
    "": "This field may not be blank.",
    "hooks.example.com": SCHEME,
    "ftp://hooks.example.com/": SCHEME,
    "file:///etc/passwd": SCHEME,
    "javascript:alert(1)": SCHEME,
    "//hooks.example.com/": SCHEME,
    "https://": VALID,
    "https:///path": VALID,
    "https://a b.example.com/": VALID,
    "https://hooks.example.com/\ta": VALID,
    "https://hooks.example.com/\r\nHost: x": VALID,
    "https://hooks.example.com/\u202e": VALID,
    "https://hooks.example.com\\@127.0.0.1/": VALID,
    "https://[::1": VALID,
    "https://[::1]x/": VALID,
    "https://hooks.example.com:port/": VALID,
    "https://hooks.example.com:99999/": VALID,
    "https://amara@hooks.example.com/": LOGIN,
    "https://amara:secret@hooks.example.com/": LOGIN,
    "https://hooks.example.com@127.0.0.1/": LOGIN,
    "https://@hooks.example.com/": LOGIN,
    "https://hooks.example.com:8443/": PORT,
    "http://hooks.example.com:22/": PORT,
    "http://hooks.example.com:0/": PORT,
    "http://localhost/": PRIVATE,
    "http://LOCALHOST./": PRIVATE,
    "http://a.localhost/": PRIVATE,
    "http://127.0.0.1/": PRIVATE,
    "http://127.1/": PRIVATE,
    "http://2130706433/": PRIVATE,
    "http://0x7f.0.0.1/": PRIVATE,
    "http://0177.0.0.1/": PRIVATE,
    "http://０.0.0.0/": PRIVATE,
    "http://①②⑦.0.0.1/": PRIVATE,
    "http://0.0.0.0/": PRIVATE,
    "http://10.0.0.1/": PRIVATE,
    "http://172.16.0.1/": PRIVATE,
    "http://192.168.1.1/": PRIVATE,
    "http://169.254.169.254/latest/meta-data/": PRIVATE,
    "http://100.64.0.1/": PRIVATE,
    "http://224.0.0.1/": PRIVATE,
    "http://[::1]/": PRIVATE,
    "http://[::ffff:127.0.0.1]/": PRIVATE,
    "http://[fd00::1]/": PRIVATE,
    "http://[fe80::1]/": PRIVATE,
    f"{URL}?{'x' * 1000}": "Ensure this field has no more than 1000 characters.",
    f"{URL}?{LONG}": "Ensure the URL has no more than 1000 bytes.",
    17: "Not a valid string.",
}
NAME, VALUE = "Not the name of a header: ", "Not the value of a header: that of "
OURS = "This header cannot be set: "
TEXT = "The value of {} must be text."
HEADERS = [
    ({"X-A": "b\r\nHost: x"}, f"{VALUE}X-A"),
    ({"X-A": "b\nc"}, f"{VALUE}X-A"),
    ({"X-A": "b\rc"}, f"{VALUE}X-A"),
    ({"X-A": "b\tc"}, f"{VALUE}X-A"),
    ({"X-A": "Zoë"}, f"{VALUE}X-A"),
    ({"X-A": " b"}, f"{VALUE}X-A"),
    ({"X-A": "b "}, f"{VALUE}X-A"),
    ({"X-A": "b" * 1001}, f"{VALUE}X-A"),
    ({"X-A": 1}, TEXT.format("X-A")),
    ({"X-A": ["b"]}, TEXT.format("X-A")),
    ({"X-A": None}, TEXT.format("X-A")),
    ({"": "b"}, f"{NAME}''"),
    ({"X A": "b"}, f"{NAME}'X A'"),
    ({"X-A:": "b"}, f"{NAME}'X-A:'"),
    ({"X-A\r\nHost": "b"}, f"{NAME}'X-A\\r\\nHost'"),
    ({"X-A\n": "b"}, f"{NAME}'X-A\\n'"),
    ({"X-Ä": "b"}, f"{NAME}'X-Ä'"),
    ({"7-A": "b"}, f"{NAME}'7-A'"),
    ({"X" * 65: "b"}, f"{NAME}{'X' * 50!r}"),
    ({"X-A": "b", "x-a": "c"}, "This header is there twice: x-a"),
    ({f"X-{n}": "b" for n in range(11)}, "At most 10 headers."),
    ([["X-A", "b"]], "Not a dictionary of texts."),
    ("X-A: b", "Not a dictionary of texts."),
    (1, "Not a dictionary of texts."),
] + [
    ({name: "b"}, f"{OURS}{name}")
    for name in (
        *("Host", "host", "HOST", "Content-Length", "Content-Type", "Content-Encoding"),
        *("Transfer-Encoding", "Connection", "Keep-Alive", "TE", "Trailer", "Upgrade", "Expect"),
        *("Authorization", "authorization", "Proxy-Authorization", "Proxy-Connection", "Cookie"),
        *("User-Agent", "Accept-Encoding"),
        *("webhook-id", "Webhook-Signature", "WEBHOOK-TIMESTAMP", "webhook-anything"),
    )
]
NO_CHOICE = '"{}" is not a valid choice.'
OTHERS = [
    ({"events": ["no-such"]}, "events", "Unknown event: no-such"),
    ({"events": ["x" * 99]}, "events", f"Unknown event: {'x' * 50}"),
    ({"events": ["video-added", "subs-new"]}, "events", "Unknown event: subs-new"),
    ({"encoding": "form", "events": ["video-added"]}, "events", "Unknown event: video-added"),
    ({"events": "video-added"}, "events", "Not a list of texts."),
    ({"events": {"video-added": True}}, "events", "Not a list of texts."),
    ({"events": ["test"] * 99}, "events", "Ensure this field has no more than 20 elements."),
    ({"encoding": "xml"}, "encoding", NO_CHOICE.format("xml")),
    ({"encoding": "JSON"}, "encoding", NO_CHOICE.format("JSON")),
    ({"encoding": ["json"]}, "encoding", NO_CHOICE.format("['json']")),
    ({"auth_user": "a:b"}, "auth_user", "A user name has no colon."),
    ({"auth_user": "", "auth_password": "b"}, "auth_user", "A password needs a user name."),
    (
        {"auth_user": "a" * 201},
        "auth_user",
        "Ensure this field has no more than 200 characters.",
    ),
    (
        {"auth_user": "a", "auth_password": "b" * 201},
        "auth_password",
        "Ensure this field has no more than 200 characters.",
    ),
    ({"is_on": "perhaps"}, "is_on", '"perhaps" is not a valid boolean.'),
    *(
        ({"secret": secret}, "secret", "A secret is whsec_ and the base64 of 24 to 64 bytes.")
        for secret in (
            *("whsec_", "whsec_AAAA", "whsec_" + "A" * 31, "whsec_" + "A" * 88),
            *("A" * 44, "whsec_" + "!" * 44, "WHSEC_" + "A" * 44, "whsec_" + "Ä" * 44),
        )
    ),
]
REFUSED = [
    *(({"url": url}, "url", sentence) for url, sentence in URLS.items()),
    *(({"headers": headers}, "headers", sentence) for headers, sentence in HEADERS),
    *OTHERS,
]


@pytest.mark.by_halves
@pytest.mark.parametrize(("body", "field", "sentence"), REFUSED)
def test_what_is_refused(owner, made, body, field, sentence):
    """By field and sentence, when it is added as when it is changed; and nothing is."""
    with unchanged():
        for answer in (
            owner.post(PATH, {"url": "https://other.example.com/", **body}),
            owner.put(f"{PATH}{made['id']}/", body),
            owner.patch(f"{PATH}{made['id']}/", body),
        ):
            assert (answer.status_code, answer.json()) == (400, {field: [sentence]})


@pytest.mark.parametrize(
    "body", [{"url": f"{URL}\0"}, {"headers": {"X-A": "b\0c"}}, {"headers": {"X\0": "b"}}]
)
def test_nul_is_refused_before_it_is_anything(owner, made, body):
    with unchanged():
        answer = owner.put(f"{PATH}{made['id']}/", body)
        assert answer.status_code == 400
        problem = "JSON parse error - text may not hold the NUL character"
        assert answer.json() == {"detail": problem}


def test_an_address_is_needed_to_add_one(owner, cast):
    answer = owner.post(PATH, {"headers": {}})
    assert (answer.status_code, answer.json()) == (400, {"url": ["This field is required."]})


def test_the_encoding_and_the_events_must_fit_each_other(owner, made):
    path = f"{PATH}{made['id']}/"
    unknown = (400, {"events": ["Unknown event: video-added"]})
    with unchanged():
        answer = owner.put(path, {"encoding": "form"})
        assert (answer.status_code, answer.json()) == unknown
    both = {"encoding": "form", "events": ["subs-new"]}
    answer = owner.put(path, both)
    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in both} == both
    for events in ([], ["test"]):
        assert owner.put(path, {"encoding": "form", "events": events}).status_code == 200
        assert owner.put(path, {"encoding": "json"}).status_code == 200


def test_an_address_is_a_teams_once(owner, cast, made):
    taken = (400, {"url": ["Another callback of the team has this url."]})
    other = owner.post(PATH, {"url": f"{URL}/2"}).json()
    with unchanged():
        for answer in (
            owner.post(PATH, {"url": URL}),
            owner.put(f"{PATH}{other['id']}/", {"url": URL}),
        ):
            assert (answer.status_code, answer.json()) == taken
    # One's own is no other, and another team's neither.
    assert owner.put(f"{PATH}{made['id']}/", {"url": URL}).status_code == 200
    assert owner.post("teams/hush/callbacks/", {"url": URL}).status_code == 201


def test_a_team_has_twenty(owner, cast):
    for number in range(20):
        assert owner.post(PATH, {"url": f"{URL}/{number}"}).status_code == 201
    with unchanged():
        answer = owner.post(PATH, {"url": f"{URL}/20"})
        assert answer.status_code == 400
        assert answer.json() == ["A team has at most 20 callbacks."]
    first = owner.get(PATH).json()["objects"][0]["resource_uri"]
    assert owner.delete(first).status_code == 204
    assert owner.post(PATH, {"url": f"{URL}/20"}).status_code == 201


def test_what_is_not_the_teams_is_not_there(owner, made, callback):
    write(callback, "test", {})
    there = [
        ("GET", "{}/"),
        ("PUT", "{}/"),
        ("PATCH", "{}/"),
        ("DELETE", "{}/"),
        ("POST", "{}/rotate/"),
        ("POST", "{}/test/"),
    ]
    with unchanged():
        for team, number in (("hush", made["id"]), ("films", 10**9), ("films", 10**30)):
            for method, path in there:
                path = f"teams/{team}/callbacks/{path.format(number)}"
                assert owner.request(method, path, {}).status_code == 404, path
        for team, number in (("hush", 1), ("films", 2), ("films", 10**30)):
            path = f"teams/{team}/notifications/{number}/"
            assert owner.get(path).status_code == 404
            assert owner.post(f"{path}resend/").status_code == 404


# --- how it is sent ------------------------------------------------------------------------------

XML = """<root><headers><X-Route>{route}</X-Route><item key="x-7">7</item></headers>
<events><list-item>video-added</list-item><list-item>member-added</list-item></events></root>"""
FIELDS = {
    "headers": {"X-Route": "films & more", "x-7": "7"},
    "events": ["video-added", "member-added"],
}
EMPTY = {"headers": {}, "events": []}
WRAPPINGS = {
    "json": ("application/json", json.dumps(FIELDS), json.dumps(EMPTY)),
    "xml": (
        "application/xml",
        XML.format(route="films &amp; more"),
        "<root><headers/><events/></root>",
    ),
    "yaml": ("application/yaml", yaml.safe_dump(FIELDS), yaml.safe_dump(EMPTY)),
    "form": (
        FORM,
        urlencode({name: json.dumps(value) for name, value in FIELDS.items()}),
        "headers=&events=",
    ),
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_lists_and_dictionaries_come_in_every_wrapping(owner, made, wrapping):
    content_type, full, empty = WRAPPINGS[wrapping]
    path = f"{PATH}{made['id']}/"
    for body, expected in ((full, FIELDS), (empty, EMPTY)):
        answer = owner.put(path, body, content_type=content_type)
        assert answer.status_code == 200, answer.content
        assert {name: answer.json()[name] for name in expected} == expected
    # What is not there stays.
    owner.put(path, full, content_type=content_type)
    answer = owner.put(path, "{}")
    assert answer.json() == {**without(made, "secret"), **FIELDS}


def without(body, *names):
    return {name: value for name, value in body.items() if name not in names}


# --- secrets -------------------------------------------------------------------------------------


def test_a_team_may_bring_its_own_secret(owner, made):
    """Under which the one before still signs for a day; sending it again changes nothing."""
    own, path = "whsec_" + "B" * 44, f"{PATH}{made['id']}/"
    answer = owner.put(path, {"secret": own})
    assert answer.status_code == 200, answer.content
    assert own not in answer.content.decode()
    for _ in range(2):
        callback = Callback.objects.get(pk=made["id"])
        assert (callback.secret, callback.old_secret) == (own, made["secret"])
        owner.put(path, {"secret": own})
    brought = owner.post(PATH, {"url": "https://hooks.example.com/own", "secret": own})
    assert (brought.status_code, brought.json()["secret"]) == (201, own)


def test_secrets_are_shown_once_and_passwords_never(owner, cast, api_for, made, caplog):
    path = f"{PATH}{made['id']}/"
    caplog.set_level(logging.DEBUG)
    first = made["secret"]
    assert first.startswith("whsec_")
    rotated = owner.post(f"{path}rotate/")
    assert rotated.status_code == 200
    second = rotated.json()["secret"]
    assert without(rotated.json(), "secret") == without(made, "secret")
    assert first != second
    shown = [
        owner.get(PATH),
        owner.get(path),
        owner.put(path, {"auth_password": PASSWORD[::-1]}),
        owner.patch(path, {"auth_password": PASSWORD}),
        owner.put(path, {"auth_user": "a:b"}),
        owner.request("OPTIONS", path),
        owner.post(f"{path}test/"),
        owner.get(NOTICES),
        owner.get(f"{NOTICES}1/"),
        owner.post(f"{NOTICES}1/resend/"),
        api_for(cast.contributor).get(NOTICES),
        api_for(cast.contributor).get(path),
    ]
    third = owner.post(f"{path}rotate/")
    texts = [answer.content.decode() for answer in shown]
    texts += [str(value) for value in ActivityRecord.objects.values_list("data", flat=True)]
    texts += [str(value) for value in Notification.objects.values()]
    texts += [record.getMessage() for record in caplog.records]
    everything = "\n".join(texts)
    assert [each for each in (first, second) if each in everything] == []
    assert not re.search(r"whsec_[A-Za-z0-9+/=]", everything)
    texts += [rotated.content.decode(), third.content.decode(), json.dumps(made)]
    everything = "\n".join(texts)
    assert PASSWORD not in everything
    assert PASSWORD[::-1] not in everything
    kept = Callback.objects.get()
    assert (kept.auth_password, kept.old_secret) == (PASSWORD, second)


def test_a_password_is_kept_taken_as_it_is_and_taken_away(owner, made, callback):
    path = f"{PATH}{made['id']}/"
    steps = [
        ({"is_on": True}, ("amara", PASSWORD)),
        ({"auth_password": None}, ("amara", PASSWORD)),
        ({"auth_password": "  : \u00e9 "}, ("amara", "  : \u00e9 ")),
        ({"auth_password": ""}, ("amara", "")),
        ({"auth_user": "b", "auth_password": "c"}, ("b", "c")),
        ({"auth_user": "", "auth_password": ""}, ("", "")),
    ]
    for body, expected in steps:
        assert owner.put(path, body).status_code == 200
        callback.refresh_from_db()
        assert (callback.auth_user, callback.auth_password) == expected


def test_what_was_done_is_on_record(owner, cast, made):
    path = f"{PATH}{made['id']}/"
    owner.post(f"{path}rotate/")
    owner.put(path, {"is_on": False, "auth_password": "x"})
    owner.delete(path)
    records = ActivityRecord.objects.filter(type="callback-changed").order_by("pk")
    assert {(each.actor, each.team) for each in records} == {(cast.owner, cast.films)}
    number = {"callback": made["id"]}
    assert [each.data for each in records] == [
        {**number, "change": "added"},
        {**number, "change": "secret"},
        {**number, "change": "changed", "fields": ["auth_password", "is_on"]},
        {**number, "change": "deleted"},
    ]
    # They are the team's affair alone.
    assert owner.get("teams/films/activity/?type=callback-changed").json()["objects"] == []


# --- on and off ----------------------------------------------------------------------------------


def test_one_that_is_off_is_sent_nothing(owner, made):
    path = f"{PATH}{made['id']}/"
    for _ in range(2):
        assert owner.post(f"{path}test/").status_code == 202
    assert owner.put(path, {"is_on": False}).json()["is_on"] is False
    notices = owner.get(NOTICES).json()["objects"]
    assert [(each["number"], each["in_progress"], each["error_message"]) for each in notices] == [
        (2, False, "Switched off"),
        (1, False, "Switched off"),
    ]
    off = (400, ["This callback is switched off."])
    with unchanged():
        for refused in (f"{path}test/", f"{NOTICES}1/resend/"):
            answer = owner.post(refused)
            assert (answer.status_code, answer.json()) == off
    # On again, what was dropped stays dropped until it is asked for.
    assert owner.put(path, {"is_on": True}).status_code == 200
    answer = owner.post(f"{NOTICES}1/resend/")
    assert (answer.status_code, answer.json()["number"]) == (202, 1)
    waiting = {each["number"]: each["in_progress"] for each in owner.get(NOTICES).json()["objects"]}
    assert waiting == {1: True, 2: False}


def test_switching_on_forgets_why_it_was_off(owner, made, callback):
    Callback.objects.update(is_on=False, off_because="It is gone.", failures=7)
    path = f"{PATH}{made['id']}/"
    assert owner.get(path).json()["off_because"] == "It is gone."
    assert owner.put(path, {"headers": {}}).json()["off_because"] == "It is gone."
    assert owner.put(path, {"is_on": True}).json()["off_because"] == ""
    callback.refresh_from_db()
    assert callback.failures == 0


def test_deleting_drops_what_waits_and_leaves_it_to_be_read(owner, cast, made):
    path = f"{PATH}{made['id']}/"
    owner.post(f"{path}test/")
    assert owner.delete(path).status_code == 204
    assert owner.get(path).status_code == 404
    (notice,) = owner.get(NOTICES).json()["objects"]
    assert (notice["in_progress"], notice["error_message"]) == (False, "Switched off")
    assert notice["url"] == URL
    with unchanged():
        answer = owner.post(f"{NOTICES}1/resend/")
    assert answer.status_code == 400
    assert answer.json() == ["The callback that it was for has been deleted."]
    # The url is free again, and numbers go on.
    again = owner.post(PATH, {"url": URL}).json()
    assert owner.post(f"{PATH}{again['id']}/test/").json()["number"] == 2
