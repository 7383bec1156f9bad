"""Parameters of an address."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.request import Request


def parameter(request: HttpRequest | Request, name: str) -> str | None:
    """What ``request.GET.get(name)`` is, for a name in ASCII.

    Few addresses have the parameters that every request is asked for, and to take an address apart
    takes longer than to look for a name in it.
    """
    query = request.META.get("QUERY_STRING", "")
    if "%" in query or "+" in query or not query.isascii():
        return request.GET.get(name)
    found = None
    if name in query:
        for part in query.split("&"):
            key, _, value = part.partition("=")
            if key == name:
                found = value
    return found
