from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "trainyard.core"
    default_auto_field = "django.db.models.BigAutoField"
