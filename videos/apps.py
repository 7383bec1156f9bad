from django.apps import AppConfig
from django.db.models.signals import post_migrate  # noqa: TID251 - it is told of no service

from amara_api.kernel import languages


class VideosConfig(AppConfig):
    name = "videos"

    def ready(self) -> None:
        from videos.queries import languages_of_operators

        languages.watch(languages_of_operators)
        post_migrate.connect(_keep_counting, sender=self)


def _keep_counting(*, using: str, **_: object) -> None:
    from videos.counts import keep_counting

    keep_counting(using)
