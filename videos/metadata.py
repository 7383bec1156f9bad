"""What providers say about a video: its title, description, duration and picture, by oEmbed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from django.conf import settings

from amara_api.kernel.errors import Busy
from amara_api.kernel.outbound import PROVIDERS, OutboundError, fetch, place_for
from amara_api.kernel.shapes import Data
from amara_api.kernel.wire import json_
from videos.providers import VideoSource, is_url, shorten

ENDPOINTS = {
    "Y": "https://www.youtube.com/oembed",
    "V": "https://vimeo.com/api/oembed.json",
    "D": "https://www.dailymotion.com/services/oembed",
    "W": "https://fast.wistia.com/oembed",
}
"""By `VideoSource.type`. Who is not here cannot be asked without an account, or is a mere file."""

SECONDS = 3.0
MAX_BYTES = 256 * 1024
MAX_REDIRECTS = 2
MAX_TITLE_LENGTH = 2048
MAX_DESCRIPTION_LENGTH = 100_000
MAX_DURATION = 2**31 - 1


def metadata_of(source: VideoSource) -> dict[str, str | int]:
    """What the provider says, as columns of `Video`; only what it says and what can be used.

    Takes up to `SECONDS`, so no transaction may be open. A provider that fails says nothing.
    """
    endpoint = ENDPOINTS.get(source.type)
    if endpoint is None or not settings.AMARA_FETCH_METADATA:
        return {}
    url = f"{endpoint}?{urlencode({'url': source.url, 'format': 'json'})}"
    try:
        with place_for(PROVIDERS, endpoint):
            reply = fetch("GET", url, max_bytes=MAX_BYTES, seconds=SECONDS, redirects=MAX_REDIRECTS)
        said = json_.loads(reply.body) if reply.status == 200 else None
    except (Busy, OutboundError, ValueError):
        return {}
    return _usable(said) if isinstance(said, Mapping) else {}


def merged(given: Mapping[str, Data], said: Mapping[str, str | int]) -> dict[str, Data]:
    """What a person gave and what the provider said: the person is right about everything but
    the duration."""
    missing = {
        name: value for name, value in said.items() if name == "duration" or not given.get(name)
    }
    return {**given, **missing}


def _usable(said: Mapping[str, Data]) -> dict[str, str | int]:
    found = {column: read(said.get(name)) for name, (column, read) in _MEMBERS.items()}
    return {column: value for column, value in found.items() if value}


def _text(length: int) -> Callable[[object], str]:
    def read(value: object) -> str:
        return shorten(value.strip(), length) if isinstance(value, str) else ""

    return read


def _seconds(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:20])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return round(value) if 0 < value <= MAX_DURATION else 0


def _picture(value: object) -> str:
    return value if isinstance(value, str) and is_url(value) else ""


_MEMBERS: dict[str, tuple[str, Callable[[object], str | int]]] = {
    "title": ("title", _text(MAX_TITLE_LENGTH)),
    "description": ("description", _text(MAX_DESCRIPTION_LENGTH)),
    "duration": ("duration", _seconds),
    "thumbnail_url": ("thumbnail", _picture),
}
