"""How much somebody has not read yet."""

from django import template

from users.messages import unread_count
from users.models import User

register = template.Library()


@register.simple_tag
def unread(user: User) -> int:
    """Asked only where a page says it, by one query."""
    return unread_count(user)
