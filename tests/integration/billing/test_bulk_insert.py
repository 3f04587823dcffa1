"""Rows that travel as one text are the rows that were meant, with every kind of value."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.db.models import Model

from trainyard.billing.journal.models import JournalEntry
from trainyard.billing.meters.models import MeteredUsage
from trainyard.core.bulk_insert import ROWS_AT_ONCE, insert_values
from trainyard.tenants.models import Organization

AT = datetime(2026, 3, 1, 12, 0, 0, 1, tzinfo=timezone(timedelta(hours=5, minutes=45)))


def usage(number: int) -> MeteredUsage:
    return MeteredUsage(
        kind="predictions",
        subject="mdl_\"\\'é漢\n",
        dedupe_key=f"call_{number}",
        quantity_nano=10**18,
        unit="call",
        unit_price=Decimal("0.000000001"),
        currency="USD",
        carry_pico=-499_999_999_999,
        amount_micros=10**15,
        started_at=AT,
        ended_at=AT,
        created_at=AT,
    )


def insert(*rows: Model) -> None:
    """All that is set of ``rows``, which are of one model."""
    names = [field.attname for field in rows[0]._meta.concrete_fields if getattr(rows[0], field.attname) is not None]
    insert_values(type(rows[0]), [{name: getattr(row, name) for name in names} for row in rows])


def test_every_value_arrives_as_it_was(in_tenant: Organization) -> None:
    rows = [usage(number) for number in range(ROWS_AT_ONCE + 1)]
    for row in rows:
        row.organization_id = in_tenant.id
    insert(*rows)
    found = MeteredUsage.objects.get(dedupe_key=f"call_{ROWS_AT_ONCE}")
    names = [field.attname for field in MeteredUsage._meta.concrete_fields]
    assert [getattr(found, name) for name in names] == [getattr(rows[-1], name) for name in names]
    assert MeteredUsage.objects.count() == ROWS_AT_ONCE + 1
    body = {"text": 'a "\\', "whole": 2**60, "list": [["x", -1]], "nothing": ""}
    entry = JournalEntry(
        organization_id=in_tenant.id, sequence=1, kind="usage", subject="s", occurred_at=AT, body=body, hash="0" * 64
    )
    insert(entry)
    assert JournalEntry.objects.get().body == body
    assert JournalEntry.objects.get().occurred_at == AT.astimezone(UTC)


def test_what_the_table_refuses_is_refused_whole(in_tenant: Organization) -> None:
    rows = [usage(1), usage(2), usage(1)]
    for row in rows:
        row.organization_id = in_tenant.id
    with pytest.raises(DatabaseError), transaction.atomic():
        insert(*rows)
    assert not MeteredUsage.objects.exists()
    insert_values(MeteredUsage, [])
