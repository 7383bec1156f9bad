"""From the page of a thing to its form in the admin, for whoever may look at it there."""

from django import template
from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html

from users.models import User

register = template.Library()


@register.simple_tag(takes_context=True)
def in_the_admin(context: template.Context, thing: Model) -> str:
    """A link, or nothing. Of accounts that are no staff nothing is asked."""
    request = context.get("request")
    user = getattr(request, "user", None)
    if not isinstance(user, User) or not (user.is_active and user.is_staff):
        return ""
    opts = thing._meta
    label = f"{opts.app_label}.{{}}_{opts.model_name}"
    if not any(user.has_perm(label.format(each)) for each in ("view", "change")):
        return ""
    page = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[thing.pk])
    return format_html('<p class="small"><a href="{}">In the admin</a></p>', page)
