"""Values as people read them."""

from urllib.parse import urlsplit

from django import template

register = template.Library()


@register.filter
def is_web_address(url: str) -> bool:
    """Whether a link may lead there. An address is stored as sent: it may be script."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


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
