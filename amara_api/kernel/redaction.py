"""Texts without what may be a secret in their urls."""

import re
from urllib.parse import urlsplit

_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S*", re.IGNORECASE)


def plain(text: str, bare: bool = False) -> str:
    """``text`` whose urls have lost name, password, query and fragment; if ``bare``, path too."""
    return _URL.sub(lambda found: _plain_url(found[0], bare), text)


def _plain_url(url: str, bare: bool) -> str:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "(a url)"
    at = f"{parts.scheme}://{f'[{host}]' if ':' in host else host}" + (f":{port}" if port else "")
    if bare:
        return at + ("/…" if parts.path.strip("/") or parts.query else parts.path)
    return at + parts.path + ("?…" if parts.query else "")
