from typing import TYPE_CHECKING, Any

from django.apps import AppConfig

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from trainyard.tenants.models import ApiKey


class TrainingSessionsConfig(AppConfig):
    name = "trainyard.training_sessions"

    def ready(self) -> None:
        from trainyard.jobs.accounting import key_caps  # models can be imported by now, and not before

        key_caps.count(_sessions)


def _sessions(keys: "QuerySet[ApiKey]") -> "QuerySet[Any, str]":
    from trainyard.training_sessions.models import TrainingSession

    return TrainingSession.objects.filter(created_by__in=keys.values("id")).values_list("id", flat=True)
