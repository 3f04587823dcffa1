"""The billing journal, for operators."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from trainyard.billing.journal import sealing, verification
from trainyard.billing.journal.sealing import AlreadySealed
from trainyard.billing.usage_rollup.operations import rebuild
from trainyard.billing.usage_rollup.verification import check_rollup
from trainyard.config.management.commands.check_history import read_one_moment
from trainyard.core.tenancy import platform_scope, tenant_scope
from trainyard.core.time import database_now
from trainyard.tenants.models import Organization


class Command(BaseCommand):
    help = (
        "`billing verify` finds what of the journal, of usage or of the ledger was altered, removed or put in, "
        "and sums of usage that are not those of its records. "
        "`billing rebuild` makes the sums of usage, which totals are read from, anew from the usage records. "
        "`billing seal --by NAME`, once after an upgrade: puts rows from before there was a journal under its chain."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["verify", "rebuild", "seal"])
        parser.add_argument("--by", help="who seals, for the audit log")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] == "seal":
            self._seal(options["by"])
        elif options["what"] == "rebuild":
            self._rebuild()
        else:
            self._verify()

    def _verify(self) -> None:
        with transaction.atomic(), platform_scope():
            read_one_moment()
            count, findings = verification.check()
            findings += check_rollup()
        if findings:
            broken = "\n".join(str(finding) for finding in findings)
            raise CommandError(f"{broken}\n{len(findings)} breaks in {count} entries.")
        self.stdout.write(f"{count} entries of the billing journal are as they were written.")

    def _rebuild(self) -> None:
        """Each organization for itself, so that none waits for another."""
        rows = 0
        ids = _organizations()
        for organization_id in ids:
            with tenant_scope(organization_id):
                rows += rebuild()
        self.stdout.write(f"{rows} sums of the usage of {len(ids)} organizations were made anew from its records.")

    def _seal(self, actor: str | None) -> None:
        """Each organization for itself; what was sealed before is left as it is."""
        if not actor:
            raise CommandError("Say who seals: --by NAME. It is kept in the audit log.")
        ids = _organizations()
        sealed, before = 0, 0
        for organization_id in ids:
            with tenant_scope(organization_id):
                try:
                    sealed += sealing.seal(actor=actor, now=database_now())
                except AlreadySealed:
                    before += 1
        self.stdout.write(f"{sealed} rows of {len(ids) - before} organizations were sealed; {before} were before.")


def _organizations() -> list[str]:
    with platform_scope():
        return list(Organization.objects.order_by("id").values_list("id", flat=True))
