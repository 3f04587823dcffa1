from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """The registry of models.

    Its label is the package's earlier name: it stands in the names of tables and constraints, in recorded migrations,
    permissions and content types. With it a database of an earlier release goes on as it is.
    """

    name = "trainyard.registry"
    label = "models"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from trainyard.jobs.accounting import key_caps  # models can be imported by now, and not before
        from trainyard.registry.prediction_metering import most_of_open

        key_caps.count_open(most_of_open)
