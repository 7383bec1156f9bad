"""What is written reads back, here and in other people's readers, and text stays as typed."""

import datetime
import decimal
import enum
import json
import uuid
import xml.etree.ElementTree as ElementTree
from collections import OrderedDict, namedtuple

import orjson
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from amara_api.kernel.wire import json_, xml_, yaml_
from amara_api.kernel.wire.errors import WireError
from tests.examples import examples

MODULES = [json_, xml_, yaml_]
_TYPED = """
no yes on off y n NO Yes 007 0123 0x1F 0o17 1_000 12:30:45 2016-01-01 1e3 1.10 +5 .5 .inf -.nan
"""
_MARKUP = """
true False null ~ = << - -- --- ... ? : a:b a: :a # a#b !x &x *x %x @x `x [x {x } ] | > 'x x' "x ''
10x10 <x> &amp; ]]> list-item item key nil root xml-x -x 1x a.b
"""
_SPACES = ["", " ", " a", "a ", "a b", "a #b", "a: b", "a\nb", "\n", "\r\n", "\t", "---\na"]
WORDS = [*_TYPED.split(), *_MARKUP.split(), *_SPACES]

storable = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
text = st.one_of(st.sampled_from(WORDS), storable, st.from_regex(r"[a-z]{1,9}", fullmatch=True))
number = st.one_of(
    st.integers(-(2**63), 2**63 - 1), st.floats(-(2.0**62), 2.0**62, allow_nan=False)
)
scalar = st.one_of(text, number, st.booleans(), st.none())


def trees(leaf: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(text, inner, max_size=4)
        ),
        max_leaves=15,
    )


@given(trees(scalar))
@example({"k" * 130: [1, {"k" * 200: {"a": [[]]}}], "": {"": None}})
@example([[[{"k" * 130: [1], "a": 2}]], {}, []])
def test_json_and_yaml_read_back(tree: object) -> None:
    assert json_.loads(json_.dumps(tree)) == tree
    assert json.loads(json_.dumps(tree)) == tree
    assert json_.loads(json_.dumps(tree, indent=True)) == tree
    assert yaml_.loads(yaml_.dumps(tree)) == tree


@given(trees(scalar))
@examples(150)
@example({"k" * 130: [1, {"k" * 200: {"a": [[]]}}]})
def test_other_yaml_readers_read_the_same(tree: object) -> None:
    for loader in (yaml.SafeLoader, yaml.CSafeLoader):
        assert yaml.load(yaml_.dumps(tree), loader) == tree


def as_text(value: object) -> object:
    """What XML keeps of a value: see `xml_.dumps`."""
    if isinstance(value, dict):
        return {clean(key): as_text(item) for key, item in value.items()} or ""
    if isinstance(value, list):
        return [as_text(item) for item in value] or ""
    return "" if value is None else clean(str(value))


def clean(string: str) -> str:
    bad = {*range(32), 0xFFFE, 0xFFFF} - {9, 10, 13}
    return "".join("\ufffd" if ord(char) in bad else char for char in string)


@given(
    st.one_of(st.dictionaries(text.map(clean), trees(scalar)), st.lists(trees(scalar), min_size=1))
)
@examples(150)
@example({"list-item": "a", "b": "c"})
@example({"item": {"list-item": {"list-item": 1}}})
@example([{"<x>": "</root>", 'a" b="c': None, "10x10": "\x00\x1f\ufffe"}])
def test_xml_reads_back_as_text(tree: object) -> None:
    data = xml_.dumps(tree)
    assert xml_.loads(data) == (as_text(tree) or {})
    assert ElementTree.fromstring(data).tag == "root"


@pytest.mark.parametrize("word", WORDS)
def test_text_stays_as_typed_in_yaml(word: str) -> None:
    """Quoted, always. Plain, whatever YAML 1.1 takes for a boolean, an octal, a time or a date."""
    assert yaml_.loads(json.dumps({word: word}).encode()) == {word: word}
    if word in _TYPED.split():
        assert yaml_.loads(f"{word}: {word}".encode()) == {word: word}


def test_plain_yaml_that_is_not_text() -> None:
    body = b"[true, True, FALSE, null, Null, ~, , 0, -12, 1.5, -0.25, 1.5e+3]"
    expected = [True, True, False, None, None, None, None, 0, -12, 1.5, -0.25, 1500.0]
    assert yaml_.loads(body.replace(b", ,", b", null,")) == expected
    assert yaml_.loads(b"a:\n1: b\ntrue: c\n~: d\n1.5: e") == {
        "a": None,
        "1": "b",
        "true": "c",
        "~": "d",
        "1.5": "e",
    }
    assert yaml_.loads(b"%YAML 1.1\n---\na: |\n  b\n  c\n") == {"a": "b\nc\n"}
    assert yaml_.loads(b"") is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<r/>", {}),
        ("<r>\n</r>", {}),
        ("<r>x</r>", "x"),
        (
            "<r><a/><b></b><c> 007 </c><d>12:30:45</d></r>",
            {"a": "", "b": "", "c": " 007 ", "d": "12:30:45"},
        ),
        (
            "<r><a nil='true'/><b xmlns:xsi='i' xsi:nil='1'/><c nil='false'/></r>",
            {"a": None, "b": None, "c": ""},
        ),
        ("<anything xmlns='n' xmlns:p='m'><p:a>1</p:a></anything>", {"a": "1"}),
        ("<r><a>1</a><b>2</b><a>3</a></r>", {"a": "3", "b": "2"}),
        ("<r>\n <list-item>1</list-item>\n <list-item><a>2</a></list-item></r>", ["1", {"a": "2"}]),
        ("<r><a>1</a><list-item>2</list-item></r>", {"a": "1", "list-item": "2"}),
        (
            "<r><item>1</item><item key='a b'>2</item><x key='y'>3</x></r>",
            {"item": "1", "a b": "2", "x": "3"},
        ),
        ("<!-- c --><r><?pi?><a>1<!-- c -->2<![CDATA[<3>]]></a></r>", {"a": "12<3>"}),
        ("<r><a>&lt;&#233;&#13;</a></r>", {"a": "<é\r"}),
    ],
)
def test_the_layout_of_xml(body: str, expected: object) -> None:
    assert xml_.loads(body.encode()) == expected


def test_xml_as_the_2016_api_wrote_it() -> None:
    tree = {"meta": {"next": None, "limit": 20}, "objects": [{"ok": True}, {"ok": False}]}
    assert xml_.dumps(tree) == (
        b'<?xml version="1.0" encoding="utf-8"?>\n<root><meta><next></next><limit>20</limit></meta>'
        b"<objects><list-item><ok>True</ok></list-item><list-item><ok>False</ok></list-item>"
        b"</objects></root>"
    )


def test_yaml_in_the_order_and_style_people_expect() -> None:
    tree = {
        "title": "Née: a story",
        "code": "no",
        "languages": [{"code": "fr", "l": []}],
        "team": None,
    }
    assert yaml_.dumps(tree).decode() == (
        'title: "Née: a story"\ncode: "no"\nlanguages:\n- code: fr\n  l: []\nteam: null\n'
    )
    assert yaml_.dumps("no action") == b"no action\n"


class Colour(enum.StrEnum):
    RED = "red"


class Level(enum.Enum):
    LOW = 1


class Text(str):
    def __str__(self) -> str:
        return "not this"


Point = namedtuple("Point", "x y")
NOON = datetime.datetime(2016, 1, 31, 12, 0, 0, 999_999)
TWO_EAST = datetime.timezone(datetime.timedelta(hours=2))
SHARED = ["a"]

EXOTIC = [
    (NOON, "2016-01-31T12:00:00Z"),
    (NOON.replace(tzinfo=datetime.UTC), "2016-01-31T12:00:00Z"),
    (NOON.replace(tzinfo=TWO_EAST), "2016-01-31T10:00:00Z"),
    (datetime.datetime(33, 1, 1), "0033-01-01T00:00:00Z"),
    (datetime.date(2016, 1, 31), "2016-01-31"),
    (datetime.time(12, 30), "12:30:00"),
    (datetime.timedelta(minutes=1), "60.0"),
    (decimal.Decimal("1.50"), "1.50"),
    (uuid.UUID(int=7), "00000000-0000-0000-0000-000000000007"),
    (Colour.RED, "red"),
    (Level.LOW, 1),
    (Text("x"), "x"),
    (b"caf\xe9", "caf\ufffd"),
    ("a\ud800b", "a\ufffdb"),
    (OrderedDict(a=("b",)), {"a": ["b"]}),
    (Point(1, 2), [1, 2]),
    (
        {2: "a", None: "b", True: "c", Text("t"): "d", "\ud800": "e"},
        {"2": "a", "null": "b", "true": "c", "t": "d", "\ufffd": "e"},
    ),
    ((item for item in "ab"), ["a", "b"]),
    (orjson.Fragment(b'{"a":[1,null]}'), {"a": [1, None]}),
    ([SHARED, SHARED], [["a"], ["a"]]),
    (float("nan"), None),
    ([float("inf")], [None]),
]


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(("value", "plain"), EXOTIC, ids=[str(i) for i in range(len(EXOTIC))])
def test_values_that_are_not_plain(module, value: object, plain: object) -> None:
    if hasattr(value, "__next__"):
        value = (item for item in "ab")  # one for each format
    read = module.loads(module.dumps({"value": value}))
    assert read == {"value": as_text(plain) if module is xml_ else plain}


@pytest.mark.parametrize("module", MODULES)
def test_a_defect_of_ours_is_loud(module) -> None:
    endless: list[object] = []
    endless.append(endless)
    for value in (object(), endless):
        with pytest.raises(TypeError, match=r"no wire form|Recursion|serializable"):
            module.dumps([value])


def test_integers_beyond_64_bits_are_written_in_full() -> None:
    assert json_.dumps([2**70]) == f"[{2**70}]".encode()
    with pytest.raises(WireError, match="out of range"):
        json_.loads(json_.dumps([2**70]))


def test_last_duplicate_wins() -> None:
    assert json_.loads(b'{"a": 1, "a": 2}') == {"a": 2}
    assert yaml_.loads(b"a: 1\na: 2") == {"a": 2}
