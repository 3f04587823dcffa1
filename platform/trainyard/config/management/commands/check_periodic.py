"""The health check of beat and the control worker: have the periodic tasks run lately?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from trainyard.core import scheduler_heartbeat


class Command(BaseCommand):
    help = "Succeeds when a periodic task has run within the last minute."
    # Asked every half minute: Django's checks import all views, and find what a test of them has found before.
    requires_system_checks: tuple[str, ...] = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if not scheduler_heartbeat.is_alive():
            raise CommandError("No periodic task has run within the last minute: beat or the control worker is down.")
