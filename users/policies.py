"""Rules about accounts."""

from typing import Any

from amara_api.decisions import ALLOWED, Decision, allowed_if, denied
from users.models import User


def may_create_users(user: User, target: Any = None) -> Decision:
    """Partners and staff: an open door would let anybody make accounts without end."""
    return allowed_if(
        user.is_partner or user.is_staff or user.is_superuser,
        "Only partners and staff may create accounts.",
    )


def may_edit_user(user: User, target: User) -> Decision:
    """Yourself; or staff, but staff may not take over other staff."""
    if user.pk == target.pk or user.is_superuser:
        return ALLOWED
    if user.is_staff and not (target.is_staff or target.is_superuser):
        return ALLOWED
    return denied("Only the person and staff may change an account.")


def may_log_in_as(user: User, target: User) -> Decision:
    """Who may have a login link made for somebody: staff, or the account that created them."""
    if target.is_staff or target.is_superuser:
        return denied("Nobody logs in as staff by a link.")
    return allowed_if(
        user.is_staff or user.is_superuser or target.created_by_id == user.pk,
        "Only staff and the creator of an account may log in as it.",
    )
