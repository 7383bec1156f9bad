"""YAML from strangers: nothing is made of it but text, null, booleans and numbers.

Where else it is shown:

| asked | shown by |
|---|---|
| tags of every kind: nothing is executed | `tests/wire/test_hostile.py::test_refused_with_a_sentence` |
| two documents, control characters, 5,000 levels | the same |
| anchors, aliases, one that holds itself, merge keys | the same |
| keys that are no text, sets, binary | the same |
| 40,000 keys are little work | `tests/wire/test_hostile.py::test_large_but_allowed_bodies_are_little_work` |
| any bytes end in a sentence or a value | `tests/wire/test_hostile.py::test_nothing_but_wire_errors_on_any_bytes` |
| words that YAML 1.1 takes for something else | `tests/wire/test_values.py::test_text_stays_as_typed_in_yaml` |
| all of them at every writing route | `tests/server/test_hostile.py::BODIES` |
"""  # noqa: E501

import pytest

from tests.api.conftest import unchanged
from tests.factories import VideoFactory
from tests.work import memory_of

pytestmark = pytest.mark.django_db
YAML = "application/yaml"
TWO_MIB = 2 * 2**20
BODIES = {
    "items": b"- a\n" * (TWO_MIB // 4),
    "flow": b"[" + b"[]," * (TWO_MIB // 3) + b"]",
    "deep": b"[" * TWO_MIB,
    "dashes": b"- " * (TWO_MIB // 2),
    "anchors": b"".join(b"a%d: &a%d x\n" % (n, n) for n in range(100_000)),
    "tags": b"!!set {a}\n" * (TWO_MIB // 10),
    "escapes": b'a: "' + b"\\0" * (TWO_MIB // 2) + b'"',
}


@pytest.mark.by_halves
@pytest.mark.parametrize("name", BODIES)
def test_two_mebibytes_of_anything_are_refused_for_little_memory(api, name):
    answers = []

    def post():
        answers.append(api.post("videos/", BODIES[name], content_type=YAML))

    with unchanged():
        assert memory_of(post) < 64 * 2**20
    assert answers[0].status_code == 400
    assert b"detail" in answers[0].content


@pytest.mark.parametrize("word", ["no", "on", "yes", "y", "007", "0123", "2016-01-01", "12:30:45"])
def test_what_is_typed_is_what_is_stored(api, ana, word):
    video = VideoFactory(user=ana)
    answer = api.put(f"videos/{video.video_id}/", f"title: {word}\n", content_type=YAML)
    assert (answer.status_code, answer.json()["title"]) == (200, word)


def test_norwegian_is_a_language(api, ana):
    video = VideoFactory(user=ana)
    path = f"videos/{video.video_id}/languages/"
    answer = api.post(path, "language_code: no\n", content_type=YAML)
    assert (answer.status_code, answer.json()["language_code"]) == (201, "no")


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system", "!!python/name:os", "!!set"])
def test_no_tag_makes_anything(api, tmp_path, tag):
    made = tmp_path / "made"
    with unchanged():
        answer = api.post("videos/", f"{tag} ['touch {made}']", content_type=YAML)
    assert answer.status_code == 400
    assert not made.exists()
