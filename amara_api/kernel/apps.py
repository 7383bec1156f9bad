from django.apps import AppConfig
from django.db.backends.signals import connection_created

from amara_api.kernel import names_of_columns, poolers


class KernelConfig(AppConfig):
    name = "amara_api.kernel"
    label = "kernel"
    verbose_name = "Record of the admin"

    def ready(self) -> None:
        connection_created.connect(poolers.find_out, dispatch_uid="poolers")
        names_of_columns.decode_quickly()
