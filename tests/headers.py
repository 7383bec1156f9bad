"""What two answers that must be alike are compared by, beside their bodies."""

from typing import Any

from amara_api.kernel.watching import ID


def headers_of(response: Any) -> tuple[tuple[str, str], ...]:
    """All but the one that is another for each request."""
    return tuple(sorted(pair for pair in response.headers.items() if pair[0] != ID))
