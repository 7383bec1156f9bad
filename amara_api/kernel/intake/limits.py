"""How much a request may bring."""

from django.conf import settings

API_PREFIXES = ("/api/", "/api2/partners/")

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Bytes of a query string, before its escapes are read, and what it may hold.
MAX_QUERY_BYTES = 2**14
# Bytes of all headers together.
MAX_HEADER_BYTES = 2**16
# Of a form's parts: their number where programs and where people send them, and their headers.
MAX_PARTS = 100
MAX_PART_HEADER_BYTES = 4096
# Of one header; the time that Django takes to read them grows with the square.
MAX_PARAMETERS = 20
# Of bodies on their way in: what one may keep in memory, and all of a process on the disk.
MAX_IN_MEMORY = 2**17
MAX_WAITING = 2**28


def is_api_path(path: str) -> bool:
    return f"{path}/".startswith(API_PREFIXES)


def max_bytes() -> int:
    limit: int = settings.AMARA_MAX_BODY_BYTES
    return limit


def max_patience() -> int:
    """How much of a body is read and forgotten, so that its sender sees the answer."""
    return 2 * max_bytes()


def max_fields() -> int:
    limit: int = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    return limit


def max_form_bytes() -> int:
    """Of the fields that a page may be sent."""
    limit: int = min(settings.AMARA_MAX_FORM_BYTES, max_bytes())
    return limit


def max_page_bytes() -> int:
    """Of what a page may be sent in parts: its fields, and a file of subtitles."""
    limit: int = settings.AMARA_MAX_FORM_BYTES + settings.AMARA_MAX_SUBTITLE_BYTES
    return min(limit, max_bytes())


def body_limit(path: str, content_type: str) -> int:
    if is_api_path(path):
        return max_bytes()
    in_parts = content_type.strip().lower().startswith("multipart/")
    return max_page_bytes() if in_parts else max_form_bytes()
