"""Names of people, also of those who are gone."""

from __future__ import annotations

from typing import Protocol


class Named(Protocol):
    username: str


def kept_name(name: str | None) -> str:
    """How somebody is called whose account is deleted; of accounts that went before names were
    kept, nothing is known."""
    return f"{name} (account deleted)" if name else "a deleted account"


def person(account: Named | None, name: str | None) -> str:
    """Somebody by the name of their account, or by the one that was kept of it."""
    return account.username if account is not None else kept_name(name)
