"""Choosing how to read a body and how to write an answer.

``?format=`` beats ``Accept``; weights count, so a browser's header means HTML and no header or
``*/*`` means JSON. A body without any ``Content-Type`` is JSON: PHP clients send none.
"""

from collections.abc import Iterable

from django.http import Http404
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class Negotiation(DefaultContentNegotiation):
    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        if not (request.content_type or "").strip():
            return next(iter(parsers))
        return super().select_parser(request, parsers)

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        offered = list(renderers)
        wanted = request.query_params.get("format") or format_suffix
        if wanted is not None:
            for renderer in offered:
                if renderer.format == wanted:
                    return renderer, renderer.media_type
            return self.unknown_format(offered)
        by_type: dict[str, BaseRenderer] = {}
        for renderer in offered:
            by_type.setdefault(renderer.media_type, renderer)
        accepted = request._request.get_preferred_type(list(by_type))
        if accepted is None:
            raise NotAcceptable(available_renderers=offered)
        return by_type[accepted], accepted

    def unknown_format(self, offered: list[BaseRenderer]) -> tuple[BaseRenderer, str]:
        raise Http404


class LenientNegotiation(Negotiation):
    """Where an unknown ``?format=`` falls back to the first renderer instead of 404."""

    def unknown_format(self, offered: list[BaseRenderer]) -> tuple[BaseRenderer, str]:
        return offered[0], offered[0].media_type
