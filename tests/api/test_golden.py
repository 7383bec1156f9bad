"""Every answer of the API, kept as a file; see `tests.golden`."""

import json
import re
from pathlib import Path

import pytest
import time_machine

from amara_api.kernel.versions import CURRENT, LADDER, PARTNERS, name_of
from subtitles import storage
from tests import golden
from tests.api.conftest import undone
from tests.api.golden_cases import CASES, TEXTS, build
from tests.photographs import photographed

pytestmark = pytest.mark.django_db
FOLDER = Path(__file__).parent / "golden"
OTHER_DIALECTS = [date for date in LADDER.dialects if date != CURRENT]
HEADERS = (
    "Content-Type",
    "Content-Disposition",
    "ETag",
    "Allow",
    "WWW-Authenticate",
    "X-API-DEPRECATED",
)


@pytest.fixture
def world(db, monkeypatch, api_for):
    monkeypatch.setattr(storage, "renditions", storage.Renditions())
    fixed = golden.FixedIds(monkeypatch)
    golden.fix_numbers()
    with time_machine.travel(golden.CLOCK, tick=False):
        made, ids = photographed("golden", lambda: (build(api_for), fixed.made), frozen=True)
        fixed.made.update(ids)
        made.fixed = fixed
        yield made


def recorded(world, case, dialect=None) -> str:
    headers = dict(case.headers)
    extra = {"content_type": headers.pop("Content-Type")} if "Content-Type" in headers else {}
    path = case.path
    if dialect == PARTNERS:
        path = f"/api2/partners/{path}"
    elif dialect:
        headers["X-API-FUTURE"] = str(dialect)
    case.lead_up(world.api)
    response = world.api[case.who].request(case.method, path, case.body, headers=headers, **extra)
    kept = {
        "request": case.told(),
        "status": response.status_code,
        "headers": {h: response[h] for h in HEADERS if h in response},
        "body": body_of(response),
    }
    if case.after:
        kept = {"after": [earlier.told() for earlier in case.after], **kept}
    return golden.as_text(kept)


def body_of(response):
    if response.get("Content-Type", "").startswith("application/json"):
        return json.loads(response.content)
    return response.content.decode()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_answer(world, case):
    """In today's dialect; and in the others a file where they differ, none where they do not."""
    today = asked(world, case, CURRENT)
    golden.check(FOLDER / str(CURRENT) / f"{case.name}.json", today)
    for dialect in OTHER_DIALECTS:
        text, path = asked(world, case, dialect), FOLDER / name_of(dialect) / f"{case.name}.json"
        if form_of(text) != form_of(today):
            golden.check(path, text)
        elif golden.WRITE:
            path.unlink(missing_ok=True)
        else:
            assert not path.exists(), f"{dialect} no longer differs from today's answer"


def form_of(text):
    """Every link stays below its prefix, which is no difference of form, nor is the tag of that."""
    return re.sub(r'\n *"ETag": .*', "", text.replace("/api2/partners/", "/api/"))


def asked(world, case, dialect):
    """The case's answer in a dialect, taken back so that it can be asked again."""
    made = dict(world.fixed.made)
    with undone():
        golden.fix_numbers()
        text = recorded(world, case, None if dialect == CURRENT else dialect)
    world.fixed.made.update(made)
    return text


@pytest.mark.parametrize(("name", "path"), TEXTS)
def test_other_formats(world, name, path):
    response = world.api["ana"].get(path)
    golden.check(FOLDER / str(CURRENT) / name, response.content.decode())


def test_no_file_is_left_over():
    names = {f"{case.name}.json" for case in CASES} | {name for name, _ in TEXTS}
    assert {path.name for path in FOLDER.rglob("*.*")} <= names
    assert {path.name for path in FOLDER.iterdir()} <= {name_of(each) for each in LADDER.dialects}
