"""Values as people read them."""

import re
from urllib.parse import urlsplit

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from amara_api.kernel.names import person

register = template.Library()
register.filter(person)


@register.filter
def is_web_address(url: str) -> bool:
    """Whether a link may lead there. An address is stored as sent: it may be script."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


# What ends a sentence, or closes what was opened before the address, is no part of it.
_ADDRESS = re.compile(r"https?://[^\s<>\"']+(?<![.,;:!?)\]}])", re.IGNORECASE)


@register.filter
def linked(text: str) -> SafeString:
    """What somebody wrote, with its addresses of the web as links; everything is escaped."""
    parts, end = [], 0
    for found in _ADDRESS.finditer(text):
        url = found.group()
        if is_web_address(url):
            link = format_html('<a href="{}" rel="nofollow noopener">{}</a>', url, url)
            parts += [escape(text[end : found.start()]), link]
            end = found.end()
    # Each part has been escaped.
    return mark_safe("".join([*parts, escape(text[end:])]))  # noqa: S308  # nosec B308 B703


@register.filter
def clock(milliseconds: int) -> str:
    """A moment in a video: 3723004 is 1:02:03.004."""
    seconds, thousandths = divmod(milliseconds, 1000)
    return f"{hms(seconds)}.{thousandths:03}"


@register.filter
def hms(seconds: int) -> str:
    """How long a video is: 3723 is 1:02:03."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
