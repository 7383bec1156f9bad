"""What the OpenAPI description cannot read off the code."""

import copy
import re
from pathlib import Path

from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction
from rest_framework.request import Request
from rest_framework.views import APIView

from amara_api.common_answers import (
    COMMON,
    HEADERS,
    LIMIT_HEADERS,
    SCHEMAS,
    header,
    reference,
    response_of,
    statuses_of,
)
from amara_api.kernel.rest.fields import METADATA_KEYS
from amara_api.kernel.rest.renderers import BrowsableRenderer, JSONRenderer
from amara_api.kernel.rest.repeats import REPLAYED
from amara_api.kernel.shapes import Data
from amara_api.kernel.wire import json_

# Its path, the path's regex, the method and the view.
Endpoint = tuple[str, str, str, object]


class Generator(SchemaGenerator):
    """Describes the current dialect: dates are named in a header, not in routes."""

    def create_view(self, callback: object, method: str, request: Request | None = None) -> APIView:
        view = super().create_view(callback, method, request)
        view.versioning_class = None
        return view


class PolicySchema(AutoSchema):
    """Reads from the view's declarations who may call an operation and how it can fail."""

    def get_summary(self) -> str | None:
        """The first sentence of what an operation does."""
        said = self.get_description()
        return _SENTENCE.split(said, maxsplit=1)[0].rstrip(".") if said else None

    def get_auth(self) -> list[dict[str, Data]]:
        # A session is told of in words: nobody enters it anywhere.
        schemes = [each for each in super().get_auth() if KeyScheme.name in each]
        policy = getattr(self.view, "policies", {}).get(self.view.action)
        return schemes if policy is None or policy.login else [*schemes, {}]

    def map_renderers(self, attribute: str) -> list[str]:
        """Those that can say anything: what downloads alone have, they declare."""
        renderers = self.view.get_renderers()
        if attribute == "media_type" or self.method != "GET":
            renderers = [each for each in renderers if getattr(each, "renders_errors", True)]
        chosen = [each for each in renderers if not isinstance(each, BrowsableRenderer)]
        return list(dict.fromkeys(getattr(each, attribute) for each in chosen))

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Data]:
        bodies = super()._get_response_bodies(direction)
        policy = getattr(self.view, "policies", {}).get(self.view.action)
        if policy is None:
            return bodies
        for status, body in bodies.items():
            if status.startswith("2"):
                body["headers"] = {name: header(name) for name in self._headers(status)}
        is_resource = getattr(self.view, "has_validators", False)
        for status in statuses_of(self.method, is_resource=is_resource):
            own = bodies.get(status, {}).get("description")
            bodies[status] = reference(status, own)
        return dict(sorted(bodies.items()))

    def _headers(self, status: str) -> list[str]:
        validated = ["ETag"] if self.method == "GET" and status == "200" else []
        told_again = [REPLAYED] if self.method == "POST" else []
        return [*validated, *told_again, *LIMIT_HEADERS]


_SENTENCE = re.compile(r"(?<=\.)\s")


class KeyScheme(OpenApiAuthenticationExtension):
    """The API key header."""

    target_class = "users.api.authentication.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "X-api-key",
            "description": (
                "The key of an account: make one on the page Account, API keys. `X-apikey` is its "
                "older name. Without a key, what you try here is asked as whoever is logged in."
            ),
        }


class MetadataShape(OpenApiSerializerFieldExtension):
    target_class = "amara_api.kernel.rest.fields.MetadataField"

    def map_serializer_field(
        self, auto_schema: AutoSchema, direction: Direction
    ) -> dict[str, Data]:
        text = {"type": "string", "maxLength": self.target.MAX_LENGTH}
        return {
            "type": "object",
            "properties": dict.fromkeys(METADATA_KEYS, text),
            "additionalProperties": False,
        }


class TextsShape(OpenApiSerializerFieldExtension):
    target_class = "amara_api.kernel.rest.fields.TextsField"

    def map_serializer_field(
        self, auto_schema: AutoSchema, direction: Direction
    ) -> dict[str, Data]:
        return {"type": "object", "additionalProperties": {"type": "string"}}


class LabelShape(OpenApiSerializerFieldExtension):
    target_class = "amara_api.kernel.rest.fields.LabelField"
    match_subclasses = True

    def map_serializer_field(
        self, auto_schema: AutoSchema, direction: Direction
    ) -> dict[str, Data]:
        return {"type": "string", "enum": list(self.target.by_label)}


_CUES = [{"type": "string"}, {"type": "array", "items": {"type": "object"}}]


class CuesShape(OpenApiSerializerFieldExtension):
    target_class = "subtitles.api.subtitles.CuesField"

    def map_serializer_field(
        self, auto_schema: AutoSchema, direction: Direction
    ) -> dict[str, Data]:
        return {"oneOf": copy.deepcopy(_CUES)}


def only_api(endpoints: list[Endpoint]) -> list[Endpoint]:
    """Leave out the older prefix, which is the same API in its oldest dialect."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/")]


# --- what is made of the whole -------------------------------------------------------------------


def complete(
    result: dict[str, Data], generator: object, request: object, public: bool
) -> dict[str, Data]:
    """The common answers once, as components; methods that an address alone lacks; files in forms;
    the examples of the pages; XML's names."""
    components = result["components"]
    components["securitySchemes"] = {
        KeyScheme.name: components["securitySchemes"][KeyScheme.name],
    }
    components["headers"] = HEADERS
    components["schemas"] |= copy.deepcopy(SCHEMAS)
    components["responses"] = {each.name: response_of(each) for each in COMMON.values()}
    _lacking(result["paths"])
    _take_files(result["paths"], components["schemas"])
    _show_examples(result["paths"])
    _name_in_xml(result)
    return result


def _lacking(paths: dict[str, dict[str, Data]]) -> None:
    """`/users/{identifier}/` may be changed, and `/users/me/`, which looks like one, may not."""
    for path, item in paths.items():
        if "{" not in path:
            continue
        alike = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)))
        covered = [paths[other] for other in paths if other != path and alike.fullmatch(other)]
        for method, operation in item.items():
            if any(method not in other for other in covered):
                responses = {**operation["responses"], "405": reference("405")}
                operation["responses"] = dict(sorted(responses.items()))


_PARTS = "multipart/form-data"


def _take_files(paths: dict[str, dict[str, Data]], schemas: dict[str, Data]) -> None:
    """In a form of parts, subtitles are a file, which one chooses."""
    for item in paths.values():
        for operation in item.values():
            parts = operation.get("requestBody", {}).get("content", {}).get(_PARTS)
            name = parts["schema"].get("$ref", "").rpartition("/")[2] if parts else ""
            if name not in schemas:
                continue
            shape = copy.deepcopy(schemas[name])
            cues = [each for each in shape["properties"].values() if each.get("oneOf") == _CUES]
            for each in cues:
                del each["oneOf"]
                each |= {"type": "string", "format": "binary"}
            if cues:
                schemas[f"{name}Form"] = shape
                parts["schema"] = {"$ref": f"#/components/schemas/{name}Form"}


_EXAMPLES = Path(__file__).with_name("examples.json")


def _show_examples(paths: dict[str, dict[str, Data]]) -> None:
    """What docs/api prints: `make golden` writes the file of it."""
    for name, shown in json_.loads(_EXAMPLES.read_bytes()).items():
        method, _, path = name.partition(" ")
        operation = paths.get(path, {}).get(method.lower())
        if operation is None:
            continue
        content = operation.get("requestBody", {}).get("content", {})
        body = shown.get("request")
        for media_type in _EXEMPLARY if body is not None else ():
            # A form of parts has a file in it, if it is for one.
            if media_type in content:
                content[media_type]["example"] = body
        for status, answer in shown["answers"].items():
            said = operation["responses"].get(status, {}).get("content", {})
            if JSONRenderer.media_type in said:
                said[JSONRenderer.media_type]["example"] = answer


_EXEMPLARY = ("application/json", "application/x-www-form-urlencoded")


def _name_in_xml(part: Data) -> None:
    """Lists are runs of `list-item`, and the root is `root`, as `kernel.wire.xml_` has them."""
    if isinstance(part, list):
        for item in part:
            _name_in_xml(item)
    if not isinstance(part, dict):
        return
    for name, value in part.items():
        if name in ("application/xml", "text/xml") and isinstance(value, dict):
            value["schema"] = {**value["schema"], "xml": {"name": "root"}}
        _name_in_xml(value)
    if part.get("type") == "array" and isinstance(part.get("items"), dict):
        part["xml"] = {**part.get("xml", {}), "wrapped": True}
        part["items"] = {**part["items"], "xml": {"name": "list-item"}}
