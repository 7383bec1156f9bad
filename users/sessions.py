"""Sessions of browsers: Django's own in the database, which know whose they are."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from amara_api.kernel.credentials import SESSION_HELPER
from users.models import BrowserSession, User

if TYPE_CHECKING:
    from collections.abc import Iterator

    from amara_api.kernel.shapes import Data

# What a session knows of its beginning, see `began`.
_BEGAN, _ADDRESS, _BROWSER = "_began", "_address", "_browser"
_MOST_SHOWN = 200
_LONGEST = 300
# In this order: most browsers call themselves several.
_BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
    "curl": "curl",
}
_SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


class SessionStore(DatabaseSessions):
    """What ``SESSION_ENGINE`` names. Sessions of the engine before it are read as they are."""

    @classmethod
    def get_model_class(cls) -> type[BrowserSession]:
        return BrowserSession

    def create_model_instance(self, data: dict[str, Data]) -> BrowserSession:
        row = super().create_model_instance(data)
        assert isinstance(row, BrowserSession)
        row.account = _account_in(data)
        return row


class Shown(NamedTuple):
    """A session as its owner sees it. ``name`` stands for its key, which opens it."""

    name: str
    browser: str
    address: str
    began: datetime | None
    helper: int | None
    is_this: bool


def began(agent: str, address: str) -> dict[str, str]:
    """What to keep in a session that begins now."""
    now = timezone.now().isoformat()
    return {_BEGAN: now, _ADDRESS: address, _BROWSER: agent[:_LONGEST]}


def sessions_of(user: User, this: str | None) -> list[Shown]:
    """Those that let somebody in as ``user`` now, newest first; ``this`` is the key of one."""
    return [_shown(row, data, this) for row, data in _open(user)]


def end(user: User, name: str, this: str | None) -> bool:
    """End the session of that name, but for ``this`` one."""
    for row, _ in _open(user):
        if row.session_key != this and constant_time_compare(_name(row.session_key), name):
            row.delete()
            return True
    return False


def end_others(user: User, this: str | None) -> None:
    BrowserSession.objects.filter(account=user.pk).exclude(session_key=this or "").delete()


def _open(user: User) -> Iterator[tuple[BrowserSession, dict[str, Data]]]:
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    rows = BrowserSession.objects.filter(account=user.pk, expire_date__gt=timezone.now())
    for row in rows.order_by("-expire_date")[:_MOST_SHOWN]:
        data = row.get_decoded()
        if data.get(HASH_SESSION_KEY) in hashes:
            yield row, data


def _shown(row: BrowserSession, data: dict[str, Data], this: str | None) -> Shown:
    since = data.get(_BEGAN)
    return Shown(
        name=_name(row.session_key),
        browser=_called(str(data.get(_BROWSER, ""))),
        address=str(data.get(_ADDRESS, "")),
        began=datetime.fromisoformat(since) if isinstance(since, str) else None,
        helper=data.get(SESSION_HELPER),
        is_this=row.session_key == this,
    )


def _name(key: str) -> str:
    return salted_hmac("users.sessions", key, algorithm="sha256").hexdigest()[:32]


def _called(agent: str) -> str:
    """`Firefox on Linux`, as far as a browser says so."""
    browser = next((name for mark, name in _BROWSERS.items() if f"{mark}/" in agent), "")
    system = next((name for mark, name in _SYSTEMS.items() if mark in agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or re.sub(r"[^\w./ -]", "", agent)[:40] or "An unknown browser"


def _account_in(data: dict[str, Data]) -> int | None:
    told = str(data.get(SESSION_KEY, ""))
    return int(told) if told.isdecimal() else None
