from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

from trainyard.core.row_security import secure


class CoreConfig(AppConfig):
    name = "trainyard.core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Sent for each app once the tables of all are there: one of them is enough.
        post_migrate.connect(_secure, sender=self, dispatch_uid="trainyard.core.row_security")


def _secure(*, using: str, **_: Any) -> None:
    secure(connections[using])
