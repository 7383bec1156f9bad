"""Input fields whose rules or words differ from DRF's."""

import re
from collections.abc import Mapping
from typing import Any

from django.db.models import Choices
from rest_framework import serializers

from amara_api import languages, times
from amara_api.wire import json_


class TextField(serializers.CharField):
    """Text from any body format. Numbers and booleans of YAML and JSON are named as wrong types."""

    default_error_messages = {"invalid": "Not a valid string."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class FlagField(serializers.BooleanField):
    """true/false, 1/0, t/f, yes/no, on/off in any case, as text or as themselves.

    In a form an absent flag is absent; browsers' "absent means false" lost people's settings.
    """

    default_error_messages = {"invalid": '"{input}" is not a valid boolean.'}
    default_empty_html = serializers.empty

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str):
            data = data.strip().lower()
        return super().to_internal_value(data)


class MomentField(TextField):
    """A moment in any of the forms that `amara_api.times` reads."""

    default_error_messages = {"unknown": times.UNREADABLE}

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        try:
            return times.parse(text)
        except ValueError:
            self.fail("unknown", sent=text[:50])


class WholeNumberField(serializers.IntegerField):
    """A whole number, as a number or as its digits."""

    default_error_messages = {"invalid": "A valid integer is required."}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", 0)
        kwargs.setdefault("max_value", 2**31 - 1)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or (isinstance(data, float) and not data.is_integer()):
            self.fail("invalid")
        return super().to_internal_value(data)


class LanguageCodeField(serializers.CharField):
    """A language code as `/api/languages/` lists them, in any case; stored in lower case."""

    default_error_messages = {"unknown": "Unknown language code: {code}"}

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        code = languages.normalise(text)
        if code is None:
            self.fail("unknown", code=text[:100])
        return code


class LabelField(serializers.Field[Any, Any, Any, Any]):
    """A choice by the label that the API prints. Its case matters, as it always did."""

    default_error_messages = {"unknown": "Unknown choice: {label}"}

    def __init__(self, choices: type[Choices], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.by_label = {str(label): value for value, label in choices.choices}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or data not in self.by_label:
            self.fail("unknown", label=str(data)[:100])
        return self.by_label[data]


class SlugField(TextField):
    """Letters, digits, hyphens and underscores."""

    default_error_messages = {
        "slug": "Enter a valid “slug” consisting of letters, numbers, underscores or hyphens."
    }
    _SLUG = re.compile(r"[-a-zA-Z0-9_]+")

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if text and not self._SLUG.fullmatch(text):
            self.fail("slug")
        return text


METADATA_KEYS = ("speaker-name", "location")


def ordered(metadata: Mapping[str, str]) -> dict[str, str]:
    """Metadata as every database prints it: PostgreSQL keeps no order of its own."""
    known = {key: metadata[key] for key in METADATA_KEYS if key in metadata}
    return known | dict(metadata)


def _unwrapped(data: Any, *, empty: bytes) -> Any:
    """What forms and XML leaves carry as JSON text; None for text that is no JSON."""
    if not isinstance(data, str):
        return data
    try:
        return json_.loads(data.encode() or empty)
    except ValueError:
        return None


class TextListField(serializers.ListField):
    """A list of texts. Forms and XML leaves may carry it as JSON text."""

    child = TextField()
    default_error_messages = {"not_a_list": "Not a list of texts."}

    def to_internal_value(self, data: Any) -> list[str]:
        texts: list[str] = super().to_internal_value(_unwrapped(data, empty=b"[]"))
        return texts


class TextsField(serializers.Field[Any, Any, Any, Any]):
    """A flat dictionary of texts. Forms and XML leaves may carry it as JSON text."""

    default_error_messages = {
        "invalid": "Not a dictionary of texts.",
        "value": "The value of {name} must be text.",
    }

    def to_internal_value(self, data: Any) -> dict[str, str]:
        data = _unwrapped(data, empty=b"{}")
        if not isinstance(data, Mapping):
            self.fail("invalid")
        for name, value in data.items():
            self.check(name, value)
        return dict(data)

    def check(self, name: Any, value: Any) -> None:
        if not isinstance(name, str) or not isinstance(value, str) or "\x00" in name + value:
            self.fail("value", name=str(name)[:64])


class MetadataField(TextsField):
    """A flat dictionary of the known metadata keys to text."""

    MAX_LENGTH = 255
    default_error_messages = {
        "invalid": "Metadata must be a dictionary of texts.",
        "unknown": "Unknown metadata key: {name}",
        "long": "Ensure the value of {name} has no more than {limit} characters.",
    }

    def to_internal_value(self, data: Any) -> dict[str, str]:
        return ordered(super().to_internal_value(data))

    def check(self, name: Any, value: Any) -> None:
        if name not in METADATA_KEYS:
            self.fail("unknown", name=str(name)[:64])
        super().check(name, value)
        if len(value) > self.MAX_LENGTH:
            self.fail("long", name=name, limit=self.MAX_LENGTH)

    def to_representation(self, value: Mapping[str, str]) -> dict[str, str]:
        return ordered(value)
