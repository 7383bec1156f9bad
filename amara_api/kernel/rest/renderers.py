"""Answers out: JSON, YAML and XML as `kernel.wire` writes them, and the page for browsers."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeAlias

from django.utils.functional import Promise
from django.utils.html import format_html
from rest_framework import renderers
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from amara_api.kernel import languages
from amara_api.kernel.rest.browsing import Offer, Page
from amara_api.kernel.shapes import Data
from amara_api.kernel.wire import json_, xml_, yaml_
from amara_api.kernel.wire.plain import plain

if TYPE_CHECKING:
    from rest_framework.views import APIView

Context: TypeAlias = Mapping[str, Data] | None
logger = logging.getLogger("amara_api.renderers")

# Lazy translations are the one type of Django's that reaches the wire.
plain.register(Promise, str)


class _Dumps(Protocol):
    def __call__(self, data: object, /) -> bytes: ...


class _WireRenderer(renderers.BaseRenderer):
    dumps: ClassVar[_Dumps]

    def render(
        self, data: object, accepted_media_type: str | None = None, renderer_context: Context = None
    ) -> bytes:
        """`data` as bytes. None is an answer without a body, as of a DELETE."""
        return b"" if data is None else type(self).dumps(data)


class JSONRenderer(_WireRenderer):
    media_type = "application/json"
    format = "json"
    # JSON has no charset parameter, it is UTF-8 by definition.
    charset = None
    dumps = staticmethod(json_.dumps)

    def render(
        self, data: object, accepted_media_type: str | None = None, renderer_context: Context = None
    ) -> bytes:
        if data is None:
            return b""
        # It ends its line, so that a terminal's next prompt begins one. JSON ignores that.
        indent = bool((renderer_context or {}).get("indent"))
        return json_.dumps(data, indent=indent, newline=True)


class YAMLRenderer(_WireRenderer):
    media_type = "application/yaml"
    format = "yaml"
    dumps = staticmethod(yaml_.dumps)


class XMLRenderer(_WireRenderer):
    media_type = "application/xml"
    format = "xml"
    dumps = staticmethod(xml_.dumps)


# What programs are answered in.
WIRE = (JSONRenderer, YAMLRenderer, XMLRenderer)


class BrowsableRenderer(renderers.BrowsableAPIRenderer):
    """The page a browser gets: the answer as indented JSON, and forms for what this reader may do.

    `amara_api.kernel.rest.browsing` makes the forms. The page answers whatever the view is made
    of; where a part of it fails, the reader still gets the JSON, and the log the reason.
    """

    # Beyond this a browser (and the search for links) is slow, and nobody reads on.
    longest = 200_000

    def get_default_renderer(self, view: APIView) -> JSONRenderer:
        return JSONRenderer()

    def get_content(
        self,
        renderer: renderers.BaseRenderer | None,
        data: object,
        accepted_media_type: str | None,
        renderer_context: Context,
    ) -> str:
        if data is None:
            return ""
        text = json_.dumps(data, indent=True).decode()
        more = len(text) - self.longest
        return f"{text[: self.longest]}\n… {more} more characters" if more > 0 else text

    def get_context(
        self, data: object, accepted_media_type: str | None, renderer_context: Context
    ) -> dict[str, Data]:
        told = renderer_context or {}
        view, request, response = told["view"], told["request"], told["response"]
        is_resource = hasattr(view, "policies")
        page = Page(view, request, response) if is_resource else None
        offer = page.offer() if page else Offer()
        return {
            "content": self.get_content(None, data, accepted_media_type, renderer_context),
            "view": view,
            "request": request,
            "response": response,
            "user": request.user,
            "name": self.get_name(view),
            "description": self.get_description(view, response.status_code),
            "steps": self._steps(request),
            "response_headers": dict(sorted(response.items())),
            "formats": self._formats(view, request) if response.status_code == 200 else (),
            # What is not there yet is no mistake.
            "is_bad": response.status_code >= 400
            and not (response.status_code == 404 and offer.forms),
            "pages": _pages(data),
            "sentence": page.sentence(offer) if page else "",
            "offer": offer,
            "typed": page.typed_in_vain() if page and not offer.keeps else "",
            "languages": sorted(languages.listed().items()) if offer.names_languages else (),
        }

    def _steps(self, request: Request) -> list[tuple[str, str]]:
        """The address by its parts, those of them that lead somewhere."""
        # What is between resources resolves too, to a view that answers 404.
        found = [url for name, url in self.get_breadcrumbs(request) if name != "Unknown"]
        return [(url.rstrip("/").rpartition("/")[2], url) for url in found]

    def _formats(self, view: APIView, request: Request) -> list[tuple[str, str]]:
        """The names of the other formats of a resource that can be read, and their addresses."""
        if "GET" not in view.allowed_methods or request.method != "GET":
            return []
        names = (each.format for each in view.renderer_classes if each.format != self.format)
        path = request.get_full_path()
        return [(name, replace_query_param(path, "format", name)) for name in dict.fromkeys(names)]

    def render(
        self, data: object, accepted_media_type: str | None = None, renderer_context: Context = None
    ) -> str:
        try:
            page: str = super().render(data, accepted_media_type, renderer_context)
            return page
        except Exception:
            logger.exception("the browsable page failed")
        response = (renderer_context or {}).get("response")
        if response is not None and response.status_code == 204:
            response.status_code = 200
        try:
            content = self.get_content(None, data, accepted_media_type, renderer_context)
        except TypeError:
            content = ""
        return format_html(
            "<!DOCTYPE html><html><head><title>API</title></head><body><pre>{}</pre></body></html>",
            content,
        )


def _pages(data: object) -> Mapping[str, Data]:
    """The addresses of the pages before and after, of a list that has pages."""
    meta = data.get("meta") if isinstance(data, Mapping) else None
    return meta if isinstance(meta, Mapping) else {}
