"""Shapes that the OpenAPI description shares."""

from functools import cache
from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers


class PageMetaSchema(serializers.Serializer[Any]):
    previous = serializers.URLField(allow_null=True)
    next = serializers.URLField(allow_null=True)
    offset = serializers.IntegerField()
    limit = serializers.IntegerField()
    total_count = serializers.IntegerField()


@cache
def page_of(item: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """A page of ``item``: ``{"meta": …, "objects": […]}``."""
    name = item.__name__.removesuffix("Schema")
    return inline_serializer(f"{name}Page", {"meta": PageMetaSchema(), "objects": item(many=True)})
