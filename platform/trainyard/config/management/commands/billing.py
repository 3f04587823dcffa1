"""The billing journal, for operators."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from trainyard.billing.journal import verification
from trainyard.config.management.commands.check_history import read_one_moment
from trainyard.core.tenancy import platform_scope


class Command(BaseCommand):
    help = "`billing verify` finds what of the journal, of usage or of the ledger was altered, removed or put in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["verify"])

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic(), platform_scope():
            read_one_moment()
            count, findings = verification.check()
        if findings:
            broken = "\n".join(str(finding) for finding in findings)
            raise CommandError(f"{broken}\n{len(findings)} breaks in {count} entries.")
        self.stdout.write(f"{count} entries of the billing journal are as they were written.")
