"""Settings: whatever a variable holds, it is read as meant or named in a sentence."""

import re

import pytest
from django.core.exceptions import ImproperlyConfigured

from amara_api import variables
from amara_api.kernel.limits import Rate

PASSWORD = "hunter2-hunter2"


def read(value, kind, *arguments, secret=False):
    env = variables.Variables({"NAME": value})
    found = env.parsed("NAME", None, kind(*arguments) if arguments else kind, secret=secret)
    env.done()
    return found


FITTING = [
    (variables.flag, "on", True),
    (variables.flag, "TRUE", True),
    (variables.flag, " 1 ", True),
    (variables.flag, "Off", False),
    (variables.flag, "no", False),
    (variables.whole(1, 9), "7", 7),
    (variables.number(0, 9), "1.5", 1.5),
    (variables.among("Debug", "Info"), "INFO", "Info"),
    (variables.host, "0.0.0.0", "0.0.0.0"),
    (variables.host, "::1", "::1"),
    (variables.host, "app_server.intranet", "app_server.intranet"),
    (variables.host_pattern, "*", "*"),
    (variables.host_pattern, ".example.org", ".example.org"),
    (variables.host_pattern, "[2001:db8::1]", "[2001:db8::1]"),
    (variables.origin, "https://*.example.org:8443", "https://*.example.org:8443"),
    (variables.origin, "http://[::1]:80", "http://[::1]:80"),
    (variables.ancestor, "*", "*"),
    (variables.ancestor, "self", "'self'"),
    (variables.ancestor, "https://*.example.org", "https://*.example.org"),
    (variables.sender, "Subtitles <subs@example.org>", "Subtitles <subs@example.org>"),
    (variables.sender, "subtitles@localhost", "subtitles@localhost"),
    (variables.rate, "10/m", Rate(10, 60)),
    (variables.redis, "redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/0"),
]


@pytest.mark.parametrize(("kind", "value", "meant"), FITTING)
def test_what_fits_is_read(kind, value, meant):
    assert read(value, kind) == meant


@pytest.mark.parametrize("value", ["", " ", "\t"])
def test_what_is_empty_is_not_set(value):
    env = variables.Variables({"NAME": value})
    assert env.int("NAME", 7) == 7
    assert env.bool("NAME", True) is True
    assert env.secret("NAME", "x") == "x"
    assert env.list("NAME", ["a"]) == []
    assert env.list("OTHER", ["a"]) == ["a"]
    env.done()


NONSENSE = [
    *((variables.flag, value) for value in ("maybe", "2", "-", "on off", "\x00", "тrue")),
    *(
        (variables.whole(1, 65_535), value)
        for value in ("x", "0", "-1", "65536", "1.5", "1e3", "٣", "1_000", "9" * 5000, "0x50")
    ),
    *((variables.number(0, 60), value) for value in ("a", "nan", "inf", "-inf", "-1", "61", "1,5")),
    *((variables.among("DEBUG", "INFO"), value) for value in ("LOUD", "10", "DEBUG,INFO")),
    *((variables.host, value) for value in ("a b", "http://x", "x:80", "-x", "..", "a/b", "é.fr")),
    *(
        (variables.host_pattern, value)
        for value in ("http://x", "x:80", "::1", "*.example.org", "a b", "x/y", "..x")
    ),
    *(
        (variables.origin, value)
        for value in ("example.org", "ftp://x", "https://", "https://x/y", "https://a b", "*")
    ),
    *((variables.sender, value) for value in ("nobody", "a@", "@b", "a@b c", "a\r\nBcc: x@y.z")),
    *((variables.rate, value) for value in ("maybe", "-1/m", "10")),
    *((variables.redis, value) for value in ("maybe", "http://x", "redis://", "redis://x:port")),
    *((variables.folder, value) for value in ("/dev/null", "/dev/null/below", "x" * 5000)),
    *(
        (variables.database, value)
        for value in (
            "nonsense",
            "mysql://u:p@h/db",
            "postgres://h",
            "postgres://u:p@h:port/db",
            "postgres://[::1/db",
            "postgres://h/db?conn_max_age=soon",
            "sqlite://data/x.sqlite3",
            "sqlite://",
            "sqlite:///",
            "sqlite://:memory:",
            "://",
        )
    ),
    *(
        (variables.mail, value)
        for value in (
            "nonsense",
            "http://x",
            "smtp://",
            "smtp://h:port",
            "filemail://",
            "smtp://h:0",
        )
    ),
]


@pytest.mark.parametrize(("kind", "value"), NONSENSE)
def test_nonsense_is_one_sentence_with_the_name(kind, value):
    with pytest.raises(ImproperlyConfigured) as caught:
        read(value, kind)
    sentence = str(caught.value)
    assert re.fullmatch(r"NAME is .*\.", sentence), sentence
    assert len(sentence) < 400


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (variables.database, f"mysql://root:{PASSWORD}@h/db"),
        (variables.database, f"postgres://root:{PASSWORD}/@h:x/db"),
        (variables.mail, f"smpt://root:{PASSWORD}@h"),
        (variables.redis, f"rediss:/root:{PASSWORD}@h"),
    ],
)
def test_a_sentence_repeats_no_password(kind, value):
    with pytest.raises(ImproperlyConfigured) as caught:
        read(value, kind, secret=True)
    assert PASSWORD not in str(caught.value)
    assert PASSWORD not in repr(caught.value.__cause__)


def test_all_faults_are_told_at_once_and_what_is_no_text_too():
    env = variables.Variables({"A": "\udcff", "B": "x", "C": "y,a b"})
    assert (env.secret("A", "kept"), env.int("B", 3), env.list("C", [], item=variables.host)) == (
        "kept",
        3,
        [],
    )
    with pytest.raises(ImproperlyConfigured) as caught:
        env.done()
    lines = str(caught.value).splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["A", "B", "C"]


def test_a_secret_is_taken_as_it_is():
    env = variables.Variables({"NAME": " $ecret with blanks "})
    assert env.secret("NAME") == " $ecret with blanks "
