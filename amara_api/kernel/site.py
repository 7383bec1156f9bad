"""The address at which people reach the server: the same in mails, callbacks and login links.

The operator's word, `AMARA_BASE_URL`, stands above all. Without it `manage.py serve` knows where it
listens: it tells the processes that it starts, and leaves a note in the data folder for the
commands that somebody runs beside it.
"""

import os
import re
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import orjson
from django.conf import settings
from django.http import HttpRequest

# The variable by which `serve` tells its workers and its deliverer.
TOLD = "SERVED_AT"
NOTE = "served.json"
_USUAL = {"http": 80, "https": 443}


class Served(NamedTuple):
    """What `serve` listened on, and the address that follows from it."""

    host: str
    address: str


def address(request: HttpRequest | None = None) -> str:
    """``https://subtitles.example.org``, without a final slash: put a path after it.

    With ``request`` for what only its sender reads: unless the operator says otherwise, the sender
    knows best how the server is reached.
    """
    if settings.AMARA_BASE_URL:
        return str(settings.AMARA_BASE_URL)
    if request is not None:
        return f"{request.scheme}://{request.get_host()}"
    told = os.environ.get(TOLD, "")
    return told if host_of(told) else noted().address


def name(request: HttpRequest | None = None) -> str:
    """What people call this server: ``subtitles.example.org``, with its port where that is none of
    the usual."""
    return urlsplit(address(request)).netloc


def address_of(host: str, port: int) -> str:
    """Where a server is reached that listens on these. All addresses are none to reach."""
    scheme = "https" if settings.AMARA_HTTPS else "http"
    named = "localhost" if is_everywhere(host) else host
    bracketed = f"[{named}]" if ":" in named else named
    return f"{scheme}://{bracketed}" + ("" if port == _USUAL[scheme] else f":{port}")


def serve_at(host: str, port: int) -> None:
    """This process serves here from now on, and so do those that it starts."""
    os.environ[TOLD] = address_of(host, port)
    path = Path(settings.DATA_DIR) / NOTE
    note = orjson.dumps(
        {"host": host, "address": os.environ[TOLD]}, option=orjson.OPT_APPEND_NEWLINE
    )
    # Who cannot write there serves all the same; whoever reads meanwhile finds one note or the
    # other.
    with suppress(OSError):
        new = path.with_name(f"{NOTE}.{os.getpid()}")
        new.write_bytes(note)
        new.chmod(0o600)
        new.replace(path)


def noted() -> Served:
    """What `serve` noted last, in whatever process; what it would note with the settings of this
    one if there is nothing that can be read."""
    with suppress(OSError, ValueError):
        match orjson.loads((Path(settings.DATA_DIR) / NOTE).read_bytes()):
            case {"host": str(host), "address": str(address)} if host_of(address):
                return Served(host, address)
    host = settings.HOST or "127.0.0.1"
    return Served(host, address_of(host, settings.PORT))


def host_of(address: str) -> str | None:
    """None if this is no absolute url of the web."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    sound = parts.scheme in ("http", "https") and not re.search(r"[\s\\]", address)
    return host if sound else None


def is_everywhere(host: str) -> bool:
    """Whether a server that listens there takes what comes to any of its machine's addresses."""
    try:
        return ip_address(host.strip("[]")).is_unspecified
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Whether ``host`` leads everybody to their own machine, or nowhere."""
    name = host.strip("[]").rstrip(".").lower()
    try:
        number = ip_address(name)
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
    return number.is_loopback or number.is_unspecified
