from django.apps import AppConfig


class FineTuningAppConfig(AppConfig):
    """Fine-tuning jobs: trainings of language models that may be ordered before their files are validated."""

    name = "trainyard.fine_tuning"
    default_auto_field = "django.db.models.BigAutoField"
