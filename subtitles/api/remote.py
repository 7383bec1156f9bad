"""The file behind a `subtitles_url`, which the server fetches instead of being sent it."""

from django.conf import settings

from amara_api import outbound
from amara_api.errors import InvalidInput

SECONDS = 10
MAX_REDIRECTS = 3

_REASONS = {
    outbound.UNREACHABLE: "The server of this URL could not be reached, or did not answer in full.",
    outbound.TOO_SLOW: f"The file did not arrive within {SECONDS} seconds.",
    outbound.LOST: f"This URL redirects more than {MAX_REDIRECTS} times.",
    outbound.TOO_LARGE: "The file is larger than {limit} bytes.",
    outbound.FORBIDDEN: "This URL leads to an address that cannot be asked.",
}


def file_at(url: str) -> bytes:
    """The file. Raises `InvalidInput`, which tells nothing of what was answered but its status.

    Takes up to `SECONDS`, so no transaction may be open.
    """
    limit = settings.AMARA_MAX_SUBTITLE_BYTES
    try:
        reply = outbound.fetch(
            "GET", url, max_bytes=limit, seconds=SECONDS, redirects=MAX_REDIRECTS
        )
    except outbound.OutboundError as error:
        raise _refused(_REASONS[str(error)].format(limit=limit)) from error
    if reply.status != 200:
        raise _refused(f"The server of this URL answered {reply.status}.")
    return reply.body


def _refused(reason: str) -> InvalidInput:
    return InvalidInput.field("subtitles_url", reason)
