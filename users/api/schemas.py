"""Accounts inside the description of other resources."""

from typing import Any

from rest_framework import serializers


class UserObjectSchema(serializers.Serializer[Any]):
    """A person."""

    username = serializers.CharField()
    id = serializers.CharField()
    uri = serializers.URLField()
