"""Forms keep their bytes: text becomes text, what is none is named, what breaks off is 400."""

import base64
import copy
import io
import pickle
import sys
import tracemalloc
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError

from amara_api.kernel import charsets
from amara_api.kernel.intake import forms
from amara_api.kernel.intake.body import BodyTooLarge, CappedStream, RawText
from tests.api.conftest import unchanged
from tests.api.test_bodies import FORM, MULTIPART, body_of, flat, writes
from tests.api.test_permissions import address

URL = "https://media.example.com/forms.mp4"
PARTS, FORM_ERROR = "Multipart form parse error - ", "Form parse error - "
TITLE = "Dźwigi zaczynają pracę"
END = b"--b--\r\n"


def part(name: str, value: bytes, *headers: str, more: str = "") -> bytes:
    lines = [f'Content-Disposition: form-data; name="{name}"{more}', *headers]
    head = "".join(f"{line}\r\n" for line in lines)
    return f"--b\r\n{head}\r\n".encode() + value + b"\r\n"


class Pieces:
    """A body that comes a few bytes at a time, as a slow connection's does."""

    def __init__(self, data: bytes, sizes: list[int]) -> None:
        self.data, self.sizes, self.taken = data, sizes or [len(data) or 1], 0

    def read(self, size: int) -> bytes:
        step = min(size, self.sizes[self.taken % len(self.sizes)])
        self.taken += 1
        piece, self.data = self.data[:step], self.data[step:]
        return piece


def read(body: bytes, sizes: list[int] | None = None, *, charset: str | None = None):
    """(form, files) of a body in parts whose boundary is `b`."""
    return forms.multipart(CappedStream(Pieces(body, sizes or [])), "b", charset)


def read_url(body: bytes, sizes: list[int] | None = None, *, charset: str | None = None):
    return forms.urlencoded(CappedStream(Pieces(body, sizes or [])), charset)


# --- charsets, at a real route -------------------------------------------------------------------


def stated(charset: str | None) -> str:
    return f"; charset={charset}" if charset else ""


def escaped(title: bytes, charset: str | None):
    body = b"video_url=" + URL.encode() + b"&title=" + quote_from_bytes(title).encode()
    return FORM + stated(charset), body


def unescaped(title: bytes, charset: str | None):
    return FORM + stated(charset), b"title=" + title + b"&video_url=" + URL.encode()


def named_in_url(title: bytes, charset: str | None):
    content_type, body = escaped(title, None)
    return content_type, body + (f"&_charset_={charset}".encode() if charset else b"")


def in_part(title: bytes, charset: str | None):
    headers = [f"Content-Type: text/plain{stated(charset)}"] if charset else []
    return MULTIPART, part("video_url", URL.encode()) + part("title", title, *headers) + END


def in_parts(title: bytes, charset: str | None):
    body = part("title", title) + part("video_url", URL.encode()) + END
    return MULTIPART + stated(charset), body


def named_in_parts(title: bytes, charset: str | None):
    body = part("title", title) + part("video_url", URL.encode())
    return MULTIPART, body + (part("_charset_", charset.encode()) if charset else b"") + END


def in_base64(title: bytes, charset: str | None):
    headers = ["Content-Transfer-Encoding: base64", f"Content-Type: text/plain{stated(charset)}"]
    body = part("title", base64.encodebytes(title), *headers)
    return MULTIPART, body + part("video_url", URL.encode()) + END


WRAPPINGS = [escaped, unescaped, named_in_url, in_part, in_parts, named_in_parts, in_base64]
# Bytes, what is said of them, and the title that is stored or the field's error.
TITLES = [
    (TITLE.encode(), None, TITLE),
    (TITLE.encode(), "utf-8", TITLE),
    (TITLE.encode(), "UTF8", TITLE),
    (TITLE.encode("iso-8859-2"), "iso-8859-2", TITLE),
    (TITLE.encode("iso-8859-2"), "ISO_8859-2", TITLE),
    (TITLE.encode("cp1250"), "windows-1250", TITLE),
    ("Кино".encode("koi8-r"), "koi8-r", "Кино"),
    ("映画".encode("shift_jis"), "shift_jis", "映画"),
    (TITLE.encode("cp1250"), None, ["The text is not valid utf-8."]),
    (TITLE.encode("cp1250"), "utf-8", ["The text is not valid utf-8."]),
    (TITLE.encode() + b"\xff", None, ["The text is not valid utf-8."]),
    (TITLE.encode()[:-1], None, ["The text is not valid utf-8."]),
    (TITLE.encode("utf-16"), None, ["The text is not valid utf-8."]),
    ("wide".encode("utf-16-le"), None, ["The text is not valid utf-8."]),
    (TITLE.encode(), "us-ascii", ["The text is not valid us-ascii."]),
    ("映画".encode("shift_jis")[:-1], "shift_jis", ["The text is not valid shift_jis."]),
]


@pytest.mark.parametrize("wrap", WRAPPINGS, ids=lambda wrap: wrap.__name__)
@pytest.mark.parametrize(("title", "charset", "expected"), TITLES)
def test_a_title_in_a_form_is_stored_as_meant_or_named(world, wrap, title, charset, expected):
    content_type, body = wrap(title, charset)
    if isinstance(expected, str):
        response = world.api["adder"].post("videos/", body, content_type=content_type)
        assert (response.status_code, response.json()["title"]) == (201, expected)
        return
    with unchanged():
        response = world.api["adder"].post("videos/", body, content_type=content_type)
    assert (response.status_code, response.json()) == (400, {"title": expected})


@pytest.mark.parametrize("wrap", WRAPPINGS, ids=lambda wrap: wrap.__name__)
@pytest.mark.parametrize("charset", ["klingon", "utf-7", "zlib_codec", "rot13", "x" * 40, "x" * 41])
def test_an_unknown_charset_is_named(world, wrap, charset):
    content_type, body = wrap(b"Film", charset)
    with unchanged():
        response = world.api["adder"].post("videos/", body, content_type=content_type)
    kind = FORM_ERROR if content_type.startswith(FORM) else PARTS
    # A label that is no label is not repeated.
    named = f'the charset "{charset}"' if len(charset) <= 40 else "the charset"
    assert (response.status_code, response.json()) == (
        400,
        {"detail": f"{kind}{named} is not known"},
    )


@pytest.mark.parametrize("charset", ["utf-16", "utf-16le", "UCS-2", "utf-32", "iso-2022-jp"])
def test_a_part_may_be_in_a_charset_that_a_form_cannot_be_in(world, charset):
    codec = charsets.codec(charset)
    title = "映画" if codec.startswith("iso") else TITLE
    for wrap in WRAPPINGS:
        content_type, body = wrap(title.encode(codec), charset)
        if wrap in (in_part, in_base64):
            response = world.api["adder"].post("videos/", body, content_type=content_type)
            assert (response.status_code, response.json()["title"]) == (201, title), wrap
            assert world.api["adder"].delete(f"videos/{response.json()['id']}/").status_code == 204
            continue
        with unchanged():
            response = world.api["adder"].post("videos/", body, content_type=content_type)
        assert response.status_code == 400, wrap
        assert "a form cannot be in " in response.json()["detail"], wrap


@pytest.mark.by_halves
@pytest.mark.parametrize("prefix", ["/api/", "/api2/partners/"])
@pytest.mark.parametrize("wrap", ["form", "parts"])
@pytest.mark.parametrize(
    ("row", "name", "field"),
    [found for found in writes() if not getattr(found[2], "takes_bytes", False)],
    ids=lambda value: (
        f"{value.method} {value.route}" if hasattr(value, "route") else str(value)[:30]
    ),
)
def test_every_field_that_takes_no_bytes_names_them(world, row, name, field, wrap, prefix):
    place = address(world, "open_video")
    sent = {key: value.encode() for key, value in flat(body_of(row, place.video)).items()}
    sent[name] = b"caf\xe9"
    content_type, body = FORM, urlencode(sent).encode()
    if wrap == "parts":
        content_type, body = MULTIPART, b"".join(part(*item) for item in sent.items()) + END
    api = world.api["partner" if row.route == "users" else "adder"]
    with unchanged():
        response = api.request(
            row.method, prefix + place.fill(row.path), body, content_type=content_type
        )
    if prefix == "/api/":
        problem = {name: ["The text is not valid utf-8."]}
        assert (response.status_code, response.json()) == (400, problem)
    else:
        # The field may have another name there, and the route may be none.
        assert response.status_code in (400, 404, 405), response.content


def test_bytes_are_named_together_with_whatever_else_is_wrong(world):
    """Also beside a file, where Django would have made text of them with U+FFFD."""
    path = f"videos/{world.open_video.video_id}/languages/en/subtitles/"
    upload = part("subtitles", b"1\n00:00:01,000 --> 00:00:02,000\nx\n", more='; filename="a.srt"')
    body = upload + part("title", b"caf\xe9") + part("duration", b"soon") + END
    with unchanged():
        response = world.api["adder"].post(path, body, content_type=MULTIPART)
    assert (response.status_code, response.json()) == (
        400,
        {"title": ["The text is not valid utf-8."], "duration": ["A valid integer is required."]},
    )


def test_a_field_that_is_refused_is_not_called_missing(world):
    with unchanged():
        response = world.api["adder"].post("videos/", b"video_url=caf%E9", content_type=FORM)
    problem = {"video_url": ["The text is not valid utf-8."]}
    assert (response.status_code, response.json()) == (400, problem)


@pytest.mark.parametrize("wrap", ["form", "parts"])
def test_bytes_of_a_member_that_nobody_knows_are_ignored(world, wrap):
    content_type, body = escaped(b"Film", None)
    body += b"&unknown=caf%E9"
    if wrap == "parts":
        body = part("video_url", URL.encode()) + part("title", b"Film") + part("x", b"\xe9") + END
        content_type = MULTIPART
    response = world.api["adder"].post("videos/", body, content_type=content_type)
    assert (response.status_code, response.json()["title"]) == (201, "Film")


# --- any bytes -----------------------------------------------------------------------------------

LABELS = st.sampled_from(
    [None, "utf-8", "iso-8859-2", "cp1252", "utf-16le", "shift_jis", "klingon"]
)
# Mostly text, as what is mostly text is what goes wrong.
BYTES = st.one_of(
    st.binary(max_size=80),
    st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.text(max_size=40).map(lambda text: text.encode("utf-16-le", "surrogatepass")),
    st.lists(st.sampled_from([b"\r\n", b"--", b"\r", b"\n", b"x", b"%4", b"%41", b"+"])).map(
        b"".join
    ),
)
SIZES = st.lists(st.integers(1, 7), max_size=5)


def holds(value: str | RawText, data: bytes, charset: str | None) -> None:
    """Whether a field says all that its bytes say."""
    if isinstance(value, RawText):
        assert (bytes(value), value.charset) == (data, charset)
        return
    codec = charsets.codec(charset or "utf-8")
    if codec == "utf-8":
        assert value.encode() == data
    else:
        text = charsets.text(data, codec)[0]
        assert value == (text.removeprefix("\ufeff") if codec.startswith("utf-16") else text)
    assert "\ufffd" not in value or "\ufffd".encode(codec) in data


def may_be_refused(data: bytes, charset: str | None) -> bool:
    if charset == "klingon":
        return True
    try:
        return "\0" in charsets.text(data, charsets.codec(charset or "utf-8"))[0]
    except UnicodeDecodeError:
        return False


@given(data=BYTES, charset=LABELS, sizes=SIZES)
def test_any_bytes_of_a_part_come_out_again(data, charset, sizes):
    if b"\r\n--b" in b"\r\n" + data + b"\r\n":
        return
    typed = [f"Content-Type: text/plain; charset={charset}"] if charset else []
    upload = part("file", data, more='; filename="a.srt"')
    # A file is never decoded, whatever its bytes.
    files = read(upload + END, sizes)[1]
    assert files["file"].read() == data
    try:
        form, files = read(part("a", data, *typed) + part("z", b"last") + upload + END, sizes)
    except ParseError:
        assert may_be_refused(data, charset)
        return
    holds(form["a"], data, charset)
    assert (form["z"], files["file"].read()) == ("last", data)


@given(
    data=BYTES,
    charset=LABELS.filter(lambda label: label != "utf-16le"),
    sizes=SIZES,
    escape=st.booleans(),
)
def test_any_bytes_of_an_urlencoded_field_come_out_again(data, charset, sizes, escape):
    sent = quote_from_bytes(data).encode() if escape else data.replace(b"&", b"%26")
    meant = data if escape else unquote_to_bytes(sent.replace(b"+", b" "))
    try:
        form = read_url(b"&a=" + sent + b"&z=last", sizes, charset=charset)
    except ParseError:
        assert may_be_refused(meant, charset)
        return
    holds(form["a"], meant, charset)
    assert list(form.items())[1:] == [("z", "last")]


@given(
    tail=st.lists(st.sampled_from(list(b"%+4aFg x")), max_size=20).map(bytes),
    before=st.integers(0, 8),
)
def test_escapes_are_read_across_the_ends_of_pieces(tail, before):
    data = b"x" * (2**16 - before) + tail
    expected = unquote_to_bytes(data.replace(b"+", b" "))
    value = read_url(b"a=" + data)["a"]
    assert (value if isinstance(value, RawText) else value.encode()) == expected.removeprefix(b"a=")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", []),
        (b"&&", []),
        (b"a", [("a", "")]),
        (b"a=", [("a", "")]),
        (b"=x", [("", "x")]),
        (b"a=b=c&a=d", [("a", "b=c"), ("a", "d")]),
        (b"a+b=c+d%2B", [("a b", "c d+")]),
        (b"%C5%82=%zz%4", [("ł", "%zz%4")]),
        (b"a=1;b=2", [("a", "1;b=2")]),
        (b"_charset_=&a=%C5%82", [("_charset_", ""), ("a", "ł")]),
    ],
)
def test_what_an_urlencoded_form_says(body, expected):
    assert [(name, value) for name, all_ in read_url(body).lists() for value in all_] == expected


@pytest.mark.parametrize(
    ("body", "charset", "problem"),
    [
        (b"a=%00", None, "text may not hold the NUL character"),
        (b"a%00=x", None, "text may not hold the NUL character"),
        (b"%E9=x", None, "the name of a field is not valid utf-8"),
        (b"%98=x", "windows-1250", "the name of a field is not valid windows-1250"),
        (b"&" * 1000, None, "too many fields"),
    ],
)
def test_what_an_urlencoded_form_may_not_say(body, charset, problem):
    with pytest.raises(ParseError) as caught:
        read_url(body, charset=charset)
    assert str(caught.value) == FORM_ERROR + problem


def test_a_form_leaves_bytes_as_they_are_when_it_is_copied():
    form = read_url(b"a=%E9&a=b")
    raw = RawText(b"\xe9", "utf-8")
    for same in (form, form.copy(), copy.copy(form), copy.deepcopy(form)):
        assert same.getlist("a") == [b"\xe9", "b"]
    changed = form.copy()
    changed["c"] = raw
    changed.appendlist("c", raw)
    changed.update({"d": raw})
    assert [changed.getlist(name) for name in "cd"] == [[raw, raw], [raw]]
    for change in (
        lambda: form.setlist("a", []),
        lambda: form.appendlist("a", "x"),
        lambda: form.__setitem__("a", "x"),
    ):
        with pytest.raises(AttributeError):
            change()
    for again in (pickle.loads(pickle.dumps(raw)), copy.copy(raw), copy.deepcopy(raw)):
        assert (type(again), again, again.charset) == (RawText, raw, "utf-8")


# --- parts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (END, {}),
        (b"--b--", {}),
        (b"\r\n" + part("a", b"x") + END, {"a": "x"}),
        (part("a", b"x") + b"--b--\r\n \t\r\n\r\n", {"a": "x"}),
        (part("a", b"\r\n-- \r\n--\r\n") + END, {"a": "\r\n-- \r\n--\r\n"}),
        (part("a", b"") + END, {"a": ""}),
        (part("a", b"eA\r\n==", "Content-Transfer-Encoding: BASE64") + END, {"a": "x"}),
        (part("a", b"x", "Content-Transfer-Encoding: 8bit") + END, {"a": "x"}),
        (part("a", b"x", "Content-Transfer-Encoding: binary") + END, {"a": "x"}),
        (part("a", b"x", "Content-Length: 1", "X-Other: y") + END, {"a": "x"}),
        (part("a", b"x", "Content-Type: text/plain; charset=") + END, {"a": "x"}),
        # What a browser sends where no file was chosen.
        (part("a", b"", more='; filename=""') + END, {"a": ""}),
        (b"--b\r\ncontent-disposition:form-data;name=a\r\n\r\nx\r\n--b--", {"a": "x"}),
        (part("ł", "ł".encode()) + END, {"ł": "ł"}),
        (part("a", b"x") + part("a", b"y") + END, {"a": "y"}),
        (part("a", b"x") * 100 + END, {"a": "x"}),
    ],
)
def test_what_parts_say(body, expected):
    for sizes in ([], [1], [3, 2]):
        form, files = read(body, sizes)
        assert (form.dict(), dict(files)) == (expected, {})


@pytest.mark.parametrize(
    ("more", "headers", "name", "content_type", "charset"),
    [
        ('; filename="a.srt"', [], "a.srt", "", None),
        ('; filename="a.srt"', ["Content-Type: application/x-subrip"], None, None, None),
        (
            '; filename="a.srt"',
            ["Content-Type: Application/X-SubRip; charset=ISO-8859-2"],
            "a.srt",
            "application/x-subrip",
            "ISO-8859-2",
        ),
        ('; filename="a.srt"', ['Content-Type: text/vtt; charset="utf-16"'], None, None, "utf-16"),
        ('; filename="łódź;x.srt"', [], "łódź;x.srt", "", None),
        ("; filename*=UTF-8''%C5%82.srt", [], "ł.srt", "", None),
        ('; filename="C:\\\\films\\\\a.srt"', [], "a.srt", "", None),
        ('; filename="../../etc/a.srt"', [], "a.srt", "", None),
        ('; filename="a\x01b\x7f.srt"', [], "ab.srt", "", None),
        ('; filename="../.."', [], "file", "", None),
        ('; filename="/"', [], "file", "", None),
        (f'; filename="{"x" * 300}.srt"', [], f"{'x' * 251}.srt", "", None),
    ],
)
def test_what_a_file_is_called(more, headers, name, content_type, charset):
    files = read(part("f", b"\xff\x00", *headers, more=more) + END)[1]
    file = files["f"]
    assert (file.read(), file.size, file.field_name) == (b"\xff\x00", 2, "f")
    assert file.charset == charset
    if name is not None:
        assert (file.name, file.content_type) == (name, content_type)


LONG = "x" * 5000
BROKEN = [
    (b"", "the body does not begin with its boundary"),
    (b"\r\n\r\n--b--", "the body does not begin with its boundary"),
    (b"hello\r\n" + part("a", b"x") + END, "the body does not begin with its boundary"),
    (part("a", b"x").replace(b"--b", b"--c"), "the body does not begin with its boundary"),
    (part("a", b"x"), "the body ends before its last boundary"),
    (part("a", b"x") + b"--b\r\n", "the body ends before its last boundary"),
    (part("a", b"x") + END + b"x", "something follows the last boundary"),
    (part("a", b"x") + b"--b--x", "something follows the last boundary"),
    (part("a", b"x") + END + part("b", b"x") + END, "something follows the last boundary"),
    (part("a", b"x") + END + b" " * 200_000 + b"x", "something follows the last boundary"),
    (part("a", b"x").replace(b"\r\n", b"\n") + END, "the body ends before its last boundary"),
    (part("a", b"x").replace(b"\r\n", b"\n") + b"\r\n" + END, "the parts cannot be told apart"),
    (part("a", b"x\r\n--bb") + END, "the parts cannot be told apart"),
    (b"--bx\r\n" + part("a", b"x") + END, "the parts cannot be told apart"),
    (b"--b\r\n\r\nx\r\n" + END, "the parts cannot be told apart"),
    (b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" + END, "the parts cannot be told apart"),
    (part("a", b"x").replace(b"form-data", b"attachment") + END, "the parts cannot be told apart"),
    (part("a", b"x", "no header") + END, "the parts cannot be told apart"),
    (part("a", b"x").replace(b'"a"', b'"\xe9"') + END, "the parts cannot be told apart"),
    (part("a", b"x", "Content-Length: 2") + END, "the parts cannot be told apart"),
    (part("a", b"xyz", "Content-Length: 2") + END, "the parts cannot be told apart"),
    (part("a", b"x").replace(b"; name", b"; nome") + END, "a part has no name"),
    (part("a", b"x").replace(b'; name="a"', b"") + END, "a part has no name"),
    (part("a\0", b"x") + END, "text may not hold the NUL character"),
    (part("a\0", b"x", more='; filename="x"') + END, "text may not hold the NUL character"),
    (part("a", b"\0") + END, "text may not hold the NUL character"),
    (part("a", b"x", "X: y", "X: z") + END, "a header of a part is repeated"),
    (part("a", b"x", 'Content-Disposition: form-data; name="b"') + END, "is repeated"),
    (part("a", b"x", "Content-Type: a/b" + ";" * 30) + END, "a header of a part is malformed"),
    (part("a", b"x", "Content-Type: a/b; c*=klingon''x") + END, "a header of a part is malformed"),
    (part("a", b"x", f"X: {LONG}") + END, "the headers of a part are too long"),
    (part("a", b"x", *[f"X{n}: y" for n in range(9)]) + END, "the headers of a part are too long"),
    (part("a", b"x", "Content-Transfer-Encoding: gzip") + END, "is not supported, use binary"),
    (
        part("a", b"x", "Content-Transfer-Encoding: quoted-printable") + END,
        "the Content-Transfer-Encoding of a part is not supported, use binary",
    ),
    (part("a", b"x=", "Content-Transfer-Encoding: base64") + END, "a part is not valid base64"),
    (part("a", b"eA==!", "Content-Transfer-Encoding: base64") + END, "a part is not valid base64"),
    (
        part("a", b"x", "Content-Type: multipart/mixed; boundary=c", more='; filename="x"') + END,
        "parts within a part are not supported",
    ),
    (
        part("a", b"x", "Content-Type: a/b; charset=klingon", more='; filename="x"') + END,
        'the charset "klingon" is not known',
    ),
    (part("a", b"x") * 101 + END, "too many fields or files"),
    (part("a", b"x", more='; filename="x"') * 101 + END, "too many fields or files"),
]


@pytest.mark.parametrize(("body", "problem"), BROKEN, ids=lambda value: repr(value)[:40])
def test_what_parts_may_not_say(body, problem):
    for sizes in ([], [1], [3, 2]):
        with pytest.raises(ParseError) as caught:
            read(body, sizes)
        assert str(caught.value).startswith(PARTS)
        assert str(caught.value).endswith(problem)


@pytest.mark.parametrize("boundary", [None, "", "x" * 201, "a ", "ł", "a\nb"])
def test_a_boundary_that_cannot_be_one(boundary):
    with pytest.raises(ParseError, match="the Content-Type has no boundary that can be used"):
        forms.multipart(CappedStream(io.BytesIO(END)), boundary, None)


@pytest.mark.parametrize("boundary", ["x", "a:b", "-" * 70, "(='+,./:?)", "x" * 200, "a b"])
def test_a_boundary_of_any_form(boundary):
    body = (part("a", b"\r\n-\r\n--") + END).replace(b"--b", b"--" + boundary.encode())
    assert forms.multipart(CappedStream(io.BytesIO(body)), boundary, None)[0]["a"] == "\r\n-\r\n--"
    # A line that looks like a header and ends the body all the same.
    odd = body.replace(b"Content-D", f"--{boundary}--: x\r\nContent-D".encode())
    with pytest.raises(ParseError):
        forms.multipart(CappedStream(io.BytesIO(odd)), boundary, None)


SRT = b"1\r\n00:00:01,000 --> 00:00:02,000\r\nHello\r\n"
WHOLE = {
    "videos/": part("video_url", URL.encode()) + part("title", b"Film", "Content-Type: text/plain"),
    "videos/{}/languages/en/subtitles/": part("sub_format", b"srt")
    + part("subtitles", SRT, more='; filename="a.srt"'),
}


@pytest.mark.parametrize("path", WHOLE)
def test_a_body_cut_at_any_byte_is_400_and_stores_nothing(world, path):
    api, body = world.api["adder"], WHOLE[path] + b"--b--"
    path = path.format(world.open_video.video_id)
    with unchanged():
        statuses = {
            cut: api.post(path, body[:cut], content_type=MULTIPART).status_code
            for cut in range(len(body))
        }
    assert set(statuses.values()) == {400}
    assert api.post(path, body, content_type=MULTIPART).status_code == 201


@given(data=st.data())
def test_a_body_with_a_byte_gone_or_changed_is_read_or_refused(data):
    body = bytearray(WHOLE["videos/"] + part("f", SRT, more='; filename="a.srt"') + END)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    seen = set()
    for sizes in ([], [1]):
        try:
            form, files = read(bytes(body), sizes)
        except ParseError as refused:
            seen.add(str(refused))
        else:
            seen.add(repr((form, {name: file.read() for name, file in files.items()})))
    # It never depends on the pieces in which it came.
    assert len(seen) == 1


# --- what it costs -------------------------------------------------------------------------------

SIZE = 10 * 2**20
FILE = '; filename="a.srt"'


def filled(unit: bytes, head: bytes = b"", tail: bytes = b"") -> bytes:
    return head + unit * ((SIZE - len(head) - len(tail)) // len(unit)) + tail


FIELD = part("a", b"")[:-2]
IN_BASE64 = "Content-Transfer-Encoding: base64"
LAST = b"\r\n" + END
# Body, bytes that may be read of it before it is refused (None: it is not).
COSTS = {
    "line ends": (filled(b"\r\n"), 2**17),
    "line ends in a field": (filled(b"\r\n", FIELD, LAST), None),
    "line ends in a file": (filled(b"\r\n", part("a", b"", more=FILE)[:-2], LAST), None),
    "half boundaries": (filled(b"\r\n--", FIELD, LAST), None),
    "boundaries that go on": (filled(b"\r\n--bx", FIELD, LAST), 2**17),
    "foreign bytes": (filled(b"\xe9", FIELD, LAST), None),
    "one wide letter": (filled(b"a", FIELD, "😀".encode() + LAST), None),
    "tiny parts": (part("a", b"") * 100_000, 2**17),
    "tiny files": (part("a", b"", more=FILE) * 100_000, 2**17),
    "headers": (filled(b"x: y\r\n", b"--b\r\n"), 2**17),
    "a header": (filled(b"x", b"--b\r\n"), 2**17),
    "header parameters": (
        part("a", b"", "Content-Type: a/b" + ";" * 4000) * 100 + END,
        2**17,
    ),
    "base64": (filled(b"QUFB\r\n", part("a", b"", IN_BASE64)[:-2], LAST), None),
    "an end that goes on": (filled(b"\r\n", part("a", b"") + END), None),
    "ends": (filled(END), 2**17),
}


@pytest.mark.parametrize("name", COSTS)
def test_ten_mebibytes_of_parts_cost_little(name):
    """Counted in what is allocated and called, which is the same on every machine."""
    body, readable = COSTS[name]
    for sizes in ([], [2**14 - 1]):
        peak, calls, left, refused = cost(
            lambda stream: forms.multipart(stream, "b", None), body, sizes
        )
        assert refused == (readable is not None)
        assert peak < 64 * 2**20
        assert calls < 30_000
        assert readable is None or len(body) - left <= readable


URLENCODED = {
    "escapes": filled(b"%41", b"a="),
    "escapes of foreign bytes": filled(b"%E9", b"a="),
    "half escapes": filled(b"%4", b"a="),
    "signs": filled(b"%", b"a="),
    "spaces": filled(b"+", b"a="),
    "one wide letter": filled(b"a", b"a=", "😀".encode()),
    "a name": filled(b"%41"),
    "many": b"&".join([b"a=" + b"%41" * 3400] * 999),
}


@pytest.mark.parametrize("name", URLENCODED)
def test_ten_mebibytes_of_a_form_cost_little(name):
    peak, calls, _, refused = cost(
        lambda stream: forms.urlencoded(stream, None), URLENCODED[name], []
    )
    assert not refused
    assert peak < 64 * 2**20
    assert calls < 100_000


def test_escapes_among_letters_cost_a_few_calls_each():
    body = filled(b"%41a", b"a=")[: 2**20]
    peak, calls, _, _ = cost(lambda stream: forms.urlencoded(stream, None), body, [])
    assert peak < 8 * 2**20
    assert calls < 2**20


def test_a_thousand_separators_are_refused_before_anything_is_made_of_them():
    peak, calls, _, refused = cost(lambda stream: forms.urlencoded(stream, None), filled(b"&"), [])
    assert refused
    assert peak < 24 * 2**20
    assert calls < 3_000


def cost(parse, body: bytes, sizes: list[int]):
    """(bytes at the peak, calls of functions, bytes left unread, whether it was refused)"""
    refused = False

    def run() -> int:
        nonlocal refused
        source = io.BytesIO(body)
        stream = CappedStream(Steps(source, sizes))
        try:
            parse(stream)
        except ParseError:
            refused = True
        return len(body) - source.tell()

    calls = 0

    def count(frame, event, argument) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        left = run()
    finally:
        sys.setprofile(None)
    tracemalloc.start()
    try:
        run()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return peak, calls, left, refused


class Steps:
    def __init__(self, source: io.BytesIO, sizes: list[int]) -> None:
        self.source, self.sizes = source, sizes

    def read(self, size: int) -> bytes:
        return self.source.read(min([size, *self.sizes]))


@pytest.mark.parametrize("parse", [read, read_url])
def test_a_form_beyond_the_limit_is_too_large_however_it_comes(parse, settings):
    body = part("a", b"x" * 1000) + END
    settings.AMARA_MAX_BODY_BYTES = len(body)
    parse(body, [7])
    settings.AMARA_MAX_BODY_BYTES = len(body) - 1
    for sizes in ([], [1], [7]):
        with pytest.raises(BodyTooLarge):
            parse(body, sizes)


def test_a_form_shorter_than_it_claims_is_cut_short():
    body = part("a", b"x") + END
    for parse in (lambda s: forms.multipart(s, "b", None), lambda s: forms.urlencoded(s, None)):
        for sizes in ([], [3]):
            with pytest.raises(ParseError, match="could not be read to its end"):
                parse(CappedStream(Pieces(body, sizes), len(body) + 1))
            parse(CappedStream(Pieces(body, sizes), len(body)))
