"""Gives an operator's account a second factor, or takes a lost one away."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from trainyard.core.errors import TrainyardError
from trainyard.core.time import database_now
from trainyard.tenants import second_factor

ACTOR = "command line"


class Command(BaseCommand):
    help = "Prints, once, the otpauth:// address that an authenticator app reads; from now on its codes are asked for."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--remove", action="store_true", help="take the second factor away, for one that was lost")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["remove"]:
                second_factor.remove(email=options["email"], actor=ACTOR, now=database_now())
                self.stdout.write(f"{options['email']} has no second factor any more.")
            else:
                self.stdout.write(second_factor.enrol(email=options["email"], actor=ACTOR, now=database_now()))
        except TrainyardError as error:
            raise CommandError(error.message) from None
