"""`manage.py count_coverage`: look anew which languages of the teams' videos have subtitles."""

from django.core.management.base import BaseCommand

from teams import coverage, long_lists


class Command(BaseCommand):
    help = (
        "Looks anew which languages of the videos of teams have subtitles, and makes the "
        "database's triggers that keep this where they are missing. Forgets how long the lists of "
        "teams are, which are then counted by whoever asks. Needed where `manage.py doctor "
        "--deep` says so, and after rows were loaded with triggers switched off. Nobody can write "
        "videos, subtitles and tasks meanwhile."
    )

    def handle(self, *args: object, **options: object) -> None:
        cells = coverage.count_anew()
        long_lists.begin_anew()
        self.stdout.write(f"Languages of videos counted: {cells:,}.")
