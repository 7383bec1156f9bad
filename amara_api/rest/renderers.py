"""Answers out: JSON, YAML and XML as `amara_api.wire` writes them, and the page for browsers."""

import logging
from collections.abc import Callable
from typing import Any, ClassVar, Literal

from django import forms
from django.utils.functional import Promise
from django.utils.html import format_html
from rest_framework import renderers
from rest_framework.request import Request, override_method

from amara_api.wire import json_, xml_, yaml_
from amara_api.wire.plain import plain

logger = logging.getLogger("amara_api.renderers")

# Lazy translations are the one type of Django's that reaches the wire.
plain.register(Promise, str)


class _WireRenderer(renderers.BaseRenderer):
    dumps: ClassVar[Callable[..., bytes]]

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
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
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        if data is None:
            return b""
        return json_.dumps(data, indent=bool((renderer_context or {}).get("indent")))


class YAMLRenderer(_WireRenderer):
    media_type = "application/yaml"
    format = "yaml"
    dumps = staticmethod(yaml_.dumps)


class XMLRenderer(_WireRenderer):
    media_type = "application/xml"
    format = "xml"
    dumps = staticmethod(xml_.dumps)


class BrowsableRenderer(renderers.BrowsableAPIRenderer):
    """The page a browser gets: the answer as indented JSON, and a form to send a raw body.

    It has no form with a widget per field: their `<select>`s list whole tables, with rows the
    reader may not see. It answers whatever the view is made of; where a part of the page fails,
    the reader still gets the JSON, and the log the reason.
    """

    # Beyond this a browser (and the search for links) is slow, and nobody reads on.
    longest = 200_000

    def get_default_renderer(self, view: Any) -> JSONRenderer:
        return JSONRenderer()

    def get_content(
        self, renderer: Any, data: Any, accepted_media_type: Any, renderer_context: Any
    ) -> str:
        if data is None:
            return ""
        text = json_.dumps(data, indent=True).decode()
        more = len(text) - self.longest
        return f"{text[: self.longest]}\n… {more} more characters" if more > 0 else text

    def show_form_for_method(self, view: Any, method: str, request: Request, obj: Any) -> bool:
        try:
            return bool(super().show_form_for_method(view, method, request, obj))
        except Exception:
            # A permission check may not expect to be asked about a method that was not called.
            return False

    def get_rendered_html_form(
        self, data: Any, view: Any, method: str, request: Request
    ) -> Literal[True] | None:
        if method not in ("DELETE", "OPTIONS"):
            return None
        with override_method(view, request, method) as overridden:
            # True asks the page for a button and not for a form.
            return True if self.show_form_for_method(view, method, overridden, None) else None

    def get_filter_form(self, data: Any, view: Any, request: Request) -> None:
        return None

    def get_raw_data_form(
        self, data: Any, view: Any, method: str, request: Request
    ) -> forms.Form | None:
        with override_method(view, request, method) as overridden:
            if not self.show_form_for_method(view, method, overridden, None):
                return None
            content = self._template_for_body(view)
        return _RawDataForm(view, content)

    def _template_for_body(self, view: Any) -> str:
        """The fields a body may have, empty; nothing where the view has no serializer."""
        try:
            serializer = view.get_serializer()
            serializer = getattr(serializer, "child", serializer)
            return json_.dumps(serializer.get_initial(), indent=True).decode()
        except Exception:
            return ""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
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


class _RawDataForm(forms.Form):
    # The attributes tell the page's script to send the content as a body of that type.
    _content_type = forms.ChoiceField(
        label="Media type", widget=forms.Select(attrs={"data-override": "content-type"})
    )
    _content = forms.CharField(
        label="Content", widget=forms.Textarea(attrs={"data-override": "content"}), required=False
    )

    def __init__(self, view: Any, content: str) -> None:
        super().__init__(initial={"_content": content})
        types = self.fields["_content_type"]
        assert isinstance(types, forms.ChoiceField)
        types.choices = [(parser.media_type, parser.media_type) for parser in view.parser_classes]
