"""Other rows as people choose them in the admin: looked up by a script, or typed where none runs.

Django's own autocomplete shows nothing to choose from without scripts. Then a field beside it takes
a name, such as a user name or a slug, or a number.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Protocol

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.db import models
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from amara_api.kernel.shapes import Data

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.contrib.admin import AdminSite
    from django.http import HttpRequest

# Every key of ours is a number; one with more digits no database can compare.
_DIGITS = 18
_TYPED = "{}__typed"


class Typed(str):
    """What was typed and is the name of nothing. It is shown again, with the reason."""

    __slots__ = ()


def is_key(value: str) -> bool:
    return value.isascii() and value.isdecimal() and len(value) <= _DIGITS


class _Widget(Protocol):
    field: models.Field[Data, Data]
    admin_site: AdminSite
    choices: Data


class _OrTyped:
    """For a widget of Django's autocomplete."""

    many = False

    def _names(self: _Widget) -> tuple[tuple[str, ...], str]:
        related = self.admin_site.get_model_admin(self.field.remote_field.model)
        return related.typed_by, related.typed_words

    def _key_of(self: Data, typed: str) -> str:
        """The key of what is called ``typed``, or of what has it for a number."""
        lookups, _ = self._names()
        parts = typed.split("/") if len(lookups) > 1 else [typed]
        rows = self.choices.queryset
        if lookups and len(parts) == len(lookups) and "\0" not in typed:
            named = rows.filter(**dict(zip(lookups, parts, strict=True)))
            found = list(named.values_list("pk", flat=True)[:2])
            if len(found) == 1:
                return str(found[0])
        if is_key(typed) and rows.filter(pk=int(typed)).exists():
            return str(int(typed))
        return Typed(typed)

    def value_from_datadict(self: Data, data: Mapping[str, Data], files: Data, name: str) -> Data:
        chosen = super().value_from_datadict(data, files, name)  # type: ignore[misc]
        typed = str(data.get(_TYPED.format(name)) or "").strip()
        if not typed:
            return chosen
        if not self.many:
            return self._key_of(typed)
        added = [self._key_of(word) for word in re.split(r"[\s,]+", typed)]
        return list(dict.fromkeys([*(chosen or []), *added]))

    def optgroups(self: Data, name: str, value: Sequence[str], attr: Data = None) -> Data:
        """Django asks the database for whatever was sent, and fails where that is no number."""
        return super().optgroups(name, [each for each in value if is_key(each)], attr)  # type: ignore[misc]

    def render(
        self: Data, name: str, value: Data, attrs: Data = None, renderer: Data = None
    ) -> SafeString:
        select = super().render(name, value, attrs, renderer)  # type: ignore[misc]
        _, words = self._names()
        typed = [
            each for each in (value if self.many else [value]) or () if isinstance(each, Typed)
        ]
        opts = self.field.remote_field.model._meta
        beside = {
            "name": _TYPED.format(name),
            "id": _TYPED.format((attrs or {}).get("id") or f"id_{name}"),
            "label": (attrs or {}).get("aria-label") or self.attrs.get("aria-label") or "",
            "words": words,
            "typed": " ".join(typed),
            "many": self.many,
            "all": reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist"),
            "plural": opts.verbose_name_plural,
        }
        return format_html("{}{}", select, render_to_string("admin/typed.html", beside))


class ChosenOrTyped(_OrTyped, AutocompleteSelect):
    """One other row."""


class ManyChosenOrTyped(_OrTyped, AutocompleteSelectMultiple):
    """Several; names that are typed are added to those that are chosen."""

    many = True


class ChoosesOrTypes:
    """For every class of the admin with ``autocomplete_fields``."""

    # What names one of these rows where it is typed: lookups, of which several are joined by a
    # slash; and what people are told to type.
    typed_by: ClassVar[tuple[str, ...]] = ()
    typed_words: ClassVar[str] = "Number"

    def formfield_for_foreignkey(
        self: Data, db_field: models.ForeignKey[Data, Data], request: HttpRequest, **kwargs: Data
    ) -> Data:
        is_looked_up = db_field.name in self.get_autocomplete_fields(request)
        if is_looked_up and "widget" not in kwargs:
            kwargs["widget"] = ChosenOrTyped(db_field, self.admin_site, using=kwargs.get("using"))
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]
        if is_looked_up and field is not None:
            explain(field, db_field.remote_field.model)
        return field


def explain(field: forms.ModelChoiceField, model: type[models.Model]) -> None:
    """Says what was typed, should it be the name of nothing."""
    kind = model._meta.verbose_name
    field.error_messages |= {
        "invalid_choice": f"There is no {kind} of this name or number: %(value)s",
        "invalid_pk_value": f"There is no {kind} of this name or number: %(pk)s",
    }
