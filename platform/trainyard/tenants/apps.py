from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "trainyard.tenants"
    default_auto_field = "django.db.models.BigAutoField"
