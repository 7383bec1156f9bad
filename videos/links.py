"""Where the short links of providers lead."""

from time import monotonic
from urllib.parse import urljoin

from django.conf import settings

from amara_api.kernel.errors import Busy
from amara_api.kernel.outbound import PROVIDERS, OutboundError, fetch, place_for
from videos.providers import VideoSource, is_short, recognise

SECONDS = 3.0
MAX_BYTES = 256 * 1024
MAX_HOPS = 5
_REDIRECTS = {301, 302, 303, 307, 308}


def followed(url: str) -> VideoSource | None:
    """What ``url`` points to, by way of its provider where that alone knows; None for no video.

    Takes up to `SECONDS`, so no transaction may be open. A link that leads to no video that we
    know, or whose server fails, is what it is without following.
    """
    source = recognise(url)
    if not is_short(url) or not settings.AMARA_FETCH_METADATA:
        return source
    return _end_of(url.strip()) or source


def _end_of(url: str) -> VideoSource | None:
    """The first address on the way that tells its video; that page itself is not asked for."""
    ends = monotonic() + SECONDS
    for _ in range(MAX_HOPS):
        try:
            with place_for(PROVIDERS, url):
                reply = fetch("GET", url, max_bytes=MAX_BYTES, seconds=ends - monotonic())
            leads = reply.headers.get("Location", "") if reply.status in _REDIRECTS else ""
            url = urljoin(url, leads)
        except (Busy, OutboundError, ValueError):
            return None
        if not leads:
            return None
        source = recognise(url)
        if source is not None and not is_short(url):
            return source
    return None
