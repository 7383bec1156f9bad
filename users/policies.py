"""Rules about accounts."""

from collections.abc import Iterable

from amara_api.kernel.decisions import ALLOWED, Decision, allowed_if, denied
from users.models import User

FOREIGN = "Somebody else made this key or login, so it may not change the account any more."


def may_create_users(user: User, target: object = None) -> Decision:
    """Partners and staff: an open door would let anybody make accounts without end."""
    return allowed_if(
        user.is_partner or user.is_staff or user.is_superuser,
        "Only partners and staff may create accounts.",
    )


def may_edit_user(user: User, target: User) -> Decision:
    """Yourself; or staff, but staff may not take over other staff."""
    if user.pk == target.pk:
        return allowed_if(not _is_foreign(user, target), FOREIGN)
    if user.is_superuser:
        return ALLOWED
    if user.is_staff and not (target.is_staff or target.is_superuser):
        return ALLOWED
    return denied("Only the person and staff may change an account.")


def may_moderate(user: User, target: User, permissions: Iterable[str]) -> Decision:
    """Staff who may do each of it by itself, to accounts that they may change. Not to their own."""
    if user.pk == target.pk:
        return denied("Nobody moderates their own account.")
    if not (user.is_active and user.is_staff):
        return denied("Only staff may moderate accounts.")
    if not all(user.has_perm(each) for each in permissions):
        return denied("This account may not do all of that.")
    return may_edit_user(user, target)


def may_hold_account(user: User, target: User) -> Decision:
    """Whether somebody may change what opens their own account: password, address, login links.

    A key that ends may not make what outlasts it.
    """
    if not (decision := may_edit_user(user, target)):
        return decision
    outlasted = user.pk == target.pk and user.came_by.expires is not None
    return allowed_if(not outlasted, "A key that expires may not change what opens the account.")


def may_list_keys(user: User, target: User) -> Decision:
    return allowed_if(user.pk == target.pk, "Keys are listed for their owner only.")


def may_change_keys(user: User, target: User) -> Decision:
    """Over HTTP: one's own. Staff do it in the admin, as far as `may_edit_user` goes."""
    return may_list_keys(user, target) and may_edit_user(user, target)


def _is_foreign(user: User, target: User) -> bool:
    """Whether a key or session was made by somebody else, for a person who has come in by
    themselves since. It goes on working, but the account is no longer its maker's to change."""
    came = user.came_by
    return came.helped and (target.is_independent or came.helper is None)


def may_send_messages(user: User, target: object = None) -> Decision:
    """Everybody, until an operator says otherwise."""
    return allowed_if(user.can_send_messages, "This account may not send messages.")


def may_log_in_by_link(user: User) -> Decision:
    """A link may lie in somebody's mailbox, so it never opens what staff can do."""
    return allowed_if(
        user.is_active and not (user.is_staff or user.is_superuser),
        "Staff log in with their password.",
    )


def may_log_in_as(user: User, target: User) -> Decision:
    """Who may have a login link made for somebody: the person, staff, and whoever made the account
    as long as nobody has come in by themselves.

    Every way to a link asks this, when the link is made and when it is used.
    """
    if not (decision := may_log_in_by_link(target)):
        return decision
    if user.pk == target.pk:
        return may_hold_account(user, target)
    is_creator = target.created_by_id == user.pk and not target.is_independent
    is_known = user.is_staff or user.is_superuser
    return allowed_if(
        user.is_active and (is_known or is_creator),
        "Only the person, staff, and the creator of an account nobody has used may log in as it.",
    )
