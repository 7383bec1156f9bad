"""XML from strangers, and XML to them: no entity is ever read, and what is written is well-formed.

Where else it is shown:

| asked | shown by |
|---|---|
| entities that multiply, inside or outside, and any DOCTYPE | `tests/wire/test_hostile.py::test_refused_with_a_sentence`: 400, and nothing of them is repeated |
| 20,000 levels | the same |
| an empty element is an empty text | `tests/wire/test_values.py::test_the_layout_of_xml` |
| repeated elements: the last counts; names with a namespace | the same |
| encodings that are declared | `tests/wire/test_hostile.py::test_a_declared_encoding_of_the_list_is_read` |
| keys that are no names, control characters, out | `tests/wire/test_values.py::test_xml_reads_back_as_text` |
| errors in YAML and XML, lazy texts | `tests/wire/test_rest_adapters.py::test_errors_and_lazy_texts_in_every_format` |
| UUIDs, decimals, times in every format | `tests/wire/test_values.py::test_values_that_are_not_plain` |
| all of it at every writing route | `tests/server/test_hostile.py::BODIES` |
"""  # noqa: E501

import socket
from xml.etree import ElementTree

import pytest

from tests.api.conftest import unchanged
from tests.factories import VideoFactory
from tests.work import memory_of

pytestmark = pytest.mark.django_db
XML = "application/xml"
TWO_MIB = 2 * 2**20
BODIES = {
    "elements": b"<r>" + b"<a/>" * (TWO_MIB // 4) + b"</r>",
    "deep": b"<a>" * (TWO_MIB // 3),
    "attributes": b"<r " + b" ".join(b"a%d=''" % n for n in range(150_000)) + b"/>",
    "namespaces": b"<r " + b" ".join(b"xmlns:a%d='x'" % n for n in range(100_000)) + b"><b/>",
    "references": b"<r>" + b"&#0;" * (TWO_MIB // 4) + b"</r>",
    "comments": b"<r>" + b"<!---->" * (TWO_MIB // 7) + b"<r>",
}


@pytest.mark.parametrize("name", BODIES)
def test_two_mebibytes_of_anything_are_refused_for_little_memory(api, name):
    answers = []

    def post():
        answers.append(api.post("videos/", BODIES[name], content_type=XML))

    with unchanged():
        assert memory_of(post) < 64 * 2**20
    assert answers[0].status_code == 400


def test_no_entity_is_fetched_and_none_is_repeated(api, tmp_path):
    kept = tmp_path / "kept"
    kept.write_text("a secret of the server")
    with socket.create_server(("127.0.0.1", 0)) as outside:
        outside.settimeout(0)
        url = f"http://127.0.0.1:{outside.getsockname()[1]}/outside"
        entities = [
            f'<!ENTITY named SYSTEM "file://{kept}">',
            f'<!ENTITY named SYSTEM "{url}">',
            f'<!ENTITY % named SYSTEM "{url}"> %named;',
        ]
        for entity in entities:
            body = f"<!DOCTYPE r [{entity}]><r><title>&named;</title></r>"
            with unchanged():
                answer = api.post("videos/", body, content_type=XML)
            assert answer.status_code == 400
            for word in ("named", "secret", str(kept), url):
                assert word not in answer.content.decode()
        with pytest.raises(BlockingIOError):
            outside.accept()


def test_whatever_is_stored_can_be_written(api, ana):
    """What came in before it was checked, by an import or an older version."""
    video = VideoFactory(user=ana, title="a\x01b <x> & \ufffe", metadata={"location": "]]>\x1f"})
    for path in (f"videos/{video.video_id}/", "videos/"):
        answer = api.get(f"{path}?format=xml")
        assert answer.status_code == 200
        assert ElementTree.fromstring(answer.content).tag == "root"
