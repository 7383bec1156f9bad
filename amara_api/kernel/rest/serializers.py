"""The two edges of a resource: input lifted up to today's form, answers taken down from it."""

from collections.abc import Callable, Mapping
from copy import copy, deepcopy
from typing import ClassVar, Generic, Protocol, TypeVar

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from amara_api.kernel.intake.body import RawText
from amara_api.kernel.rest.dialects import dialect_of
from amara_api.kernel.rest.links import Links
from amara_api.kernel.shapes import Data
from amara_api.kernel.versions import CURRENT, LADDER

Thing = TypeVar("Thing")
Printed = TypeVar("Printed", contravariant=True)


def _holds_others(field: object) -> bool:
    return hasattr(field, "child") or isinstance(field, serializers.BaseSerializer)


class InputSerializer(serializers.Serializer[Data]):
    """What a write takes.

    Unknown members are ignored, and so is ``null`` where a field is optional and does not say
    what null means. The last of duplicated form members counts. A form's bytes that are no text
    (`RawText`) are refused for every field that does not declare ``takes_bytes = True``.
    ``resource`` names the ladder's entry: older input is lifted before validation. The view takes
    error keys down.
    """

    resource: ClassVar[str] = ""

    def to_internal_value(self, data: Data) -> dict[str, Data]:
        if not isinstance(data, Mapping):
            return self._validated(data)
        edge = LADDER.edge(self.resource, self._dialect)
        # A form's QueryDict becomes a plain dict too: its special case for absent checkboxes
        # must not apply.
        lifted = edge.up({key: data[key] for key in data})
        refused = {k: [v.problem] for k, v in lifted.items() if self._is_no_text(k, v)}
        sent = {
            k: v for k, v in lifted.items() if k not in refused and not self._counts_as_absent(k, v)
        }
        if not refused:
            return self._validated(sent)
        try:
            self._validated(sent)
        except ValidationError as error:
            # One that was refused is missing as well, which is not to be said.
            raise ValidationError({**error.detail, **refused}) from None  # type: ignore[dict-item]
        raise ValidationError(refused)

    def get_fields(self) -> dict[str, serializers.Field[Data, Data, Data, Data]]:
        """Of this request alone. One that holds no others is copied as it is: the library makes
        each anew from its arguments, which took as long as all that is validated by them."""
        fields = self._declared_fields.items()
        return {name: deepcopy(f) if _holds_others(f) else copy(f) for name, f in fields}

    def _validated(self, data: Data) -> dict[str, Data]:
        values: dict[str, Data] = super().to_internal_value(data)
        return values

    def _is_no_text(self, name: str, value: object) -> bool:
        if not isinstance(value, RawText):
            return False
        field = self.fields.get(name)
        return field is not None and not getattr(field, "takes_bytes", False)

    def _counts_as_absent(self, name: str, value: object) -> bool:
        if value is not None:
            return False
        field = self.fields.get(name)
        return field is None or not (field.required or field.allow_null)

    @property
    def _dialect(self) -> int:
        request = self.context.get("request")
        return dialect_of(request) if request is not None else CURRENT


class Printing(Protocol[Printed]):
    def __call__(self, thing: Printed, /, **extra: Data) -> dict[str, Data]: ...


class Answer(Generic[Thing]):
    """How one resource is printed for one request.

    Subclasses name the ``resource`` and build today's form in ``build``; calling the object also
    takes it down to the caller's dialect. Nested resources are `Answer`s of their own, so each
    takes care of itself.
    """

    resource: ClassVar[str]

    def __init__(self, request: Request, links: Links | None = None) -> None:
        self.request = request
        self.links = links or Links.of(request._request)
        edge = LADDER.edge(self.resource, dialect_of(request))
        self.tells = bool(edge.tells)
        self._down: Callable[[dict[str, Data]], dict[str, Data]] | None = (
            edge.down if edge.downs else None
        )

    def __call__(self, thing: Thing, /, **extra: Data) -> dict[str, Data]:
        body = self.build(thing, **extra)
        if self.tells:
            body |= self.past(thing, **extra)
        return self._down(body) if self._down else body

    @property
    def each(self) -> Printing[Thing]:
        """What calling the object does, for what is printed again and again."""
        return self if self.tells or self._down else self.build

    @property
    def is_changed(self) -> bool:
        """Whether this dialect's form is another than today's."""
        return self._down is not None

    def build(self, thing: Thing, /, **extra: Data) -> dict[str, Data]:
        raise NotImplementedError

    def past(self, thing: Thing, /, **extra: Data) -> dict[str, Data]:
        """What only older forms tell of it, see `Change.tells`."""
        raise NotImplementedError
