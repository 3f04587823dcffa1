from django.apps import AppConfig


class ModelsConfig(AppConfig):
    name = "trainyard.models"
    default_auto_field = "django.db.models.BigAutoField"
