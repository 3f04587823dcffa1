from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "trainyard.config"

    def ready(self) -> None:
        # Whoever sends a message must do so through our Celery app, not through Celery's unconfigured default.
        from trainyard.config import celery  # noqa: F401
