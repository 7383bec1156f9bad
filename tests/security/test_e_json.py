"""JSON from strangers: what is no value, too much, or not what a field takes.

Where else it is shown:

| asked | shown by |
|---|---|
| NaN, infinities, numbers out of range, 5,000 digits | `tests/wire/test_hostile.py::test_refused_with_a_sentence`, `tests/api/test_bodies.py::BROKEN` |
| 100,000 nested lists, 900 levels within a member | the same, and `tests/server/test_hostile.py::BODIES` at every writing route |
| halves of surrogate pairs, NUL, NUL below | the same |
| repeated members: the last counts | `tests/api/test_bodies.py::test_the_last_of_a_repeated_member_counts` |
| a list, a text, null, nothing | `tests/api/test_bodies.py::BROKEN`, `::test_no_body_is_an_empty_one` |
| metadata that is not flat text by known keys | `tests/api/test_bodies.py::test_a_wrong_value_is_named_and_changes_nothing` |
| a wrong type in every field | the same |
| a length that lies, a body that drips | `tests/security/test_h_http.py` |
| charsets that unpack or are unknown | `tests/wire/test_hostile.py::test_charsets_outside_the_list_are_never_tried` |
"""  # noqa: E501

import pytest

from tests.api.conftest import unchanged
from tests.work import memory_of

pytestmark = pytest.mark.django_db
JSON = "application/json"
TWO_MIB = 2 * 2**20
BODIES = {
    "lists": b"[" + b"[]," * (TWO_MIB // 3) + b"1]",
    "deep": b"[" * TWO_MIB,
    "members": b"{" + b",".join(b'"%d":1' % n for n in range(150_000)) + b"}",
    "objects": b"[" + b"{}," * (TWO_MIB // 3) + b"1]",
    "numbers": b"[" + b"1," * (TWO_MIB // 2 - 1) + b"1]",
    "quotes": b'"' + b'\\"' * (TWO_MIB // 2 - 1),
    "escapes": b'"' + b"\\u0000" * (TWO_MIB // 6) + b'"',
    "surrogates": b'{"title": "' + b"\\ud800" * (TWO_MIB // 6) + b'"}',
    "digits": b"9" * TWO_MIB,
    "blanks": b" " * TWO_MIB + b"x",
}


@pytest.mark.parametrize("name", BODIES)
def test_two_mebibytes_of_anything_are_refused_for_little_memory(api, name):
    answers = []

    def post():
        answers.append(api.post("videos/", BODIES[name], content_type=JSON))

    with unchanged():
        # Several times the body: it is read, decoded and held by the test's client.
        assert memory_of(post) < 32 * 2**20
    assert answers[0].status_code == 400
    assert list(answers[0].json()) == ["detail"]


@pytest.mark.parametrize("path", ["/auth/login/", "/admin/login/", "/messages/", "/teams/"])
def test_pages_read_no_json(anonymous, path):
    """Nobody parses it there: to the view the form is empty."""
    for body in (BODIES["deep"][: 2**19], b'{"username": "ana"}', b'{"a": NaN}'):
        answer = anonymous.post(path, body, content_type=JSON)
        assert answer.status_code in (200, 302, 405)
        assert not answer.wsgi_request.POST
    # And what is larger than a form may be is refused whatever it says that it is.
    for kind in (JSON, "text/plain", "x", "", "image/png"):
        assert anonymous.post(path, BODIES["blanks"], content_type=kind).status_code == 413
