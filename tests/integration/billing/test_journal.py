"""The journal tells of every movement of money, and of every row that was tampered with."""

from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command

from tests.support.billing import UNIT, credit
from tests.support.invoices import close, train
from tests.support.tampering import tamper
from trainyard.billing.models import JournalEntry, LedgerAccount
from trainyard.config.management.commands import billing as command
from trainyard.core.tenancy import tenant_scope
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization


@pytest.fixture
def customer(organization: Organization, pool: Pool) -> str:
    credit(organization.id, 100 * UNIT)
    with tenant_scope(organization.id):
        for day in (3, 4, 5):
            train(pool_id=pool.id, ended_at=datetime(2026, 1, day, tzinfo=UTC), job_id=f"job_{day}")
    close(organization.id, datetime(2026, 2, 1, tzinfo=UTC))
    return organization.id


def verify() -> str:
    said = StringIO()
    with patch.object(command, "read_one_moment"):  # the test's transaction has begun long ago
        call_command("billing", "verify", stdout=said)
    return said.getvalue()


def test_an_untouched_journal_verifies(customer: str) -> None:
    with tenant_scope(customer):
        assert verify().startswith(f"{JournalEntry.objects.count()} entries")


def test_balances_can_be_rebuilt_from_the_journal_alone(customer: str) -> None:
    with tenant_scope(customer):
        rebuilt: dict[str, int] = {}
        for entry in JournalEntry.objects.filter(kind=JournalEntry.Kind.LEDGER):
            for account, _, micros in entry.body["entries"]:
                rebuilt[account] = rebuilt.get(account, 0) + micros
        kept = dict(LedgerAccount.objects.values_list("kind", "balance_micros"))
    assert rebuilt == {kind: balance for kind, balance in kept.items() if kind in rebuilt}
    assert sum(kept.values()) == 0


ALTERED: dict[str, Callable[[], str]] = {
    "was altered": lambda: "UPDATE billing_journalentry SET body = '{\"amount_micros\": 1}' WHERE sequence = 3",
    "before it are missing": lambda: "DELETE FROM billing_journalentry WHERE sequence = 3",
    "the journal had": lambda: "DELETE FROM billing_journalentry WHERE kind = 'invoice'",
    "its amount_micros was altered": lambda: "UPDATE billing_usagerecord SET amount_micros = 1 WHERE job_id = 'job_4'",
    "its entries was altered": lambda: "UPDATE billing_ledgerentry SET amount_micros = amount_micros * 2",
    "is missing": lambda: "DELETE FROM billing_usagerecord WHERE job_id = 'job_4'",
    "no entry tells of this row": lambda: (
        "INSERT INTO billing_ledgertransaction (id, kind, dedupe_key, job_id, description, created_at, organization_id)"
        " SELECT 'txn_0', kind, 'another', job_id, description, created_at, organization_id"
        " FROM billing_ledgertransaction LIMIT 1"
    ),
}


@pytest.mark.parametrize("finding", ALTERED)
def test_what_was_tampered_with_is_found(customer: str, finding: str) -> None:
    tamper(ALTERED[finding]())
    with pytest.raises(CommandError, match=finding):
        verify()
