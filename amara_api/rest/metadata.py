"""OPTIONS: what a route is, reads and writes. It looks at no data, so it hides nothing."""

from typing import Any

from rest_framework.metadata import SimpleMetadata
from rest_framework.request import Request


class StaticMetadata(SimpleMetadata):
    """``name``, ``description``, ``renders``, ``parses``, and for accounts ``actions``: the input
    fields of POST and PUT."""

    def determine_actions(self, request: Request, view: Any) -> dict[str, Any]:
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
