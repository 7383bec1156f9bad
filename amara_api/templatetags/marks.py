"""Which link of the frame leads to where one is."""

from django import template
from django.utils.html import format_html

register = template.Library()


@register.simple_tag(takes_context=True)
def mark(context: template.Context, url: str) -> str:
    """`aria-current` for a link to ``url``: "page" on that page, "true" on those below it."""
    path = getattr(context.get("request"), "path", "")
    if not path.startswith(url):
        return ""
    return format_html(' aria-current="{}"', "page" if path == url else "true")
