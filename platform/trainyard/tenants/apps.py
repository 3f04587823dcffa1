from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "trainyard.tenants"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from trainyard.tenants.log_ins import watch  # models can be imported by now, and not before

        watch()
