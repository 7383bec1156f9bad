"""Bodies in: what `amara_api.wire` and Django's form readers make of them, as DRF parsers.

Whatever is wrong with a body is a `ParseError` (400), `BodyTooLarge` (413) or
`UnsupportedMediaType` (415), so that the client is answered in its own format. An empty body is
``{}``. The top level may be of any type; whether it has to be a mapping is for the view to say.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import QueryDict
from django.utils.http import parse_header_parameters
from rest_framework import parsers
from rest_framework.exceptions import ParseError

from amara_api.rest.body import BodyTooLarge, CappedStream, Readable, check_headers, read_body
from amara_api.rest.renderers import JSONRenderer
from amara_api.wire import json_, limits, xml_, yaml_
from amara_api.wire.charset import codec
from amara_api.wire.errors import WireError

Context = Mapping[str, Any] | None


def _meta(context: Context) -> Mapping[str, Any]:
    request = context.get("request") if context else None
    meta: Mapping[str, Any] = getattr(request, "META", {})
    return meta


def _charset(media_type: str | None) -> str | None:
    """The charset of a Content-Type, from the header itself: Django drops those it does not know
    and would take `utf-7`."""
    try:
        return parse_header_parameters(media_type or "")[1].get("charset")
    except (ValueError, LookupError):
        raise ParseError("The Content-Type header is malformed.") from None


# None of these derive from DRF's own JSON and form parsers: for those, DRF reads the whole body
# through `request.body`, past the cap and the checks here.
class _WireParser(parsers.BaseParser):
    loads: ClassVar[Callable[..., object]]

    def parse(
        self, stream: Readable, media_type: str | None = None, parser_context: Context = None
    ) -> Any:
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


class FormParser(parsers.BaseParser):
    """``application/x-www-form-urlencoded``: a QueryDict, where the last of a name counts."""

    media_type = "application/x-www-form-urlencoded"

    def parse(
        self, stream: Readable, media_type: str | None = None, parser_context: Context = None
    ) -> QueryDict:
        encoding = _form_encoding("Form", media_type)
        data = read_body(stream, _meta(parser_context))
        try:
            form = QueryDict(data, encoding=encoding)
        except SuspiciousOperation:
            raise ParseError("Form parse error - too many fields") from None
        _check_texts("Form", form.lists())
        return form


class MultiPartParser(parsers.MultiPartParser):
    """``multipart/form-data``: the same, and files."""

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Any = None
    ) -> "parsers.DataAndFiles[Any, Any]":
        encoding = _form_encoding("Multipart form", media_type)
        capped: Any = CappedStream(stream, check_headers(_meta(parser_context)))
        context = {**(parser_context or {}), "encoding": encoding}
        try:
            parsed = super().parse(capped, media_type, context)
        except RequestDataTooBig:
            raise BodyTooLarge from None
        except SuspiciousOperation:
            raise ParseError("Multipart form parse error - too many fields or files") from None
        except ParseError:
            # Django's sentence repeats the boundary, which is as long as the sender likes.
            raise ParseError(
                "Multipart form parse error - the parts cannot be told apart"
            ) from None
        _check_texts("Multipart form", parsed.data.lists())
        _check_texts("Multipart form", ((name, ()) for name in parsed.files))
        return parsed


def _form_encoding(kind: str, media_type: str | None) -> str:
    try:
        encoding = codec(_charset(media_type) or "utf-8", kind)
        if encoding.startswith("utf-16"):
            raise WireError(kind, "a form cannot be in utf-16, use utf-8")
    except WireError as error:
        raise ParseError(str(error)) from None
    return encoding


def _check_texts(kind: str, fields: Iterable[tuple[str, Iterable[Any]]]) -> None:
    for name, values in fields:
        for text in (name, *values):
            if problem := limits.text_problem(str(text)):
                raise ParseError(f"{kind} parse error - {problem}")
