from django.apps import AppConfig


class TrackingConfig(AppConfig):
    name = "trainyard.tracking"
    default_auto_field = "django.db.models.BigAutoField"
