"""The base of every resource: load what the address names, check the policy, act."""

import copy
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from math import ceil
from typing import ClassVar, Generic, NoReturn, TypeVar, cast

from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import (
    MethodNotAllowed,
    ParseError,
    ValidationError,
)
from rest_framework.parsers import BaseParser
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from amara_api.kernel import reading, replicas
from amara_api.kernel.errors import InvalidInput, NotAllowed, NotThere, TooMany
from amara_api.kernel.rest import conditions
from amara_api.kernel.rest.dialects import dialect_of, has_ended, mark_deprecated, older_errors
from amara_api.kernel.rest.exceptions import database_is_away
from amara_api.kernel.rest.memory import Memory
from amara_api.kernel.rest.policies import Policy
from amara_api.kernel.rest.renderers import BrowsableRenderer
from amara_api.kernel.rest.repeats import Repeat
from amara_api.kernel.rest.serializers import InputSerializer
from amara_api.kernel.rest.throttling import take_one, tell_limit
from amara_api.kernel.shapes import Data
from amara_api.kernel.standing import Question, calling, standing

Target = TypeVar("Target")
Part = TypeVar("Part")


@cache
def _made(classes: tuple[type[Part], ...]) -> list[Part]:
    """One of each, for all requests: none of ours has a state."""
    return [each() for each in classes]


class ResourceViewSet(GenericViewSet[Model], Generic[Target]):
    """A view translates: parse, one call to a service or query, answer.

    ``policies`` declares who may do each action. ``inputs`` names what each writing action reads;
    ``lists`` says of actions whose body is a list of texts what these are. ``resources`` are the
    ladder's names of what the answers contain. ``ended`` names, for actions that only older
    dialects have, the ladder's entry that says until when. ``slow`` are the actions that ask
    others or think long: these call `whole` themselves, when that is over. ``tells_of_caller`` are
    those that print the caller's own account: the others are given what rules look at.
    """

    policies: ClassVar[Mapping[str, Policy]] = {}
    inputs: ClassVar[Mapping[str, type[InputSerializer]]] = {}
    lists: ClassVar[Mapping[str, str]] = {}
    resources: ClassVar[tuple[str, ...]] = ()
    ended: ClassVar[Mapping[str, str]] = {}
    slow: ClassVar[frozenset[str]] = frozenset()
    tells_of_caller: ClassVar[frozenset[str]] = frozenset()
    _memory: Memory | None = None
    _repeat: Repeat | None = None
    _guard: conditions.Guard | None = None
    _caller_now: Question | None = None
    # None until it is loaded, and where nothing is.
    target: Target = cast("Target", None)

    def load(self, **address: Data) -> Target:
        """What the address names, as this caller may see it; raises `NotThere` otherwise."""
        return cast("Target", None)

    def held(self) -> Iterable[Model | None]:
        """The rows whose locks keep ``target`` as it is, in the order of locks: teams, videos."""
        parts = self.target if isinstance(self.target, tuple) else (self.target,)
        return [next((part for part in parts if isinstance(part, Model)), None)]

    @property
    def has_validators(self) -> bool:
        """Whether there is something at this address that a condition can be about."""
        return "get" in self.action_map

    def validators(self, **address: Data) -> set[str]:
        """Those of what is at this address now, for this caller, in every format; none where
        there is nothing that they may read."""
        action = self.action_map.get("get")
        if action is None:
            return set()
        twin = copy.copy(self)
        twin.action = action
        try:
            twin.target = twin.load(**address)
            if not self.policies[action].may(self.request.user, twin.target):
                return set()
            data = getattr(twin, action)(self.request, **address).data
        except NotThere:
            return set()
        return {conditions.tag(data, each) for each in conditions.FORMATS}

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: Data) -> HttpResponseBase:
        self._memory = Memory.of(request)
        if self._memory is not None and (found := self._memory.said(request)):
            said, answer = found
            taken = take_one(request, said.account)
            if taken is None or taken.allowed:
                tell_limit(request, answer)
                return answer
        if request.method in SAFE_METHODS:
            act = partial(super().dispatch, request, *args, **kwargs)
            return replicas.read(partial(reading.remembering, act))
        with standing(self._ask_again), calling(self._ask_caller):
            return super().dispatch(request, *args, **kwargs)

    def _ask_caller(self) -> None:
        if self._caller_now is not None:
            self._caller_now()

    def _ask_again(self) -> None:
        """What `initial` asked, of what is stored now that the service has its locks."""
        if self.action is not None:
            self._allowed_target()

    def _allowed_target(self) -> Target:
        """What the address names now. Raises `NotThere`, and `NotAllowed` by the action's rule."""
        target = self.load(**self.kwargs)
        if not self.policies[self.action].may(self.request.user, target):
            raise NotAllowed
        return target

    def initialize_request(self, request: HttpRequest, *args: object, **kwargs: object) -> Request:
        made = super().initialize_request(request, *args, **kwargs)
        # What is asked for most: by DRF's own way each time costs as much as an exception.
        made.META, made.method = request.META, request.method
        return made

    def get_parsers(self) -> list[BaseParser]:
        return _made(tuple(self.parser_classes))

    def get_renderers(self) -> list[BaseRenderer]:
        classes = tuple(self.renderer_classes)
        # But for the page that browsers get, which remembers what it shows.
        return [
            made if type(made) is not BrowsableRenderer else BrowsableRenderer()
            for made in _made(classes)
        ]

    def get_authenticators(self) -> list[BaseAuthentication]:
        return _made(tuple(self.authentication_classes))

    def get_permissions(self) -> list[BasePermission]:
        return _made(tuple(self.permission_classes))

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Without `Vary`, which `conditions.finish` says of every answer."""
        return {"Allow": ", ".join(self.allowed_methods)}

    def initial(self, request: Request, *args: object, **kwargs: Data) -> None:
        super().initial(request, *args, **kwargs)
        if request.method not in SAFE_METHODS and request.user.is_authenticated:
            self._caller_now = request.user.as_now()
        if self.action is None or request.method == "OPTIONS":
            return
        if "%00" in request.META.get("QUERY_STRING", ""):
            # PostgreSQL would refuse it wherever a parameter reaches a query.
            raise ParseError("A parameter holds a NUL character.")
        if request.method == "POST" and (repeat := Repeat.of(request)):
            self._repeat = repeat
            if (answer := repeat.found()) is not None:
                # Before the rules: what has been done may have ended the right to do it.
                self._act_by(lambda *args, **kwargs: answer.again())
                return
        if any(has_ended(resource, request) for resource in self.resources):
            raise NotThere
        if self._has_ended(self.action):
            raise MethodNotAllowed(request.method or "")
        self.target = self._allowed_target()
        if request.method not in ("GET", "HEAD"):
            self._guard = conditions.Guard.of(request)
            if self._repeat or self._guard:
                self._act_whole(request)

    def _act_whole(self, request: Request) -> None:
        nothing = self.target is None or not self.has_validators
        if request.method == "POST" and self._guard and nothing:
            raise ParseError("If-Match and If-None-Match mean nothing here.")
        if self.action in self.slow:
            if self._guard:
                # Asked again under the lock; others need not be asked for nothing.
                self._guard.check(self.validators(**self.kwargs))
            return
        act = getattr(self, (request.method or "").lower())
        self._act_by(lambda *args, **kwargs: self.whole(lambda: act(*args, **kwargs)))

    def _act_by(self, handler: object) -> None:
        setattr(self, (self.request.method or "").lower(), handler)

    def whole(self, act: Callable[[], Response]) -> Response:
        """What ``act`` does and answers, in one transaction with what the request asks around it:
        a condition that holds under the locks, and an answer that is kept to be told again."""
        if not (self._repeat or self._guard):
            return act()
        with transaction.atomic():
            if self._repeat and (answer := self._repeat.begin()):
                return cast("Response", answer.again())
            if self._guard:
                self._check(self._guard)
            response = act()
            if response.status_code >= 400:
                transaction.set_rollback(True)
            elif self._repeat:
                self.finalize_response(self.request, response, *self.args, **self.kwargs)
                response.render()
                self._repeat.keep(response)
        return response

    def _check(self, guard: conditions.Guard) -> None:
        """Nobody changes what is compared until the transaction ends; the rules are asked again,
        of things as they are now."""
        for row in self.held():
            if row is not None:
                locked = type(row)._default_manager.select_for_update(no_key=True)
                if not locked.filter(pk=row.pk).values_list("pk"):
                    raise NotThere
        self.target = self._allowed_target()
        guard.check(self.validators(**self.kwargs))

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

    def throttled(self, request: Request, wait: float | None) -> NoReturn:
        raise TooMany(max(1, ceil(wait or 1)))

    def handle_exception(self, exc: Exception) -> Response:
        """Errors by field have the names and words of this dialect, whoever found them."""
        if replicas.in_use() and database_is_away(exc):
            raise replicas.Lost from exc
        read = self.inputs.get(getattr(self, "action", None) or "")
        if read is not None and isinstance(exc, InvalidInput):
            exc = InvalidInput(older_errors(read.resource, exc.body, self.request))
        elif read is not None and isinstance(exc, ValidationError):
            exc = ValidationError(older_errors(read.resource, exc.detail, self.request))
        return super().handle_exception(exc)

    def _has_ended(self, action: str) -> bool:
        entry = self.ended.get(action)
        return entry is not None and has_ended(entry, self.request)

    def finalize_response(  # type: ignore[override]
        self, request: Request, response: HttpResponse, *args: object, **kwargs: object
    ) -> HttpResponse:
        response = super().finalize_response(request, cast("Response", response), *args, **kwargs)
        mark_deprecated(response, self.resources, dialect_of(request))
        finished = conditions.finish(request, response)
        if self._memory is not None:
            self._memory.keep(request._request, finished, request.user)
        tell_limit(request._request, finished)
        return finished

    def read(self) -> dict[str, Data]:
        """The request's body, validated by the action's input serializer."""
        serializer = self.get_serializer(data=self.request.data)
        try:
            serializer.is_valid(raise_exception=True)
            values: dict[str, Data] = serializer.validated_data
        finally:
            # It and its fields have each other, and with them what was sent.
            vars(serializer).clear()
        return values

    def get_serializer_class(self) -> type[BaseSerializer[Data]]:
        return self.inputs.get(self.action or "") or InputSerializer
