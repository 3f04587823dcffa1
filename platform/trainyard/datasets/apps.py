from django.apps import AppConfig


class DatasetsConfig(AppConfig):
    name = "trainyard.datasets"
    default_auto_field = "django.db.models.BigAutoField"
