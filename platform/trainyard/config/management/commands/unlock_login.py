"""Lets somebody in who was locked out by failed log-ins, their own or others'."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from trainyard.tenants import login_limits


class Command(BaseCommand):
    help = "Forgets the failed log-ins of an account, so that its owner may try again at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        login_limits.unlock(email=options["email"])
        self.stdout.write(f"Failed log-ins of {options['email']} are forgotten.")
