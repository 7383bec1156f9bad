"""`manage.py loaddata`: Django's own, after which the lists of videos and the coverage of teams
are counted anew."""

from collections.abc import Sequence

from django.core.management.commands import loaddata
from django.db import DEFAULT_DB_ALIAS

from teams import coverage, long_lists
from teams.models import SubtitleRequest
from videos import counts
from videos.models import Video, VideoCount


class Command(loaddata.Command):
    def loaddata(self, fixture_labels: Sequence[str]) -> None:
        """Triggers count each video that is loaded, and the counts may be in the same file."""
        super().loaddata(fixture_labels)
        if self.using == DEFAULT_DB_ALIAS and self.models & {Video, VideoCount}:
            counts.count_anew()
        if self.using == DEFAULT_DB_ALIAS and self.models & set(coverage.MODELS):
            coverage.count_anew()
        if self.using == DEFAULT_DB_ALIAS and self.models & {
            *long_lists.MODELS,
            SubtitleRequest,
        }:
            long_lists.begin_anew()
