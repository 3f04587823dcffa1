"""Holds everything stored about jobs and money against the rules that no fault may break."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from trainyard.jobs.reconcile import invariant_checks


class Command(BaseCommand):
    help = "Checks jobs, attempts and the books for contradictions; reads only, and may run beside a platform at work."
    # Django's checks import all views, and find what a test of them has found before.
    requires_system_checks: tuple[str, ...] = ()

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            read_one_moment()
            found = invariant_checks.check()
        counts = ", ".join(f"{number} {name}" for name, number in found.counts.items())
        if found.findings:
            broken = "\n".join(str(finding) for finding in found.findings)
            raise CommandError(f"{broken}\n{len(found.findings)} contradictions in {counts}.")
        self.stdout.write(f"{len(invariant_checks.RULES)} rules hold for {counts}.")


def read_one_moment() -> None:
    """Makes the transaction that has just begun read what was committed by now. SQLite's do so anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
