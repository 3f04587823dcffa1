from django.apps import AppConfig


class PortabilityConfig(AppConfig):
    name = "trainyard.portability"
    default_auto_field = "django.db.models.BigAutoField"
