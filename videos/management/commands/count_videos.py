"""`manage.py count_videos`: count the videos of all lists anew."""

from django.core.management.base import BaseCommand

from videos import counts


class Command(BaseCommand):
    help = (
        "Counts the videos of all lists anew, and makes the database's triggers that keep these "
        "counts where they are missing. Needed where `manage.py doctor --deep` says so, and after "
        "rows were loaded with triggers switched off. Nobody can write videos meanwhile."
    )

    def handle(self, *args: object, **options: object) -> None:
        lists = counts.count_anew()
        self.stdout.write(f"Lists counted: {lists:,}.")
