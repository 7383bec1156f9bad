"""OPTIONS: what a route is, reads and writes. It looks at no data, so it hides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.metadata import SimpleMetadata
from rest_framework.request import Request
from rest_framework.utils.field_mapping import ClassLookupDict

from amara_api.kernel.rest import fields
from amara_api.kernel.shapes import Data

if TYPE_CHECKING:
    from rest_framework.fields import Field
    from rest_framework.views import APIView

_KINDS: dict[type[Field[Data, Data, Data, Data]], str] = {
    fields.LabelField: "choice",
    fields.TextsField: "nested object",
}


class StaticMetadata(SimpleMetadata):
    """``name``, ``description``, ``renders``, ``parses``, and for accounts ``actions``: the input
    fields of POST and PUT."""

    label_lookup = ClassLookupDict({**SimpleMetadata.label_lookup.mapping, **_KINDS})  # type: ignore[dict-item]

    def determine_actions(self, request: Request, view: APIView) -> dict[str, Data]:
        if not request.user.is_authenticated:
            return {}
        inputs = getattr(view, "inputs", {})
        methods = {"POST": "create", "PUT": "update"}
        allowed = set(view.allowed_methods)
        return {
            method: self.get_serializer_info(inputs[action](context={"request": request}))
            for method, action in methods.items()
            if method in allowed and action in inputs
        }
