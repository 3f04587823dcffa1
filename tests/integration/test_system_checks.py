"""Django's own checks: ``manage.py up`` does not wait for them at each start, so they are held here."""

from django.core.management import call_command


def test_django_finds_nothing_wrong_with_models_urls_and_settings() -> None:
    call_command("check", fail_level="WARNING")
