from django.apps import AppConfig


class TrainingSessionsConfig(AppConfig):
    name = "trainyard.training_sessions"
