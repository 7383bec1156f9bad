"""Bodies made to break a reader: each gets one sentence for little work, and no more happens."""

import codecs
import contextlib
import random

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from amara_api.kernel.wire import json_, limits, xml_, yaml_
from amara_api.kernel.wire.errors import WireError
from tests.work import calls_in, memory_of

READERS = {"JSON": json_, "XML": xml_, "YAML": yaml_}
DEEP, MANY, RANGE = limits.TOO_DEEP, limits.TOO_MANY, limits.OUT_OF_RANGE
DOCTYPE = "a DOCTYPE is not allowed"
ENTITY = "<!DOCTYPE r [<!ENTITY {}>]><r>&x;</r>"
LAUGHS = "<!DOCTYPE r [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)

JSON = {
    "": "the body is empty",
    "{": "unexpected end",
    '{"title": "x",}': "trailing comma",
    "[1] [2]": "unexpected content",
    "NaN": "unexpected character",
    "[-Infinity]": "",
    "1e400": RANGE,
    "9" * 5000: RANGE,
    "9223372036854775808": RANGE,
    "-9223372036854775809": RANGE,
    "99999999999999999999": RANGE,
    "[" * 100_000: DEEP,
    "[" * 900 + "]" * 900: DEEP,
    "[" * 65 + "]" * 65: DEEP,
    '{"a":' * 65 + "1" + "}" * 65: DEEP,
    "[" + "1," * 1_000_000 + "1]": MANY,
    "[" + "[]," * 600_000 + "1]": MANY,
    '"' + '\\"' * 900_000: "",
    r'"\ud800"': limits.SURROGATE,
    r'"\udc00"': "",
    r'{"\ud800": 1}': limits.SURROGATE,
    r'"\u0000"': limits.NUL,
    r'{"metadata": {"a\u0000": "b"}}': limits.NUL,
    '"\x01"': "",
    "{\"title\": 'x'}": "",
}

XML = {
    "": "no element found",
    "plain text": "syntax error",
    "<r><a></r>": "mismatched tag",
    "<r/><r/>": "junk after document element",
    "<r>a<b>c</b></r>": "text beside elements",
    "<r>&x;</r>": "undefined entity",
    "<r>\x00</r>": "",
    "<r>&#0;</r>": "",
    "<r>&#xD800;</r>": "",
    "<!DOCTYPE r><r/>": DOCTYPE,
    '<!DOCTYPE r PUBLIC "secret" "http://127.0.0.1:9/secret"><r/>': DOCTYPE,
    ENTITY.format("x 'secret'"): DOCTYPE,
    ENTITY.format("x SYSTEM 'file:///etc/secret'"): DOCTYPE,
    ENTITY.format("% x SYSTEM 'http://127.0.0.1:9/secret'> %x;<!ENTITY y ''"): DOCTYPE,
    LAUGHS + "]><r>&i;</r>": DOCTYPE,
    ENTITY.format(f"x '{'secret' * 50_000}'").replace("&x;", "&x;" * 10_000): DOCTYPE,
    "<a>" * 20_000: DEEP,
    "<r>" + "<a/>" * 400_000 + "</r>": MANY,
    "<?xml version='1.0' encoding='utf-7'?><r>+ADw-</r>": "charset is not supported",
    "<?xml version='1.0' encoding='klingon'?><r/>": "charset is not supported",
    "<?xml version='1.0' encoding='utf-16'?><r/>": "not the encoding of the body",
}

YAML = {
    "a: [b": "did not find expected",
    "a: b: c": "mapping values are not allowed",
    "!!python/object/apply:os.system ['secret']": "tags",
    "a: !!binary aGk=": "tags",
    "a: !!str b": "tags",
    "! a": "tags",
    "%TAG ! tag:secret,2000:\n--- a": "tag",
    "!!set {a}": "tags",
    "&secret a": "anchors",
    "&secret [*secret]": "anchors",
    "a: *secret": "aliases",
    "a: &b {c: d}\ne: {<<: *b}": "anchors",
    "{<<: {a: b}}": "merge keys",
    "a: b\n---\nc: d": "one document",
    "[a]: b": "a key must be text",
    "{a: b}: c": "a key must be text",
    "a: \x07": "control characters",
    "a: \x00": "control characters",
    'a: "\\0"': limits.NUL,
    'a: "\\ud800"': "",
    "a: 9223372036854775808": RANGE,
    "a: " + "9" * 5000: RANGE,
    "[" * 5000: DEEP,
    "{a: " * 5000: DEEP,
    "- " * 5000: DEEP,
    "? " * 5000: "a key must be text",
    "- a\n" * 400_000: MANY,
    "[" + "[]," * 300_000: MANY,
}

TABLE = [
    pytest.param(fmt, body, words, id=f"{fmt} {body[:30]!r}")
    for fmt, table in (("JSON", JSON), ("XML", XML), ("YAML", YAML))
    for body, words in table.items()
]


@pytest.mark.parametrize(("fmt", "body", "words"), TABLE)
def test_refused_with_a_sentence(fmt: str, body: str, words: str) -> None:
    with pytest.raises(WireError) as caught:
        READERS[fmt].loads(body.encode())
    message = str(caught.value)
    assert message.startswith(f"{fmt} parse error - ")
    assert words in message
    assert not any(leak in message for leak in ("secret", "object at", "Error", "Forbidden"))
    assert len(message) < 150


@pytest.mark.parametrize(("fmt", "body", "words"), TABLE)
def test_refused_as_soon_as_a_limit_is_passed(fmt: str, body: str, words: str) -> None:
    """What is beyond a limit is neither read nor kept, however much it is.

    Nothing counts the steps inside of a regular expression or expat. A body of theirs that took
    the square of its length would end with the test's own time.
    """
    data = body.encode()

    def read() -> None:
        with contextlib.suppress(WireError):
            READERS[fmt].loads(data)

    assert calls_in(read) < (11 * limits.MAX_NODES if words == MANY else 2000)
    if fmt == "JSON":  # read in C, by one call; it takes twelve bytes for each of the body
        assert memory_of(read) < 14 * len(data) + 70_000


@pytest.mark.parametrize("name", ["utf-7", "zlib_codec", "hex", "klingon", "utf-8\0", "", " "])
@pytest.mark.parametrize("reader", READERS.values())
def test_charsets_outside_the_list_are_never_tried(reader, name: str) -> None:
    if not name:  # as if not given
        assert reader.loads(b"<r>x</r>" if reader is xml_ else b'"x"', charset=name) == "x"
        return
    with pytest.raises(WireError, match="charset is not supported"):
        reader.loads(b"{}", charset=name)


@pytest.mark.parametrize("reader", READERS.values())
@pytest.mark.parametrize(
    ("charset", "head"),
    [
        ("utf-8", b""),
        ("UTF-8", codecs.BOM_UTF8),
        (None, codecs.BOM_UTF8),
        (None, b""),
        ("utf-16", b""),  # Python writes the mark itself
        (None, codecs.BOM_UTF16_BE),
        ("iso-8859-1", b""),
        ("Windows-1252", b""),
    ],
)
def test_charsets_of_the_list_are_read(reader, charset: str | None, head: bytes) -> None:
    text = "<r>née</r>" if reader is xml_ else '"née"'
    codec = "utf-16-be" if head == codecs.BOM_UTF16_BE else charset or "utf-8"
    assert reader.loads(head + text.encode(codec), charset=charset) == "née"
    with pytest.raises(WireError, match="not valid"):
        reader.loads(text.encode("latin-1"), charset="utf-8")


def test_a_declared_encoding_of_the_list_is_read() -> None:
    body = "<?xml version='1.0' encoding='{}'?><r>née</r>"
    for name in ("iso-8859-1", "windows-1252", "utf-8", "UTF-16"):
        assert xml_.loads(body.format(name).encode(name)) == "née"


def test_large_but_allowed_bodies_are_little_work() -> None:
    """So much for each value, and none for each line of a text."""
    keys = {f"k{i}": "v" for i in range(40_000)}
    file = "1\n00:00:01,000 --> 00:00:02,000\n{\\an8}[a], <i>b</i>, c\n\n" * 30_000
    for body, most in ((keys, 13 * len(keys)), ({"subtitles": file}, 1000)):
        for module in READERS.values():
            data = module.dumps(body)
            assert module.loads(data) == body
            calls = calls_in(lambda read=module.loads, data=data: read(data))
            assert calls < most, module.__name__


_MARKS = """
[ ] { } , : " ' \\ - ? | > & * ! % # ~ << --- ... <r> </r> <a/> <list-item> </list-item> <!-- -->
<![CDATA[ ]]> <? ?> &amp; &#1; &x; key= nil='true' xmlns:a='b' a: \\u0000 \\ud800 1e9 0x1 .5 true
null é 😀
"""
_FRAGMENTS = st.sampled_from([*_MARKS.split(), "\n", "\t", "\r", "\x00", "\x85", "\ufeff"]).map(
    str.encode
)
_JUNK = st.one_of(
    st.binary(max_size=200),
    st.lists(st.one_of(_FRAGMENTS, st.binary(max_size=2)), max_size=40).map(b"".join),
)


@pytest.mark.parametrize("parser", [None, yaml.SafeLoader], ids=["libyaml", "pure"])
@pytest.mark.parametrize("fmt", READERS)
@given(data=_JUNK, charset=st.sampled_from([None, "utf-8", "utf-16", "latin-1"]))
@example(data=b'a: "\\Uffffffff"', charset=None)
@example(data=b"%YAML 99999999999.1\n---\n", charset=None)
def test_nothing_but_wire_errors_on_any_bytes(fmt, parser, data, charset) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if parser is not None:
            if fmt != "YAML":
                return
            patch.setattr(yaml_, "_Parser", parser)
        try:
            value = READERS[fmt].loads(data, charset=charset)
        except WireError as error:
            assert str(error).isprintable()
        else:
            # What was let in can be kept and can be written in every format.
            for module in READERS.values():
                module.loads(module.dumps(value))


def test_cut_and_broken_documents() -> None:
    """Every prefix of a real document, and the document with bytes exchanged."""
    chance = random.Random(7)
    body = {"meta": {"next": None}, "objects": [{"title": "Née: a\n<b>", "n": 1.5, "l": ["no"]}]}
    for module in READERS.values():
        data = module.dumps(body)
        broken = [data[:end] for end in range(len(data))]
        for _ in range(300):
            copy = bytearray(data)
            copy[chance.randrange(len(copy))] = chance.randrange(256)
            broken.append(bytes(copy))
        for each in broken:
            try:
                module.loads(each)
            except WireError as error:
                assert "parse error" in str(error)
