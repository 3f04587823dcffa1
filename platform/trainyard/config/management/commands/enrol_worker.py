"""Issues the secret with which one worker joins a pool."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from trainyard.core.errors import TrainyardError
from trainyard.core.time import database_now
from trainyard.pools import operations


class Command(BaseCommand):
    help = "Prints a one-time enrolment token for a worker of the pool."
    # Django's checks import all views, and find what a test of them has found before.
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--pool", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            issued = operations.create_enrolment_token(
                pool_name=options["pool"], actor="command line", now=database_now()
            )
        except TrainyardError as error:
            raise CommandError(error.message) from None
        self.stdout.write(issued.secret)
