"""Names of people who are gone."""


def kept_name(name: str | None) -> str:
    """How somebody is called whose account is deleted; of accounts that went before names were
    kept, nothing is known."""
    return f"{name} (account deleted)" if name else "a deleted account"
