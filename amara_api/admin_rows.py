"""Rows of another model within a form of the admin, the first of them, saved by services.

A thousand members do not fit a page: it shows as many as people look at, says how many there are,
and leads to the list of them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.html import format_html

from amara_api.admin_choices import ChoosesOrTypes
from amara_api.kernel import administration
from amara_api.kernel.errors import DomainError, InvalidInput, sentences
from amara_api.kernel.shapes import Data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from amara_api.kernel.administration import State

MOST_ROWS = 50


class _AsText(forms.Widget):
    def __init__(self, thing: Data) -> None:
        super().__init__()
        self.thing = thing

    def render(
        self, name: str, value: Data, attrs: Data = None, renderer: Data = None
    ) -> SafeString:
        return format_html('<span dir="auto">{}</span>', self.thing)


class Kept(forms.Field):
    """What a row has for good: looked at, and never asked of the database once more."""

    def __init__(self, thing: Data, label: str | None) -> None:
        super().__init__(required=False, disabled=True, label=label, widget=_AsText(thing))
        self.thing = thing

    def clean(self, value: Data) -> Data:
        return self.thing


class RowForm(forms.ModelForm):
    """A row that was there keeps what its form did not change, also what others changed since."""

    kept: ClassVar[tuple[str, ...]] = ()
    was_there = False

    def __init__(self, *args: Data, **kwargs: Data) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            return
        for name in self.kept:
            if name in self.fields:
                self.fields[name] = Kept(getattr(self.instance, name), self.fields[name].label)
        for field in self.fields.values():
            field.show_hidden_initial = not field.disabled

    @property
    def _is_gone(self) -> bool:
        return self.was_there and self.instance.pk is None

    def clean(self) -> dict[str, Data] | None:
        if not self._is_gone:
            return super().clean()
        # Nothing is saved of it, so what is wrong with an empty row is nobody's business.
        self.errors.clear()
        # Its number is the one thing that it has and an empty row has not.
        if set(self.changed_data) - {self._meta.model._meta.pk.name}:
            can_tick = forms.formsets.DELETION_FIELD_NAME in self.fields
            raise ValidationError(
                "Somebody else has removed this row meanwhile. "
                f"{'Tick Remove' if can_tick else 'Undo what you changed in it'}, or load the page "
                "anew."
            )
        return self.cleaned_data

    def _post_clean(self) -> None:
        # A row that stays as it is needs no look.
        if not self._is_gone and (self.instance.pk is None or self.has_changed()):
            super()._post_clean()

    def validate_constraints(self) -> None:
        """Left to the services, which know what is equal to what."""

    def validate_unique(self) -> None:
        """As well."""


class _Rows(forms.BaseInlineFormSet):
    """The first rows, or those that were sent: meanwhile others may have become the first."""

    rows: ServiceInline

    def get_queryset(self) -> list[models.Model]:
        if not hasattr(self, "_queryset"):
            own = self.queryset
            self.count = own.count()
            self._queryset = self._sent(own) if self.is_bound else list(own[: self.rows.most])
        return self._queryset

    def _sent(self, own: models.QuerySet) -> list[models.Model]:
        """One for each form, in its order; a new one stands for a row that is gone."""
        names = [f"{self.add_prefix(n)}-{self.model._meta.pk.name}" for n in range(self._were())]
        keys = [str(self.data.get(name, "")) for name in names]
        asked = [int(key) for key in keys if key.isascii() and key.isdecimal() and len(key) < 19]
        found = {str(row.pk): row for row in own.filter(pk__in=asked)}
        return [found.get(key) or self.model() for key in keys]

    def _were(self) -> int:
        said = int(self.management_form.cleaned_data[forms.formsets.INITIAL_FORM_COUNT])
        return min(said, self.absolute_max)

    def initial_form_count(self) -> int:
        return self._were() if self.is_bound else len(self.get_queryset())

    def validate_unique(self) -> None:
        """Left to the services."""

    def _construct_form(self, i: int, **kwargs: Data) -> forms.ModelForm:
        form = super()._construct_form(i, **kwargs)
        form.was_there = i < self.initial_form_count()
        if form.was_there and form.instance.pk is None:
            # It is gone: what was on the page tells whether it was changed there.
            for name, field in form.fields.items():
                field.disabled = field.disabled or name in form.kept
                field.show_hidden_initial = not field.disabled
        return form

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        # The rows are known already; Django would ask for each of them once more.
        form.fields[self.model._meta.pk.name] = forms.IntegerField(
            initial=form.instance.pk, required=False, widget=forms.HiddenInput
        )
        called = self.rows.called(form.instance) if form.instance.pk else f"a new {self.rows.kind}"
        for name, field in form.fields.items():
            what = "Remove" if name == forms.formsets.DELETION_FIELD_NAME else field.label or name
            _name(field.widget, f"{what}, {called}")


def _name(widget: Data, words: str) -> None:
    """In a table the head of the column is no label."""
    if isinstance(widget, forms.HiddenInput):
        return
    widget.attrs["aria-label"] = words
    if hasattr(widget, "widget"):
        _name(widget.widget, words)


class ServiceInline(ChoosesOrTypes, admin.TabularInline):
    """Rows that people change where they belong. What a service refuses, the form says, and
    nothing of it is saved."""

    template = "admin/edit_inline/rows.html"
    formset = _Rows
    form = RowForm
    extra = 1
    most = MOST_ROWS
    max_num = 2 * MOST_ROWS  # with those that are added
    show_change_link = True

    @property
    def kind(self) -> str:
        return str(self.verbose_name)

    def called(self, row: Data) -> str:
        return str(row)

    def add_row(self, request: HttpRequest, owner: Data, row: Data) -> Data:
        raise NotImplementedError

    def change_row(self, request: HttpRequest, row: Data, fields: dict[str, Data]) -> None:
        raise NotImplementedError

    def remove_row(self, request: HttpRequest, row: Data) -> None:
        raise NotImplementedError

    def takes_away(self, row: Data) -> bool:
        """Whether the change of ``row`` waits for those that give."""
        return False

    def get_formset(self, request: HttpRequest, obj: Data = None, **kwargs: Data) -> type[_Rows]:
        # Django sets it to 0 on an inline to which nobody may add.
        most = ServiceInline.max_num
        made = super().get_formset(request, obj, absolute_max=most, **kwargs)
        made.rows = self
        return made

    def save_rows(self, request: HttpRequest, formset: _Rows) -> tuple[list[State], list[State]]:
        """The rows that were changed, as they were and as they are. Raises `InvalidInput` with
        all that was refused, a sentence for each row."""
        formset.save(commit=False)
        there = [*(row for row, _ in formset.changed_objects), *formset.deleted_objects]
        before = self._states(there)
        refused: list[str] = []
        made: list[Data] = []
        for row, step in self._steps(request, formset, made):
            try:
                step()
            except DomainError as error:
                refused += [f"{self.called(row)}: {said}" for said in sentences(error)]
        if refused:
            raise InvalidInput(refused)
        left = [row for row, _ in formset.changed_objects]
        return before, self._states([*left, *made])

    def _states(self, rows: list[Data]) -> list[State]:
        # Whose they are is said already, by a name that may change.
        own = self.parent_model._meta.model_name
        states = map(administration.state_of, rows)
        return [{name: value for name, value in row.items() if name != own} for row in states]

    def _steps(
        self, request: HttpRequest, formset: _Rows, made: list[Data]
    ) -> Iterator[tuple[Data, Callable[[], Data]]]:
        """What gives before what takes away: the owner's successor comes first."""

        def change(row: Data, names: list[str]) -> Callable[[], None]:
            fields = {name: getattr(row, name) for name in names}
            return lambda: self.change_row(request, row, fields)

        late = [self.takes_away(row) for row, _ in formset.changed_objects]
        changes = [(row, change(row, names)) for row, names in formset.changed_objects]
        yield from (each for each, waits in zip(changes, late, strict=True) if not waits)
        for row in formset.new_objects:
            yield row, lambda row=row: made.append(self.add_row(request, formset.instance, row))
        yield from (each for each, waits in zip(changes, late, strict=True) if waits)
        for row in formset.deleted_objects:
            yield row, lambda row=row: self.remove_row(request, row)
