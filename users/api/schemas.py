"""Accounts inside the description of other resources."""

from rest_framework import serializers

from amara_api.kernel.shapes import Data


class UserObjectSchema(serializers.Serializer[Data]):
    """A person."""

    username = serializers.CharField()
    id = serializers.CharField()
    uri = serializers.URLField()
