"""Which dated form of the API a request speaks.

The header ``X-API-FUTURE: YYYYMMDD`` or the parameter ``api-future=YYYYMMDD`` names a date (the
header wins; anything but eight digits is ignored) and gets the newest dialect not later than it.
Without one: the setting of its prefix, ``AMARA_PARTNERS_DATE`` or ``AMARA_API_DATE``. Never the
clock.
"""

import re
from collections.abc import Mapping

from django.conf import settings
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.versioning import BaseVersioning

from amara_api.kernel.rest.parameters import parameter
from amara_api.kernel.shapes import Data
from amara_api.kernel.versions import CURRENT, LADDER

_DATE = re.compile(r"[0-9]{8}")


class DatedVersioning(BaseVersioning):
    def determine_version(  # type: ignore[override]
        self, request: Request, *args: object, **kwargs: object
    ) -> int:
        header, asked = request.META.get("HTTP_X_API_FUTURE"), parameter(request, "api-future")
        for named in filter(None, (header, asked)):
            if _DATE.fullmatch(named):
                return LADDER.newest_not_later_than(int(named))
        match = getattr(request, "resolver_match", None)
        if match and "partners" in match.namespaces:
            return LADDER.chosen(settings.AMARA_PARTNERS_DATE)
        return LADDER.chosen(settings.AMARA_API_DATE)


def dialect_of(request: Request) -> int:
    """The dialect that `DatedVersioning` chose, or will choose: headers are made before."""
    version: int | None = getattr(request, "version", None)
    return version or DatedVersioning().determine_version(request)


def has_ended(entry: str, request: Request) -> bool:
    """Whether what the ladder calls ``entry`` is gone in the request's dialect."""
    return LADDER.edge(entry, dialect_of(request)).gone


def older_errors(resource: str, body: Data, request: Request) -> Data:
    """Errors by field, by the names and in the words that the request's dialect has for them."""
    edge = LADDER.edge(resource, dialect_of(request))
    if not (edge.error_keys or edge.error_texts) or not isinstance(body, Mapping):
        return body
    older = {}
    for key, said in body.items():
        name = edge.error_keys.get(key, key)
        if (texts := edge.error_texts.get(key)) and isinstance(said, list):
            said = [_reworded(text, texts, request, (key, name)) for text in said]
        older[name] = said
    return older


_LONGEST = 150


def _reworded(
    text: object, texts: Mapping[str, str], request: Request, names: tuple[str, str]
) -> str:
    """A message as an older form had it, which may repeat what was sent under either name."""
    data: Mapping[str, Data] = request.data if isinstance(request.data, Mapping) else {}
    sent = [data[name] for name in names if name in data]
    told = str(sent[0]).strip()[:_LONGEST] if sent else ""
    template = texts.get(str(text))
    return str(text) if template is None else template.format(sent=told)


def mark_deprecated(response: HttpResponse, resources: tuple[str, ...], dialect: int) -> None:
    """An answer in a dialect older than the current one says when its next change came."""
    if dialect >= CURRENT:
        return
    dates = [LADDER.edge(resource, dialect).next_change for resource in resources]
    if upcoming := [date for date in dates if date]:
        response["X-API-DEPRECATED"] = str(min(upcoming))
