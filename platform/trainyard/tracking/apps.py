from django.apps import AppConfig


class TrackingConfig(AppConfig):
    name = "trainyard.tracking"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from trainyard.datasets.queries import count_as_stored  # models can be imported by now, and not before
        from trainyard.tracking.artifacts import stored_bytes

        count_as_stored(stored_bytes)
