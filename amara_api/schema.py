"""What the OpenAPI description cannot read off the code."""

from typing import Any

from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema

from amara_api.rest.fields import METADATA_KEYS
from amara_api.rest.policies import always


class Generator(SchemaGenerator):
    """Describes the current dialect: dates are named in a header, not in routes."""

    def create_view(self, callback: Any, method: str, request: Any = None) -> Any:
        view = super().create_view(callback, method, request)
        view.versioning_class = None
        return view


class PolicySchema(AutoSchema):
    """Reads from the view's declarations who may call an operation and how it can fail."""

    def get_auth(self) -> list[dict[str, Any]]:
        schemes = super().get_auth()
        policy = getattr(self.view, "policies", {}).get(self.view.action)
        return schemes if policy is None or policy.login else [*schemes, {}]

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        policy = getattr(self.view, "policies", {}).get(self.view.action)
        if policy is None:
            return bodies
        failures = {"401": "A key that opens no account, or none where one is needed."}
        if self.method in ("POST", "PUT", "PATCH") and self.get_request_serializer() is not None:
            failures["400"] = "Messages by field, or under `general_errors`. Nothing was changed."
            failures["413"] = "The body is too large."
        if policy.may is not always:
            failures["403"] = "You can see this, but may not do that to it."
        if "{" in self.path:
            failures["404"] = "Unknown, or hidden from you."
        for status, description in failures.items():
            bodies.setdefault(status, {"description": description})
        return bodies


class KeyScheme(OpenApiAuthenticationExtension):
    """The API key header."""

    target_class = "users.api.authentication.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "X-api-key",
            "description": "The key of an account. `X-apikey` is its older name.",
        }


class MetadataShape(OpenApiSerializerFieldExtension):
    target_class = "amara_api.rest.fields.MetadataField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        text = {"type": "string", "maxLength": self.target.MAX_LENGTH}
        return {
            "type": "object",
            "properties": dict.fromkeys(METADATA_KEYS, text),
            "additionalProperties": False,
        }


class TextsShape(OpenApiSerializerFieldExtension):
    target_class = "amara_api.rest.fields.TextsField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": {"type": "string"}}


class LabelShape(OpenApiSerializerFieldExtension):
    target_class = "amara_api.rest.fields.LabelField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.target.by_label)}


class CuesShape(OpenApiSerializerFieldExtension):
    target_class = "subtitles.api.subtitles.CuesField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        return {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "object"}}]}


def only_api(endpoints: list[tuple[str, str, str, Any]]) -> list[tuple[str, str, str, Any]]:
    """Leave out the older prefix, which is the same API in its oldest dialect."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/")]
