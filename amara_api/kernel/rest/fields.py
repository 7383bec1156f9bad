"""Input fields whose rules or words differ from DRF's."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import Choices
from rest_framework import serializers

from amara_api.kernel import languages, times
from amara_api.kernel.shapes import Data
from amara_api.kernel.wire import json_


class TextField(serializers.CharField):
    """Text from any body format. Numbers and booleans of YAML and JSON are named as wrong types."""

    default_error_messages = {"invalid": "Not a valid string."}

    def to_internal_value(self, data: Data) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class FlagField(serializers.BooleanField):
    """true/false, 1/0, t/f, yes/no, on/off in any case, as text or as themselves.

    In a form an absent flag is absent; browsers' "absent means false" lost people's settings.
    """

    default_error_messages = {"invalid": '"{input}" is not a valid boolean.'}
    default_empty_html = serializers.empty

    def to_internal_value(self, data: Data) -> bool:
        if isinstance(data, str):
            data = data.strip().lower()
        return super().to_internal_value(data)


class MomentField(TextField):
    """A moment in any of the forms that `amara_api.kernel.times` reads."""

    default_error_messages = {"unknown": times.UNREADABLE}

    def to_internal_value(self, data: Data) -> datetime:  # type: ignore[override]
        text = super().to_internal_value(data)
        try:
            return times.parse(text)
        except ValueError:
            self.fail("unknown", sent=text[:50])


class WholeNumberField(serializers.IntegerField):
    """A whole number, as a number or as its digits."""

    default_error_messages = {"invalid": "A valid integer is required."}

    def __init__(self, **kwargs: Data) -> None:
        kwargs.setdefault("min_value", 0)
        kwargs.setdefault("max_value", 2**31 - 1)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Data) -> int:
        if isinstance(data, bool) or (isinstance(data, float) and not data.is_integer()):
            self.fail("invalid")
        return super().to_internal_value(data)


class SignedNumberField(WholeNumberField):
    """A whole number that may be below zero."""

    def __init__(self, **kwargs: Data) -> None:
        kwargs.setdefault("min_value", 1 - 2**31)
        super().__init__(**kwargs)


class LanguageCodeField(serializers.CharField):
    """A language code in any spelling of BCP 47; `kernel.languages` settles what is stored."""

    def to_internal_value(self, data: Data) -> str:
        text = super().to_internal_value(data)
        code = languages.normalise(text)
        if code is None:
            raise serializers.ValidationError(languages.unknown(text), code="unknown")
        return code


class LabelField(serializers.Field[int | str, Data, Data, Data]):
    """A choice by the label that the API prints. Its case matters, as it always did."""

    default_error_messages = {"unknown": "Unknown choice: {label}"}

    def __init__(
        self,
        choices: type[Choices],
        *,
        offers: Iterable[int | str] | None = None,
        **kwargs: Data,
    ) -> None:
        super().__init__(**kwargs)
        self.by_label: dict[str, int | str] = {
            str(label): value for value, label in choices.choices
        }
        self._offers = None if offers is None else frozenset(offers)

    @property
    def choices(self) -> dict[str, str]:
        """What OPTIONS lists: the labels, those of ``offers`` alone where not all can be sent."""
        return {
            label: label
            for label, value in self.by_label.items()
            if self._offers is None or value in self._offers
        }

    def to_internal_value(self, data: Data) -> int | str:
        if not isinstance(data, str) or data not in self.by_label:
            self.fail("unknown", label=str(data)[:100])
        return self.by_label[data]


class SlugField(TextField):
    """Letters, digits, hyphens and underscores."""

    default_error_messages = {
        "slug": "Enter a valid “slug” consisting of letters, numbers, underscores or hyphens."
    }
    _SLUG = re.compile(r"[-a-zA-Z0-9_]+")

    def to_internal_value(self, data: Data) -> str:
        text = super().to_internal_value(data)
        if text and not self._SLUG.fullmatch(text):
            self.fail("slug")
        return text


METADATA_KEYS = ("speaker-name", "location")


def ordered(metadata: Mapping[str, str]) -> dict[str, str]:
    """Metadata as every database prints it: PostgreSQL keeps no order of its own."""
    known = {key: metadata[key] for key in METADATA_KEYS if key in metadata}
    return known | dict(metadata)


def unwrapped(data: Data, *, empty: bytes) -> Data:
    """What forms and XML leaves carry as JSON text; None for text that is no JSON."""
    if not isinstance(data, str):
        return data
    try:
        return json_.loads(data.strip().encode() or empty)
    except ValueError:
        return None


class TextListField(serializers.ListField):
    """A list of texts. Forms and XML leaves may carry it as JSON text."""

    child = TextField()
    default_error_messages = {
        "not_a_list": "Not a list of texts.",
        "max_length": "Ensure this field has no more than {max_length} elements.",
    }

    def to_internal_value(self, data: Data) -> list[str]:
        data = unwrapped(data, empty=b"[]")
        # Before each is looked at: a list of a hundred thousand costs as much as a wrong one.
        if isinstance(data, list) and self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        texts: list[str] = super().to_internal_value(data)
        return texts


class TextsField(serializers.Field[dict[str, str], Data, dict[str, str], Data]):
    """A flat dictionary of texts. Forms and XML leaves may carry it as JSON text."""

    default_error_messages = {
        "invalid": "Not a dictionary of texts.",
        "value": "The value of {name} must be text.",
    }

    def to_internal_value(self, data: Data) -> dict[str, str]:
        data = unwrapped(data, empty=b"{}")
        if not isinstance(data, Mapping):
            self.fail("invalid")
        for name, value in data.items():
            self.check(name, value)
        return dict(data)

    def check(self, name: Data, value: Data) -> None:
        if not isinstance(name, str) or not isinstance(value, str) or "\x00" in name + value:
            self.fail("value", name=str(name)[:64])


def _metadata_key(name: Data) -> Data:
    """`Speaker - Name` is `speaker-name`: programs keep the keys as their people wrote them."""
    return _AROUND_HYPHENS.sub("-", name).strip().lower() if isinstance(name, str) else name


_AROUND_HYPHENS = re.compile(r"\s*-\s*")


class MetadataField(TextsField):
    """A flat dictionary of the known metadata keys to text.

    A key may be in any case and have blanks around it and around its hyphen; where two are the
    same, the one that is spelt right counts.
    """

    MAX_LENGTH = 255
    # What is stored under other keys stays.
    merges = True
    default_error_messages = {
        "invalid": "Metadata must be a dictionary of texts.",
        "unknown": "Unknown metadata key: {name}",
        "long": "Ensure the value of {name} has no more than {limit} characters.",
    }

    def to_internal_value(self, data: Data) -> dict[str, str]:
        texts = super().to_internal_value(data)
        right = {name: text for name, text in texts.items() if name in METADATA_KEYS}
        return ordered({_metadata_key(name): text for name, text in texts.items()} | right)

    def check(self, name: Data, value: Data) -> None:
        if _metadata_key(name) not in METADATA_KEYS:
            self.fail("unknown", name=str(name)[:64])
        super().check(name, value)
        if len(value) > self.MAX_LENGTH:
            self.fail("long", name=name, limit=self.MAX_LENGTH)

    def to_representation(self, value: Mapping[str, str]) -> dict[str, str]:
        return ordered(value)
