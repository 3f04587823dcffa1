"""docs/billing.md: its example is what the platform charges, to the micro-unit, and it says why time is free."""

import re
from decimal import Decimal
from pathlib import Path

from tests.support.billing import NOW, SECOND, UNIT, credit, keep, moment
from trainyard.billing import holds
from trainyard.billing.models import UsageRecord
from trainyard.billing.pricing.operations import discount, set_price
from trainyard.jobs.accounting.billing_breakdown import FREE_REASONS
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization

PAGE = Path(__file__).parents[3] / "docs" / "billing.md"
ROW = re.compile(
    r"^\| (?P<start>[\d,]+) s \| (?P<end>[\d,]+) s \| (?P<list>[\d.]+) \| (?P<paid>[\d.]+) \|.* (?P<amount>[\d.]+) \|$"
)


def test_the_example_is_what_is_charged(in_tenant: Organization, pool: Pool) -> None:
    discount(organization_id=in_tenant.id, percent_off=Decimal("12.5"), effective_from=NOW, actor="tests", now=NOW)
    set_price(
        pool_id=pool.id,
        per_slot_second=Decimal("0.000123457"),
        effective_from=moment(3_600),
        actor="tests",
        now=NOW,
    )
    credit(in_tenant.id, 10 * UNIT)
    holds.reserve_funds(job_id="job_1", cap_micros=10 * UNIT, now=NOW)
    charged = keep(pool_id=pool.id, begin=0, end=7_200 * SECOND, slots=2)
    records = UsageRecord.objects.select_related("price").order_by("from_microseconds")
    found = [
        (
            f"{record.from_microseconds // SECOND:,}",
            f"{record.to_microseconds // SECOND:,}",
            f"{record.price.per_slot_second:.9f}",
            f"{record.unit_price:.9f}",
            f"{Decimal(record.amount_micros).scaleb(-6):.6f}",
        )
        for record in records
    ]
    text = PAGE.read_text()
    shown = [row.groups() for line in text.splitlines() if (row := ROW.match(line))]
    assert found == shown
    assert f"**{Decimal(charged).scaleb(-6):.6f}**" in text


def test_every_reason_for_free_time_is_explained() -> None:
    section = PAGE.read_text().partition("| `free_reason` |")[2].partition("\n\n")[0]
    explained = re.findall(r"^\| `(\w+)` \| \w", section, re.MULTILINE)
    assert sorted(explained) == sorted(FREE_REASONS)
