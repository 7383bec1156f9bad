from django.apps import AppConfig


class AmaraApiConfig(AppConfig):
    name = "amara_api"
    verbose_name = "Server"

    def ready(self) -> None:
        from amara_api import checks, schema  # noqa: F401 - they register themselves
