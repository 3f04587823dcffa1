"""Makes the first operator of a platform."""

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from trainyard.core.errors import TrainyardError
from trainyard.core.time import database_now
from trainyard.tenants import operations
from trainyard.tenants.api_keys import KeyTerms, issue_api_key
from trainyard.tenants.models import Role

ACTOR = "command line"


class Command(BaseCommand):
    help = "Makes an operator who can log in to /admin/, and prints an operator's API key, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        password = _read_password()
        try:
            validate_password(password)
            with transaction.atomic():
                operations.create_user(email=options["email"], password=password, is_operator=True, now=database_now())
                terms = KeyTerms(name=options["email"], role=Role.OWNER)
                issued = issue_api_key(organization_id=None, terms=terms, actor=ACTOR, now=database_now())
        except TrainyardError as error:
            raise CommandError(error.message) from None
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stdout.write(issued.secret)


def _read_password() -> str:
    """From the terminal, unseen, or from a pipe: its first line."""
    if sys.stdin.isatty():
        return getpass("Password of at least ten characters: ")
    return sys.stdin.readline().rstrip("\n")
