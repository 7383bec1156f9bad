"""Which ways in there are, by the settings."""

from django import template
from django.conf import settings

from users import openid

register = template.Library()


@register.simple_tag
def ways() -> dict[str, str | bool]:
    """``provider`` is what people call it, empty without one; ``sign_up`` says whether strangers
    may make an account."""
    provider = settings.AMARA_OIDC_NAME if openid.is_offered() else ""
    return {"provider": provider, "sign_up": settings.AMARA_SIGN_UP}
