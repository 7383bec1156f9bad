"""How a report on subtitles is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework import serializers

from amara_api.kernel.shapes import Data
from subtitles.report import Kind, Limits, losses, report
from subtitles.turns import turn_over

if TYPE_CHECKING:
    from subtitles.formats import Track


class LimitsSchema(serializers.Serializer[Data]):
    """What was measured against: the language's soft limits, else its team's, else the usual."""

    lines = serializers.IntegerField(allow_null=True)
    min_duration = serializers.IntegerField(allow_null=True, help_text="In milliseconds.")
    max_duration = serializers.IntegerField(allow_null=True, help_text="In milliseconds.")
    cpl = serializers.IntegerField(allow_null=True, help_text="Characters per line.")
    cps = serializers.IntegerField(allow_null=True, help_text="Characters per second.")


class ProblemSchema(serializers.Serializer[Data]):
    """Something about a cue."""

    kind = serializers.ChoiceField([kind.value for kind in Kind])
    message = serializers.CharField(help_text="A sentence.")


class JudgedCueSchema(serializers.Serializer[Data]):
    """A cue that has problems."""

    position = serializers.IntegerField(help_text="From 1.")
    start = serializers.IntegerField(allow_null=True, help_text="In milliseconds.")
    end = serializers.IntegerField(allow_null=True)
    problems = ProblemSchema(many=True)


class ReportSchema(serializers.Serializer[Data]):
    """What is wrong with subtitles. Nothing is refused because of it."""

    version_number = serializers.IntegerField(
        allow_null=True, help_text="Null for subtitles that are not stored."
    )
    language_code = serializers.CharField()
    subtitle_count = serializers.IntegerField()
    limits = LimitsSchema()
    totals = serializers.DictField(
        child=serializers.IntegerField(), help_text="How many cues have each kind of problem."
    )
    cues = JudgedCueSchema(many=True)
    formats = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="What each format that subtitles are handed out in would lose.",
    )


def printed_report(
    track: Track, limits: Limits, *, language_code: str, version_number: int | None
) -> dict[str, Data]:
    """What `ReportSchema` says of a track, but for addresses."""
    with turn_over(track):
        found = report(track, limits)
        return {
            "version_number": version_number,
            "language_code": language_code,
            "subtitle_count": found.count,
            "limits": found.limits._asdict(),
            "totals": {kind.value: count for kind, count in found.totals.items()},
            "cues": [
                {
                    "position": judged.position,
                    "start": judged.cue.start,
                    "end": judged.cue.end,
                    "problems": [
                        {"kind": said.kind.value, "message": said.message}
                        for said in judged.problems
                    ],
                }
                for judged in found.cues
            ],
            "formats": losses(track),
        }
