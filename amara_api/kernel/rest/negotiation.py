"""Choosing how to read a body and how to write an answer.

``?format=`` beats ``Accept``; weights count, so a browser's header means HTML and no header or
``*/*`` means JSON. A body without any ``Content-Type`` is JSON: PHP clients send none.
"""

from collections.abc import Iterable

from django.http import Http404
from django.http.request import MediaType
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from amara_api.kernel.rest.parameters import parameter


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
        wanted = parameter(request, "format") or format_suffix
        if wanted is not None:
            for renderer in offered:
                if renderer.format == wanted:
                    return renderer, renderer.media_type
            return self.unknown_format(offered)
        if request.META.get("HTTP_ACCEPT", "*/*") == "*/*":
            # What programs send, or nothing; it need not be taken apart.
            return offered[0], offered[0].media_type
        by_type: dict[str, BaseRenderer] = {}
        for renderer in offered:
            by_type.setdefault(renderer.media_type, renderer)
        accepted = _preferred(request.META.get("HTTP_ACCEPT", ""), list(by_type))
        if accepted is None:
            raise NotAcceptable(available_renderers=offered)
        return by_type[accepted], accepted

    def unknown_format(self, offered: list[BaseRenderer]) -> tuple[BaseRenderer, str]:
        raise Http404


class LenientNegotiation(Negotiation):
    """Where an unknown ``?format=`` falls back to the first renderer instead of 404."""

    def unknown_format(self, offered: list[BaseRenderer]) -> tuple[BaseRenderer, str]:
        return offered[0], offered[0].media_type


def _preferred(header: str, offered: list[str]) -> str | None:
    """The offered type that an ``Accept`` header likes best; of equals the one it names first.

    Parameters such as charset say nothing about which type is meant: many programs ask for
    ``application/json; charset=utf-8``. An empty header is none.
    """
    ranges = [MediaType(text) for text in header.split(",") if text.strip()] or [MediaType("*/*")]
    ranked = []
    for media_type in offered:
        main, _, sub = media_type.partition("/")
        fits = [
            ((r.main_type, r.sub_type) == (main, sub), r.main_type == main, -position, r.quality)
            for position, r in enumerate(ranges)
            if (r.main_type, r.sub_type) in ((main, sub), (main, "*"), ("*", "*"))
        ]
        if fits:
            # The narrowest range decides how much a type is liked.
            _, _, order, quality = max(fits)
            ranked.append((quality, order, media_type))
    quality, _, best = max(ranked, key=lambda entry: entry[:2], default=(0, 0, ""))
    return best if quality > 0 else None
