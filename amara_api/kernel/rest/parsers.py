"""Bodies in: what `kernel.wire` and `kernel.intake.forms` make of them, as DRF parsers.

Whatever is wrong with a body is a `ParseError` (400), `BodyTooLarge` (413) or
`UnsupportedMediaType` (415), so that the client is answered in its own format. An empty body is
``{}``. The top level may be of any type; whether it has to be a mapping is for the view to say.
"""

from collections.abc import Mapping
from typing import ClassVar, Protocol

from django.utils.http import parse_header_parameters
from rest_framework import parsers
from rest_framework.exceptions import ParseError

from amara_api.kernel.intake import forms
from amara_api.kernel.intake.body import CappedStream, Readable, check_headers, read_body
from amara_api.kernel.rest.renderers import JSONRenderer
from amara_api.kernel.shapes import Data
from amara_api.kernel.wire import json_, xml_, yaml_
from amara_api.kernel.wire.errors import WireError

Context = Mapping[str, Data] | None


def _meta(context: Context) -> Mapping[str, Data]:
    request = context.get("request") if context else None
    meta: Mapping[str, Data] = getattr(request, "META", {})
    return meta


def _parameters(media_type: str | None) -> dict[str, str]:
    """What a Content-Type says beside the type, from the header itself: Django drops charsets it
    does not know and would take `utf-7`."""
    try:
        return parse_header_parameters(media_type or "")[1]
    except (ValueError, LookupError):
        raise ParseError("The Content-Type header is malformed.") from None


def _charset(media_type: str | None) -> str | None:
    return _parameters(media_type).get("charset") or None


class _Loads(Protocol):
    def __call__(self, data: bytes, *, charset: str | None) -> object: ...


# None of these derive from DRF's own JSON and form parsers: for those, DRF reads the whole body
# through `request.body`, past the cap and the checks here.
class _WireParser(parsers.BaseParser):
    loads: ClassVar[_Loads]

    def parse(
        self, stream: Readable, media_type: str | None = None, parser_context: Context = None
    ) -> Data:
        data = read_body(stream, _meta(parser_context))
        if not data.strip():
            return {}
        try:
            return type(self).loads(data, charset=_charset(media_type))
        except WireError as error:
            raise ParseError(str(error)) from None


class JSONParser(_WireParser):
    media_type = "application/json"
    # What the browsable page fills the form of a body with.
    renderer_class = JSONRenderer
    loads = staticmethod(json_.loads)


class XMLParser(_WireParser):
    media_type = "application/xml"
    loads = staticmethod(xml_.loads)


class TextXMLParser(XMLParser):
    media_type = "text/xml"


class YAMLParser(_WireParser):
    media_type = "application/yaml"
    loads = staticmethod(yaml_.loads)


class XYAMLParser(YAMLParser):
    media_type = "application/x-yaml"


class TextYAMLParser(YAMLParser):
    media_type = "text/yaml"


# `amara_api.kernel.intake.forms` reads both; here is what the headers say.
class FormParser(parsers.BaseParser):
    """``application/x-www-form-urlencoded``: a Form, where the last of a name counts."""

    media_type = "application/x-www-form-urlencoded"

    def parse(
        self, stream: Readable, media_type: str | None = None, parser_context: Context = None
    ) -> forms.Form:
        capped = CappedStream(stream, check_headers(_meta(parser_context)))
        return forms.urlencoded(capped, _charset(media_type))


class MultiPartParser(parsers.BaseParser):
    """``multipart/form-data``: the same, and files."""

    media_type = "multipart/form-data"

    def parse(
        self, stream: Readable, media_type: str | None = None, parser_context: Context = None
    ) -> "parsers.DataAndFiles[forms.Form, forms.Files]":
        parameters = _parameters(media_type)
        capped = CappedStream(stream, check_headers(_meta(parser_context)))
        charset = parameters.get("charset") or None
        return parsers.DataAndFiles(*forms.multipart(capped, parameters.get("boundary"), charset))
