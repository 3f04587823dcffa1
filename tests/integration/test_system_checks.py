"""Django's own checks: ``manage.py up`` does not wait for them at each start, so they are held here."""

from importlib import import_module

from django.conf import settings
from django.core.management import call_command


def test_django_finds_nothing_wrong_with_models_urls_and_settings() -> None:
    import_module(settings.ROOT_URLCONF)  # else the admin's pages might be checked before they are found
    call_command("check", fail_level="WARNING")
