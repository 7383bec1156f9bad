"""Members that a body may not set, and filters and orders that reach what is not shown.

What is tried here is tried on every route: the names are those of all columns and of all members of
all answers, and the parameters those that the schema lists. `tests/security/README.md` says where
the rest is shown.
"""

from __future__ import annotations

import json
import re
from urllib.parse import urlencode

import pytest
import time_machine
from django.apps import apps
from django.contrib.auth import hashers
from django.contrib.auth.models import Permission
from django.core.management.color import no_style
from django.db import connection, models
from django.urls import reverse

from amara_api.urls import api as routes
from tests import golden
from tests.api.conftest import tables, unchanged, undone
from tests.api.permission_matrix import ROWS
from tests.api.team_matrix import ROWS as TEAM_ROWS
from tests.api.test_bodies import FORM, as_multipart, as_xml, flat
from tests.api.test_permissions import address, body_of
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
TODAY = {"X-API-FUTURE": "20190619"}


# --- bodies --------------------------------------------------------------------------------------

WRAPPINGS = {
    "json": ("application/json", json.dumps),
    "yaml": ("application/yaml", json.dumps),
    "xml": ("application/xml", as_xml),
    "form": (FORM, lambda body: urlencode(flat(body))),
    "parts": ("multipart/form-data; boundary=b", as_multipart),
}
OTHERS = ("is_admin", "role", "scope", "permissions", "user", "by", "actor", "owner", "isPublic")


def evil(field: models.Field) -> object:
    """What an attacker would give the column."""
    if isinstance(field, models.BooleanField):
        return not field.default if isinstance(field.default, bool) else True
    if isinstance(field, models.DateTimeField | models.DateField):
        return "2001-01-01T00:00:00Z"
    return 1 if isinstance(field, models.IntegerField | models.ForeignKey) else "owner"


def names() -> dict[str, object]:
    """Every column by both its names, and as programs in JavaScript would write it."""
    found: dict[str, object] = dict.fromkeys(OTHERS, "owner")
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            words = field.name.split("_")
            camel = words[0] + "".join(word.title() for word in words[1:])
            for name in (field.name, field.attname, camel):
                found.setdefault(name, evil(field))
    return found


NAMES = names()
# One of each kind in every wrapping; they are read in one place.
WRAPPED = {"users", "user", "video", "team", "team-member"}
WRITING = [
    row
    for row in [*ROWS, *TEAM_ROWS]
    if isinstance(row.body, dict)
    # Where there is PUT, PATCH is the same; and the oldest form refuses what it does not know.
    and row.method in ("POST", "PUT")
    and "api-future" not in row.path
]


def inputs(row) -> set[str]:
    """What the route takes, by its name in today's form."""
    (route,) = (route for route in routes if route.name == row.route)
    action = route.callback.actions[row.method.lower()]
    return set(route.callback.cls.inputs[action]().fields)


@pytest.fixture
def again(monkeypatch):
    """`again()`: what is made from here on has the numbers, secrets and times of the last time."""
    ids = golden.FixedIds(monkeypatch)
    monkeypatch.setattr(hashers, "get_random_string", lambda length, *_: "x" * length)
    start = dict(ids.made)

    def begin() -> None:
        ids.made.update(start)
        # A sequence of PostgreSQL does not go back with what it was for.
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), list(apps.get_models())):
                cursor.execute(statement)

    with time_machine.travel(golden.CLOCK, tick=False):
        yield begin


@pytest.fixture
def asked(request, row):
    """`asked(wrap, content_type, extra)`: the row's request by somebody who may make it."""
    if row in TEAM_ROWS:
        teams = request.getfixturevalue("teams")
        numbers = teams.numbers["films"]
        path, api = row.path.format(team="films", **numbers), teams.api["owner"]
        if row.route == "teams":
            api = teams.api["partner"]
        named = {"video_id": numbers["video"], "video": numbers["video"]}
        body = {name: named.get(name, value) for name, value in row.body.items()}
    else:
        world = request.getfixturevalue("world")
        place = address(world, "open_video")
        path, body = place.fill(row.path), body_of(row, place.video)
        api = world.api["partner" if row.route == "users" else "adder"]

    def ask(wrap, content_type, extra):
        sent = wrap({**extra, **body})
        return api.request(row.method, path, sent, content_type=content_type, headers=TODAY)

    return ask


@pytest.mark.parametrize("row", WRITING, ids=lambda row: f"{row.method} {row.route}")
def test_what_a_route_does_not_take_makes_no_difference(row, asked, again):
    """To a single row of the database, whatever it is called and however it is wrapped."""
    taken = inputs(row)
    more = {name: value for name, value in NAMES.items() if name not in taken}
    nested = {"user": {"is_staff": True}, "team": {"id": 1}, "video": {"is_public": True}}
    extras = {"nothing more": {}, **dict.fromkeys(WRAPPINGS, more)}
    # A form has a hundred parts at most.
    extras["parts"] = dict(sorted(more.items(), key=lambda item: item[1] is not True)[:80])
    extras["nested"] = {name: value for name, value in nested.items() if name in more}
    if row.route not in WRAPPED:
        extras = {name: extras[name] for name in ("nothing more", "json", "nested")}
    results = {}
    for name, extra in extras.items():
        content_type, wrap = WRAPPINGS.get(name, WRAPPINGS["json"])
        with undone():
            again()
            answer = asked(wrap, content_type, extra)
            results[name] = (answer.status_code, answer.content, tables())
    status, body, rows = results.pop("nothing more")
    assert status == row.ok, body
    for name, (other, told, stored) in results.items():
        assert (other, told) == (status, body), name
        assert [table for table in rows if rows[table] != stored[table]] == [], name


# --- filters and orders --------------------------------------------------------------------------

LISTS = [
    row
    for row in [*ROWS, *TEAM_ROWS]
    # What is read one by one has no parameters but for subtitles.
    if row.method == "GET"
    and (not row.path.split("?")[0].endswith("}/") or "subtitles" in row.path)
]


@pytest.fixture
def places(request):
    """`places(row)`: who may read it, and its address."""
    world, teams = (request.getfixturevalue(name) for name in ("world", "teams"))
    key = world.adder.api_keys.order_by("pk").first().pk
    video = world.open_video
    numbers = {
        "video": video.video_id,
        "url": world.second["open_video"].pk,
        "record": video.activity.latest("pk").pk,
        "key": key,
    }

    def find(row):
        if row in TEAM_ROWS:
            filled = row.path.format(team="films", **teams.numbers["films"])
            return teams.api["owner"], filled
        return teams.api["adder"], row.path.format(**numbers)

    return find


def join(path, query):
    return f"{path}{'&' if '?' in path else '?'}{query}"


def without_links(answer):
    """The pages before and after repeat what was asked."""
    body = answer.json()
    if isinstance(body, dict) and "meta" in body:
        body["meta"] = {name: body["meta"][name] for name in ("offset", "limit", "total_count")}
    return answer.status_code, body


LOOKUPS = ("", "__startswith", "__gt")
ASKED = (
    *("team__owner__email", "user__email", "user__password", "author__email", "video__is_public"),
    *("callback__secret", "api_keys__digest", "login_token__digest", "members__user__email", "pk"),
    *("is_public", "is_unlisted", "is_staff", "secret", "digest", "deleted", "ordering", "fields"),
    *("filter", "where", "q", "search", "expand", "include", "id__in", "created_by", "_method"),
)


def test_no_parameter_reaches_what_a_route_does_not_list(places):
    """By the name of a column, of a relation, or of what other servers call a filter."""
    names = [name + lookup for name in ASKED for lookup in LOOKUPS]
    queries = ["&".join(f"{name}=a" for name in half) for half in (names[::2], names[1::2])]
    wrong = []
    for row in LISTS:
        api, path = places(row)
        plain = without_links(api.get(path))
        wrong += [
            (row.route, query[:60])
            for query in queries
            if without_links(api.get(join(path, query))) != plain
        ]
    assert not wrong


ORDERS = ("password", "user__email", "-user__email", "secret", "?", "1,2", "pk;--")


def test_no_order_tells_of_a_column_that_is_not_shown(places):
    wrong = []
    for row in LISTS:
        api, path = places(row)
        plain = without_links(api.get(join(path, "team=films")))
        if not isinstance(plain[1], dict) or "objects" not in plain[1]:
            continue
        for order in ORDERS:
            asked = "&".join(f"{name}={order}" for name in ("order_by", "sort", "ordering", "o"))
            if "subtitle-request" in row.route or "remote" in row.route:
                asked = f"order_by={order}"  # another order than those they list is a 400
            if without_links(api.get(join(path, f"team=films&{asked}"))) != plain:
                wrong.append((row.route, order))
    assert not wrong


# What no parameter means, and what no moment is.
STRANGE = [
    *("-1e9999", "9" * 400, "%ed%a0%80", "%00", "'--", "x" * 600),
]
MOMENTS = [
    *("0000-01-01", "10000-01-01T00:00:00Z", "2016-13-01", "1e400", "NaN", "9" * 400, "%00"),
    *("-99999999999999", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00%2B23:59"),
]
# Paging is in tests/api; requests are read by one class at three addresses.
ELSEWHERE = {"limit", "offset", "format"}


def parameters(anonymous):
    """(name of the route, parameter) for each that the description lists."""
    described = anonymous.get("schema/?format=json").json()["paths"]
    for route in routes:
        path = "/api/" + re.sub(r"<\w+:(\w+)>", r"{\1}", str(route.pattern))
        for parameter in described.get(path, {}).get("get", {}).get("parameters", []):
            if parameter["in"] == "query" and parameter["name"] not in ELSEWHERE:
                yield route.name, parameter["name"]


# A number that no version has.
NAME_VERSIONS = {"subtitles", "subtitle-report", "subtitle-diff"}


def test_whatever_a_parameter_says_is_read_or_named(anonymous, places):
    """Never a failure, never a write, and always in the format that was asked for."""
    named = sorted(parameters(anonymous))
    assert len(named) > 60
    rows = {row.route: row for row in LISTS if row.route != "subtitle-requests"}
    wrong = []
    with unchanged():
        for route, name in named:
            if route not in rows:
                continue
            api, path = places(rows[route])
            # Of videos it is the place to go on from, which the older forms do not have.
            moment = name.endswith(("before", "after")) and route != "videos"
            for value in MOMENTS if moment else STRANGE:
                answer = api.get(join(path, f"{name}={value}"))
                read = (200, 400, 404) if route in NAME_VERSIONS else (200, 400)
                if answer.status_code not in read or (answer.status_code == 200 and moment):
                    wrong.append((route, name, value, answer.status_code))
                assert answer["Content-Type"] == "application/json"
    assert not wrong


NO_WHOLE_NUMBERS = (
    "1.5",
    "1e3",
    "-1e9999",
    "1e-9999",
    "NaN",
    "Infinity",
    "0x1",
    "1,5",
    "one",
    "--1",
)


@pytest.mark.parametrize("value", NO_WHOLE_NUMBERS)
def test_a_number_is_digits(teams, value):
    """An exponent of nine digits would be a number of a billion, and never end."""
    answer = teams.api["owner"].get(f"teams/films/tasks/?priority={value}")
    assert (answer.status_code, answer.json()) == (400, {"priority": ["Enter a number."]})


# --- filters of the admin ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        ("activity_callback", "auth_password__regex=^s"),
        ("activity_callback", "secret__startswith=whsec_"),
        ("activity_callback", "team__slug__regex=^s"),
        ("users_user", "password__startswith=x"),
        ("users_user", "api_key__digest__regex=^a"),
        ("users_apikey", "digest__regex=^a"),
    ],
)
def test_staff_who_look_read_no_hidden_column_by_asking(client, model, lookup):
    staff = UserFactory(is_staff=True)
    staff.user_permissions.add(*Permission.objects.filter(codename__startswith="view_"))
    client.force_login(staff)
    page = client.get(f"{reverse(f'admin:{model}_changelist')}?{lookup}")
    assert page.status_code == 400


def test_the_filters_of_a_list_work(client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    page = client.get(reverse("admin:activity_callback_changelist") + "?is_on__exact=1")
    assert page.status_code == 200
