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


def may_send_messages(user: User, target: Any = None) -> Decision:
    """Everybody, until an operator says otherwise."""
    return allowed_if(user.can_send_messages, "This account may not send messages.")


def may_log_in_by_link(user: User) -> Decision:
    """A link may lie in somebody's mailbox, so it never opens what staff can do."""
    return allowed_if(
        user.is_active and not (user.is_staff or user.is_superuser),
        "Staff log in with their password.",
    )


def may_log_in_as(user: User, target: User) -> Decision:
    """Who may have a login link made for somebody: staff, or the account that created them."""
    if not (decision := may_log_in_by_link(target)):
        return decision
    return allowed_if(
        user.is_staff or user.is_superuser or target.created_by_id == user.pk,
        "Only staff and the creator of an account may log in as it.",
    )
