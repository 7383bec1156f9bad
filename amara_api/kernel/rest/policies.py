"""Declared access. A view's ``policies`` names a `Policy` per action; none means no access.

The order is the same everywhere: who are you (401), does it exist for you (404), may you (403).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from amara_api.kernel.decisions import ALLOWED, Decision
from amara_api.kernel.shapes import Data

if TYPE_CHECKING:
    from rest_framework.views import APIView

    from teams.policies.roles import Caller
    from users.models import User

    # The target is what the view's ``load`` returned: each rule knows the type of its own.
    May = Callable[[Caller, Data], Decision]
    MayAccount = Callable[[User, Data], Decision]


def always(user: object, target: object) -> Decision:
    return ALLOWED


def in_the_service(user: object, target: object) -> Decision:
    """For what depends on the body too: the service asks the rule, and refuses."""
    return ALLOWED


@dataclass(frozen=True)
class Policy:
    """``login``: an account is needed at all. ``may``: the rule for what was loaded."""

    login: bool
    may: May = always


PUBLIC = Policy(login=False)
ACCOUNT = Policy(login=True)


ASKED_IN_THE_SERVICE = Policy(login=True, may=in_the_service)


def account_that(may: MayAccount) -> Policy:
    # Nobody else gets as far as the rule.
    return Policy(login=True, may=cast("May", may))


class DeclaredPolicy(BasePermission):
    """Refuses whatever has no declared policy, and anonymous callers where an account is needed."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        action = getattr(view, "action", None)
        if action is None or request.method == "OPTIONS":
            # No such method here (405 follows), or a description that names no data.
            return True
        policy: Policy | None = getattr(view, "policies", {}).get(action)
        if policy is None:
            return False
        return not policy.login or request.user.is_authenticated
