"""By what a caller came: a key or a browser's session, and who made it for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import date, datetime

# In a session that somebody else opened for the account, by a login link: who that was.
SESSION_HELPER = "_helper"


class Credential(NamedTuple):
    """``helped`` says that somebody else made the key or opened the session, and may hold it still;
    ``helper`` is their account, None if it is gone. A session has no ``key``, never expires by
    itself here, and reads and writes.
    """

    helped: bool = False
    helper: int | None = None
    read_only: bool = False
    expires: datetime | None = None
    key: int | None = None
    last_used: date | None = None


# The person's own session, or the server itself.
OWN = Credential()
