"""Environment variables, each read as what it is meant to be; nonsense is named in a sentence.

The sentences are collected, so that an operator sees all of them at once. They never show what may
hold a password.
"""

from __future__ import annotations

import builtins
import math
import os
import re
import stat
import warnings
from email.utils import parseaddr
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environ import Env

from amara_api.kernel.limits.rates import Rate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")

_ON = frozenset({"1", "on", "true", "t", "yes", "y", "ok"})
_OFF = frozenset({"0", "off", "false", "f", "no", "n"})
_SHOWN = 60
_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*\.?")
_SERVED = {"django.db.backends.postgresql": "postgres", "django.db.backends.sqlite3": "sqlite"}
Config = dict[str, object]


class Nonsense(ValueError):
    """Why a value cannot be used, as the end of a sentence: ``which is no port``."""


class Variables:
    """Reads variables for the settings. One that is empty counts as not set.

    The methods have the names of what they return, which therefore go by `builtins` here.
    """

    def __init__(self, environ: Mapping[builtins.str, builtins.str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ
        self.wrong: list[builtins.str] = []

    def done(self) -> None:
        """Raise `ImproperlyConfigured` with a line for each variable that cannot be used."""
        if self.wrong:
            raise ImproperlyConfigured("\n".join(self.wrong))

    def parsed(
        self,
        name: builtins.str,
        default: T,
        parse: Callable[[builtins.str], T],
        *,
        secret: builtins.bool = False,
    ) -> T:
        """What ``parse`` makes of the variable; it raises `Nonsense` for what it cannot read."""
        text = self._environ.get(name, "")
        if not text.strip():
            return default
        if not secret:
            text = text.strip()
        try:
            # What is no UTF-8 has been read as surrogates, which nothing can write again.
            text.encode()
        except UnicodeEncodeError:
            self.wrong.append(f"{name} is not written in UTF-8.")
            return default
        try:
            return parse(text)
        except Nonsense as error:
            value = "set" if secret else _shown(text)
            self.wrong.append(f"{name} is {value}, {error}.")
            return default

    # --- kinds ---------------------------------------------------------------------------------

    def str(self, name: builtins.str, default: builtins.str = "") -> builtins.str:
        return self.parsed(name, default, builtins.str)

    def secret(self, name: builtins.str, default: builtins.str = "") -> builtins.str:
        return self.parsed(name, default, builtins.str, secret=True)

    def bool(self, name: builtins.str, default: builtins.bool) -> builtins.bool:
        return self.parsed(name, default, flag)

    def int(
        self,
        name: builtins.str,
        default: builtins.int,
        *,
        least: builtins.int = 0,
        most: builtins.int = 2**53,
    ) -> builtins.int:
        return self.parsed(name, default, whole(least, most))

    def float(
        self,
        name: builtins.str,
        default: builtins.float,
        *,
        least: builtins.float = 0.0,
        most: builtins.float = 1e9,
    ) -> builtins.float:
        return self.parsed(name, default, number(least, most))

    def list(
        self,
        name: builtins.str,
        default: Sequence[T],
        *,
        item: Callable[[builtins.str], T] | None = None,
    ) -> builtins.list[T]:
        """Parts separated by commas. Set to nothing, it is an empty list."""
        if name in self._environ and not self._environ[name].strip():
            return []
        read: Callable[[builtins.str], T] = item or builtins.str  # type: ignore[assignment]
        return self.parsed(
            name, builtins.list(default), lambda text: [read(part) for part in parts(text)]
        )


def parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


# --- what a value can be -------------------------------------------------------------------------


def flag(text: str) -> bool:
    if text.lower() in _ON | _OFF:
        return text.lower() in _ON
    raise Nonsense("which is neither on nor off")


def whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,30}", text):
            raise Nonsense("which is no whole number")
        if not least <= int(text) <= most:
            raise Nonsense(f"but must be between {least} and {most}")
        return int(text)

    return read


def number(least: float, most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            found = float(text)
        except ValueError:
            found = math.nan
        if not math.isfinite(found):
            raise Nonsense("which is no number")
        if not least <= found <= most:
            raise Nonsense(f"but must be between {least:g} and {most:g}")
        return found

    return read


def among(*choices: str) -> Callable[[str], str]:
    """One of these, in whatever case."""

    def read(text: str) -> str:
        for choice in choices:
            if choice.lower() == text.lower():
                return choice
        raise Nonsense(f"which is none of {', '.join(choices)}")

    return read


def folder(text: str) -> Path:
    """A folder, or where one can be made."""
    path = Path(text)
    for each in (path, *path.absolute().parents):
        try:
            mode = each.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise Nonsense(f"which is no folder: {why}") from error
        if not stat.S_ISDIR(mode):
            raise Nonsense(f"but {each} is no folder")
        break
    return path


def host(text: str) -> str:
    """An address or a name to listen on."""
    if not _is_address(text) and not _NAME.fullmatch(text):
        raise Nonsense("which is neither an address nor the name of a host")
    return text


def network(text: str) -> str:
    """An address or a network of them, in its usual spelling."""
    try:
        return str(ip_network(text))
    except ValueError as error:
        raise Nonsense("which is no address or network, such as 10.0.0.0/8") from error


def host_pattern(text: str) -> str:
    """What `ALLOWED_HOSTS` may name."""
    bracketed = text.startswith("[") and text.endswith("]") and _is_address(text[1:-1])
    if text == "*" or bracketed or _NAME.fullmatch(text.removeprefix(".")):
        return text
    if _is_address(text):
        raise Nonsense(f"but addresses with colons stand in brackets: [{text}]")
    raise Nonsense(
        "which has something that is no host name; write hosts without scheme, port and path, and "
        "`.example.org` for all names below it"
    )


def origin(text: str) -> str:
    """What `CSRF_TRUSTED_ORIGINS` may name."""
    scheme, _, rest = text.partition("://")
    name, _, port = rest.rpartition(":") if re.search(r":\d*$", rest) else (rest, "", "1")
    named = _NAME.fullmatch(name.removeprefix("*.")) or _is_address(name.strip("[]"))
    if scheme.lower() not in ("http", "https") or not named or not port.isdecimal():
        raise Nonsense("which has no origin such as https://subtitles.example.org")
    return text


def ancestor(text: str) -> str:
    """Who may show a page in a frame: `*`, `self`, or an origin."""
    if text == "*":
        return text
    return "'self'" if text.strip("'").lower() == "self" else origin(text)


def issuer(text: str) -> str:
    """The address of an OpenID Connect provider, as it calls itself: a final slash counts."""
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or not text.isprintable() or " " in text or parts.query or parts.fragment:
        raise Nonsense("which is no address such as https://login.example.org/realms/films")
    if parts.username is not None:
        raise Nonsense("but it must not hold a user name or password")
    return text


def sender(text: str) -> str:
    """An address for mails, with or without a name before it."""
    address = parseaddr(text)[1]
    local, _, domain = address.rpartition("@")
    if (
        not local
        or address not in text
        or not _NAME.fullmatch(domain)
        or re.search(r"[\r\n]|\s@|@\s", text)
    ):
        raise Nonsense("which is no address for mails")
    return text


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def rate(text: str) -> Rate:
    """So many in such a time."""
    try:
        return Rate.of(text)
    except ValueError as error:
        raise Nonsense(
            "which is no rate: write a number and a time, like 600/minute or 30/15m, or off"
        ) from error


def redis(text: str) -> str:
    """The url of a Redis server."""
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("redis", "rediss") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound and not text.startswith("unix:///"):
        raise Nonsense("which is no url such as redis://HOST:6379/0")
    return text


def database(text: str) -> Config:
    """What Django has to know of the database at a url."""
    if text.startswith("sqlite:"):
        file = text.removeprefix("sqlite://").partition("?")[0]
        if not file.startswith("/") or file == "/":
            raise Nonsense(
                "but sqlite: needs a file behind three slashes, or four for one from the root"
            )
    try:
        with warnings.catch_warnings(action="ignore"):
            config: Config = Env.db_url_config(text)
    except (ValueError, ImproperlyConfigured) as error:
        raise Nonsense(
            "which is no url; signs such as # / ? @ in its password are written as %23 %2F %3F %40"
        ) from error
    if config.get("ENGINE") not in _SERVED:
        raise Nonsense("but a database's address begins with postgres:// or sqlite:///")
    if not config["NAME"]:
        raise Nonsense("but it names no database: postgres://USER:PASSWORD@HOST:5432/NAME")
    age = config.get("CONN_MAX_AGE")
    if age is not None and (not isinstance(age, int) or age < 0):
        raise Nonsense("but conn_max_age is no number of seconds")
    return config


def databases(text: str) -> list[Config]:
    """Several of them, separated by commas."""
    return [database(part) for part in parts(text)]


def options_of(config: Config) -> Config:
    """What a url says to the driver."""
    found = config.get("OPTIONS")
    return dict(found) if isinstance(found, dict) else {}


def mail(text: str) -> Config:
    """What Django has to know of the mail server at a url."""
    try:
        scheme, port = urlsplit(text).scheme, urlsplit(text).port
        config: Config = Env.email_url_config(text)
    except (ValueError, ImproperlyConfigured) as error:
        schemes = ", ".join(f"{scheme}:" for scheme in Env.EMAIL_SCHEMES)
        raise Nonsense(
            f"which is no url that begins with one of {schemes}; signs such as # / ? @ in its "
            "password are written as %23 %2F %3F %40"
        ) from error
    if scheme.startswith("smtp") and (not config["EMAIL_HOST"] or port == 0):
        raise Nonsense("but it names no mail server: smtp://USER:PASSWORD@HOST:25")
    if scheme == "filemail" and not config["EMAIL_FILE_PATH"]:
        raise Nonsense("but it names no folder: filemail:///FOLDER")
    return config
