from django.apps import AppConfig


class PoolsConfig(AppConfig):
    name = "trainyard.pools"
    default_auto_field = "django.db.models.BigAutoField"
