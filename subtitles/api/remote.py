"""The file behind a `subtitles_url`, which the server fetches instead of being sent it."""

from django.conf import settings
from django.utils.http import parse_header_parameters

from amara_api.kernel import outbound
from amara_api.kernel.errors import InvalidInput

SECONDS = 10
MAX_REDIRECTS = 3

_REASONS = {
    outbound.UNREACHABLE: "The server of this URL could not be reached, or did not answer in full.",
    outbound.TOO_SLOW: f"The file did not arrive within {SECONDS} seconds.",
    outbound.LOST: f"This URL redirects more than {MAX_REDIRECTS} times.",
    outbound.TOO_LARGE: "The file is larger than {limit} bytes.",
    outbound.FORBIDDEN: "This URL leads to an address that cannot be asked.",
}


def file_at(url: str, *, account: int) -> tuple[bytes, str | None]:
    """The file, and the charset that its server states.

    Raises `InvalidInput`, which tells nothing of what was answered but its status, and `Busy` when
    too much is fetched at once for ``account``, or for all.

    Takes up to `SECONDS`, so no transaction may be open.
    """
    limit = settings.AMARA_MAX_SUBTITLE_BYTES
    try:
        with outbound.place_for(account, url):
            reply = outbound.fetch(
                "GET", url, max_bytes=limit, seconds=SECONDS, redirects=MAX_REDIRECTS
            )
    except outbound.OutboundError as error:
        raise _refused(_REASONS[str(error)].format(limit=limit)) from error
    if reply.status != 200:
        raise _refused(f"The server of this URL answered {reply.status}.")
    return reply.body, _charset(reply.headers.get("Content-Type"))


def _charset(content_type: str | None) -> str | None:
    try:
        return parse_header_parameters(content_type or "")[1].get("charset") or None
    except (ValueError, LookupError):
        return None


def _refused(reason: str) -> InvalidInput:
    return InvalidInput.field("subtitles_url", reason)
