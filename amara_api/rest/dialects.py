"""Which dated form of the API a request speaks.

The header ``X-API-FUTURE: YYYYMMDD`` or the parameter ``api-future=YYYYMMDD`` names a date (the
header wins; anything but eight digits is ignored) and gets the newest dialect not later than it.
Without one: the prefix's dialect, else the setting ``AMARA_API_DATE``. Never the clock.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.versioning import BaseVersioning

from amara_api.versions import CURRENT, LADDER, PARTNERS

_DATE = re.compile(r"[0-9]{8}")


class DatedVersioning(BaseVersioning):
    def determine_version(  # type: ignore[override]
        self, request: Request, *args: object, **kwargs: object
    ) -> int:
        header, parameter = request.META.get("HTTP_X_API_FUTURE"), request.GET.get("api-future")
        for named in filter(None, (header, parameter)):
            if _DATE.fullmatch(named):
                return LADDER.newest_not_later_than(int(named))
        match = getattr(request, "resolver_match", None)
        if match and "partners" in match.namespaces:
            return PARTNERS
        return LADDER.newest_not_later_than(settings.AMARA_API_DATE)


def dialect_of(request: Request) -> int:
    """The dialect that `DatedVersioning` chose, or will choose: headers are made before."""
    version: Any = getattr(request, "version", None)
    return version or DatedVersioning().determine_version(request)


def has_ended(entry: str, request: Request) -> bool:
    """Whether what the ladder calls ``entry`` is gone in the request's dialect."""
    return LADDER.edge(entry, dialect_of(request)).gone


def older_keys(resource: str, body: Any, request: Request) -> Any:
    """Errors by field, by the names that the request's dialect has for the fields."""
    names = LADDER.edge(resource, dialect_of(request)).error_keys
    if not names or not isinstance(body, Mapping):
        return body
    return {names.get(key, key): value for key, value in body.items()}


def mark_deprecated(response: Response, resources: tuple[str, ...], dialect: int) -> None:
    """An answer in a dialect older than the current one says when its next change came."""
    if dialect >= CURRENT:
        return
    dates = [LADDER.edge(resource, dialect).next_change for resource in resources]
    if upcoming := [date for date in dates if date]:
        response["X-API-DEPRECATED"] = str(min(upcoming))
