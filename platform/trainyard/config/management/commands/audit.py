"""The audit log, for operators."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from trainyard.core import audit_check


class Command(BaseCommand):
    help = "`audit verify` finds events of the audit log that were altered, removed or put in between."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["verify"])

    def handle(self, *args: Any, **options: Any) -> None:
        count, findings = audit_check.check()
        if findings:
            broken = "\n".join(str(finding) for finding in findings)
            raise CommandError(f"{broken}\n{len(findings)} breaks in {count} audit events.")
        self.stdout.write(f"{count} audit events are as they were written.")
