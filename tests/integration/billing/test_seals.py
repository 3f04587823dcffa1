"""Rows from before the journal are sealed once, by an operator; then nothing is found but what is changed later."""

from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command

from tests.support.billing import UNIT, credit
from tests.support.invoices import close, train
from tests.support.tampering import tamper
from trainyard.billing.invoices.models import Invoice
from trainyard.billing.models import JournalEntry, LedgerTransaction, UsageRecord
from trainyard.config.management.commands import billing as command
from trainyard.core.ids import new_use_id
from trainyard.core.models import AuditEvent
from trainyard.core.tenancy import tenant_scope
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization


@pytest.fixture
def upgraded(organization: Organization, pool: Pool) -> str:
    """Rows of a release that had no journal."""
    credit(organization.id, 100 * UNIT)
    with tenant_scope(organization.id):
        for day in (3, 4):
            train(pool_id=pool.id, ended_at=datetime(2026, 1, day, tzinfo=UTC), job_id=f"job_{day}")
    tamper("DELETE FROM billing_journalentry", "UPDATE billing_journalhead SET length = 0, hash = ''")
    return organization.id


def run(*arguments: str) -> str:
    said = StringIO()
    with patch.object(command, "read_one_moment"):  # the test's transaction has begun long ago
        call_command("billing", *arguments, stdout=said)
    return said.getvalue()


def train_today(organization_id: str, pool: Pool) -> None:
    with tenant_scope(organization_id):
        train(pool_id=pool.id, ended_at=datetime(2026, 1, 5, tzinfo=UTC), job_id="job_5")


def test_sealing_makes_an_upgraded_database_clean_once_and_is_audited(upgraded: str, pool: Pool) -> None:
    train_today(upgraded, pool)
    with pytest.raises(CommandError, match="no entry tells of this row"):
        run("verify")
    with tenant_scope(upgraded):
        old = UsageRecord.objects.count() + LedgerTransaction.objects.count() - JournalEntry.objects.count()
    assert run("seal", "--by", "ops@yard.example").startswith(f"{old} rows of")
    assert "as they were written" in run("verify")
    (event,) = AuditEvent.objects.filter(action="journal.seal")
    assert (event.actor, event.target, event.data["rows"]) == ("ops@yard.example", upgraded, old)
    assert run("seal", "--by", "ops@yard.example").startswith("0 rows of")
    assert AuditEvent.objects.filter(action="journal.seal").count() == 1


def test_who_seals_has_to_be_said(upgraded: str) -> None:
    with pytest.raises(CommandError, match="--by"):
        run("seal")
    assert not JournalEntry.across_tenants.exists()


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        (
            lambda usage: f"UPDATE billing_usagerecord SET amount_micros = 1 WHERE id = '{usage}'",
            "altered since it was sealed",
        ),
        (lambda usage: f"DELETE FROM billing_usagerecord WHERE id = '{usage}'", "is missing"),
        (
            lambda usage: f"UPDATE billing_usagerecord SET id = 'use_0' WHERE id = '{usage}'",
            "no entry tells of this row",
        ),
        (
            lambda _: 'UPDATE billing_journalentry SET body = \'{"of": "usage", "rows": {}}\' WHERE kind = \'seal\'',
            "it was altered",
        ),
    ],
)
def test_what_is_changed_after_that_is_found(upgraded: str, statement: Callable[[str], str], finding: str) -> None:
    run("seal", "--by", "ops")
    usage = UsageRecord.across_tenants.filter(organization_id=upgraded).earliest("id").id
    tamper(statement(usage))
    with pytest.raises(CommandError, match=finding):
        run("verify")


def test_what_is_put_in_after_the_journal_began_is_not_sealed(upgraded: str, pool: Pool) -> None:
    train_today(upgraded, pool)
    with tenant_scope(upgraded):
        first = JournalEntry.objects.filter(kind="ledger").earliest("subject").subject
        newest = LedgerTransaction.objects.latest("id")
    newest.pk, newest.dedupe_key = f"{first}z", "put in"
    newest.save(force_insert=True)
    run("seal", "--by", "ops")
    with pytest.raises(CommandError, match=f"{first}z: no entry tells of this row"):
        run("verify")


def test_nor_where_no_entry_tells_of_another_row_of_its_kind(upgraded: str) -> None:
    credit(upgraded, UNIT)
    with tenant_scope(upgraded):
        assert set(JournalEntry.objects.values_list("kind", flat=True)) == {"ledger"}
        newest = UsageRecord.objects.latest("id")
    newest.pk, newest.job_id, newest.attempt_id = new_use_id(), "job_put_in", "att_put_in"
    newest.save(force_insert=True)
    run("seal", "--by", "ops")
    with pytest.raises(CommandError, match=f"{newest.pk}: no entry tells of this row"):
        run("verify")


def test_what_is_sealed_is_on_no_invoice(upgraded: str) -> None:
    run("seal", "--by", "ops")
    close(upgraded, datetime(2026, 2, 1, tzinfo=UTC))
    with tenant_scope(upgraded):
        assert not Invoice.objects.filter(total_micros__gt=0).exists()
