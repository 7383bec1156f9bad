"""Filters that lists share, for django-filter's filter sets beside the lists."""

from datetime import datetime
from typing import ClassVar, TypeVar

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Choices, Model, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.request import Request

from amara_api.kernel import languages, times
from amara_api.kernel.shapes import Data

Row = TypeVar("Row", bound=Model)


class MomentField(forms.Field):
    """A moment in any of the forms that `amara_api.kernel.times` reads."""

    def to_python(self, value: str | None) -> datetime | None:
        if not value:
            return None
        try:
            return times.parse(value)
        except ValueError as error:
            raise ValidationError(times.UNREADABLE.format(sent=value[:50])) from error


class MomentFilter(django_filters.Filter):
    field_class = MomentField


class WholeNumberField(forms.IntegerField):
    """Digits. What they are too many of for a column matches nothing."""

    default_error_messages: ClassVar = {"invalid": _("Enter a number.")}


class WholeNumberFilter(django_filters.Filter):
    """In place of the library's `NumberFilter`, which reads decimals: the whole number that is
    meant by ``-1e999999999`` has a billion digits, and one request would wait for all of them."""

    field_class = WholeNumberField


class LabelFilter(django_filters.CharFilter):
    """A choice by its label; a label that does not exist matches nothing."""

    def __init__(self, choices: type[Choices], **options: Data) -> None:
        super().__init__(**options)
        self.by_label = {str(label): value for value, label in choices.choices}

    def filter(self, qs: QuerySet[Row], value: str) -> QuerySet[Row]:
        if not value:
            return qs
        known = self.by_label.get(value)
        return qs.none() if known is None else qs.filter(**{str(self.field_name): known})


class LanguageFilter(django_filters.CharFilter):
    """A language by its code, in any spelling. What is stored under just that code counts too."""

    def filter(self, qs: QuerySet[Row], value: str) -> QuerySet[Row]:
        if not value:
            return qs
        return qs.filter(**{f"{self.field_name}__in": languages.spellings(value)})


class PresenceFilter(django_filters.CharFilter):
    """One that counts by being there, whatever it says."""

    def __init__(self, name: str, **lookup: object) -> None:
        super().__init__()
        self.name, self.lookup = name, lookup

    def filter(self, qs: QuerySet[Row], value: str) -> QuerySet[Row]:
        return qs.filter(**self.lookup) if self.name in self.parent.data else qs


def narrows(filters: type[django_filters.FilterSet], request: Request) -> bool:
    """Whether a parameter of the request is one of these filters."""
    return any(name in request.GET for name in filters.base_filters)


def filtered(
    filters: type[django_filters.FilterSet], request: Request, found: QuerySet[Row]
) -> QuerySet[Row]:
    """What the request's parameters leave of a query set; 400 names one that cannot be read."""
    # A form for nothing takes as long as the page does.
    if not narrows(filters, request):
        return found
    bound = filters(request.GET, found, request=request)
    if not bound.is_valid():
        raise exceptions.ValidationError(bound.errors)
    return bound.qs
