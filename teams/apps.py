from django.apps import AppConfig
from django.db.models.signals import post_migrate  # noqa: TID251 - it is told of no service


class TeamsConfig(AppConfig):
    name = "teams"

    def ready(self) -> None:
        post_migrate.connect(_keep_counting, sender=self)


def _keep_counting(*, using: str, **_: object) -> None:
    from teams import coverage, long_lists

    coverage.keep_counting(using)
    long_lists.keep_counting(using)
