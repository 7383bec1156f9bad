"""Filters that lists share, for django-filter's filter sets beside the lists."""

from datetime import datetime
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Choices, QuerySet
from rest_framework import exceptions
from rest_framework.request import Request

from amara_api import times


class MomentField(forms.Field):
    """A moment in any of the forms that `amara_api.times` reads."""

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        try:
            return times.parse(value)
        except ValueError as error:
            raise ValidationError(times.UNREADABLE.format(sent=value[:50])) from error


class MomentFilter(django_filters.Filter):
    field_class = MomentField


class LabelFilter(django_filters.CharFilter):
    """A choice by its label; a label that does not exist matches nothing."""

    def __init__(self, choices: type[Choices], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.by_label = {str(label): value for value, label in choices.choices}

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        known = self.by_label.get(value)
        return qs.none() if known is None else qs.filter(**{str(self.field_name): known})


def filtered(
    filters: type[django_filters.FilterSet], request: Request, found: QuerySet[Any]
) -> QuerySet[Any]:
    """What the request's parameters leave of a query set; 400 names one that cannot be read."""
    bound = filters(request.GET, found, request=request)
    if not bound.is_valid():
        raise exceptions.ValidationError(bound.errors)
    return bound.qs
