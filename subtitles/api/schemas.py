"""What several resources print of a version."""

from rest_framework import serializers

from amara_api.kernel.shapes import Data
from subtitles.models import SubtitleVersion


class TranslatedFromSchema(serializers.Serializer[Data]):
    """The version that was translated, of the same video."""

    language_code = serializers.CharField()
    version_number = serializers.IntegerField()


class MadeOfSchema(serializers.Serializer[Data]):
    """How a version came about."""

    origin = serializers.ChoiceField([str(value) for value in SubtitleVersion.Origin.values])
    translated_from = TranslatedFromSchema(
        allow_null=True, help_text="Null also where you may not read it."
    )
    note = serializers.CharField(
        allow_blank=True, help_text="What was done to an older version to make it."
    )
