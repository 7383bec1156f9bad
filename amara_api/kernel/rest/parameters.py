"""Parameters of an address."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.request import Request


def parameter(request: HttpRequest | Request, name: str) -> str | None:
    """What ``request.GET.get(name)`` is, for a name in ASCII.

    Few addresses have the parameters that every request is asked for, and to take an address apart
    takes longer than to see that a name is not in it.
    """
    query = request.META.get("QUERY_STRING", "")
    if name not in query and "%" not in query:
        return None
    return request.GET.get(name)
