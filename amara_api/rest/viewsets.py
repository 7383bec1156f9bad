"""The base of every resource: load what the address names, check the policy, act."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from rest_framework.exceptions import (
    MethodNotAllowed,
    ParseError,
    PermissionDenied,
    ValidationError,
)
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from amara_api.errors import InvalidInput, NotThere
from amara_api.rest.dialects import dialect_of, has_ended, mark_deprecated, older_keys
from amara_api.rest.policies import Policy
from amara_api.rest.serializers import InputSerializer


class ResourceViewSet(GenericViewSet[Any]):
    """A view translates: parse, one call to a service or query, answer.

    ``policies`` declares who may do each action. ``inputs`` names what each writing action reads.
    ``resources`` are the ladder's names of what the answers contain. ``ended`` names, for actions
    that only older dialects have, the ladder's entry that says until when.
    """

    policies: ClassVar[Mapping[str, Policy]] = {}
    inputs: ClassVar[Mapping[str, type[InputSerializer]]] = {}
    resources: ClassVar[tuple[str, ...]] = ()
    ended: ClassVar[Mapping[str, str]] = {}
    target: Any = None

    def load(self, **address: Any) -> Any:
        """What the address names, as this caller may see it; raises `NotThere` otherwise."""
        return None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.action is None or request.method == "OPTIONS":
            return
        if "%00" in request.META.get("QUERY_STRING", ""):
            # PostgreSQL would refuse it wherever a parameter reaches a query.
            raise ParseError("A parameter holds a NUL character.")
        if any(has_ended(resource, request) for resource in self.resources):
            raise NotThere
        if self._has_ended(self.action):
            raise MethodNotAllowed(request.method or "")
        self.target = self.load(**kwargs)
        if not self.policies[self.action].may(request.user, self.target):
            raise PermissionDenied

    @property
    def allowed_methods(self) -> list[str]:
        """Those of this dialect."""
        if not self.ended:
            return super().allowed_methods
        ended = {
            method.upper() for method, action in self.action_map.items() if self._has_ended(action)
        }
        if "GET" in ended:
            ended.add("HEAD")
        return [method for method in super().allowed_methods if method not in ended]

    def handle_exception(self, exc: Exception) -> Response:
        """Errors by field have the names of this dialect, whoever found them."""
        read = self.inputs.get(getattr(self, "action", None) or "")
        if read is not None and isinstance(exc, InvalidInput):
            exc = InvalidInput(older_keys(read.resource, exc.body, self.request))
        elif read is not None and isinstance(exc, ValidationError):
            exc = ValidationError(older_keys(read.resource, exc.detail, self.request))
        return super().handle_exception(exc)

    def _has_ended(self, action: str) -> bool:
        entry = self.ended.get(action)
        return entry is not None and has_ended(entry, self.request)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        mark_deprecated(response, self.resources, dialect_of(request))
        return response

    def read(self) -> dict[str, Any]:
        """The request's body, validated by the action's input serializer."""
        serializer = self.get_serializer(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        values: dict[str, Any] = serializer.validated_data
        return values

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        by_method: dict[str | None, Callable[[], str | None]] = {
            "POST": lambda: "create",
            "PUT": lambda: "update",
            "PATCH": lambda: "update",
        }
        # The browsable page asks for the form of a method other than the one it was got by.
        action = by_method.get(self.request.method, lambda: self.action)() if self.request else None
        chosen = self.inputs.get(self.action or "") or self.inputs.get(action or "")
        return chosen or InputSerializer
