"""What one page may load beyond what `middleware.SafeHeaders` lets every page load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from django.views.generic.base import TemplateResponseMixin

from amara_api.kernel.middleware import SafeHeaders
from amara_api.kernel.shapes import Data

if TYPE_CHECKING:
    from django.http import HttpResponse

HEADER = "Content-Security-Policy"
NONE = "'none'"


def allow(response: HttpResponse, sources: Mapping[str, Sequence[str]]) -> None:
    """Adds sources to directives: ``{"frame-src": ["https://player.vimeo.com"]}``. They must not
    come from people: a blank or a semicolon in one would add more than that one."""
    policy = response.headers.get(HEADER, SafeHeaders.POLICY)
    parts = (part.split() for part in policy.split(";"))
    directives = {words[0]: words[1:] for words in parts if words}
    for directive, added in sources.items():
        known = [each for each in directives.get(directive, []) if each != NONE]
        directives[directive] = [*known, *(each for each in added if each not in known)]
    response.headers[HEADER] = "; ".join(
        " ".join((name, *listed)) for name, listed in directives.items()
    )


class Needing(Protocol):
    @property
    def needs(self) -> Mapping[str, Sequence[str]]: ...


class PlayerPolicy(TemplateResponseMixin):
    """For a view whose context has a ``player``: its page may load what that needs, no more."""

    def render_to_response(self, context: dict[str, Data], **options: Data) -> HttpResponse:
        response = super().render_to_response(context, **options)
        player: Needing | None = context.get("player")
        if player is not None:
            allow(response, player.needs)
        return response
