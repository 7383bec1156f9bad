"""Shapes that the OpenAPI description shares."""

from functools import cache

from drf_spectacular.utils import OpenApiParameter, extend_schema_serializer, inline_serializer
from rest_framework import serializers

from amara_api.kernel.rest.pagination import DEFAULT_LIMIT, MAX_LIMIT
from amara_api.kernel.shapes import Data

PAGE_PARAMETERS = [
    OpenApiParameter(
        "limit", int, description=f"At most {MAX_LIMIT}; {DEFAULT_LIMIT} unless told."
    ),
    OpenApiParameter("offset", int, description="How many to leave out before the page."),
]


class PageMetaSchema(serializers.Serializer[Data]):
    previous = serializers.URLField(allow_null=True)
    next = serializers.URLField(allow_null=True)
    offset = serializers.IntegerField()
    limit = serializers.IntegerField()
    total_count = serializers.IntegerField()


Shape = type[serializers.Serializer[Data]]


@cache
def page_of(item: Shape) -> Shape:
    """A page of ``item``: ``{"meta": …, "objects": […]}``."""
    name = item.__name__.removesuffix("Schema")
    page = inline_serializer(f"{name}Page", {"meta": PageMetaSchema(), "objects": item(many=True)})
    return single(type(page))


def single(shape: Shape) -> Shape:
    """``shape`` as the whole answer of a route that the description takes for a list."""
    return extend_schema_serializer(many=False)(shape)
