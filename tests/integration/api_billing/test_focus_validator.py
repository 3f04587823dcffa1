"""The cost export held against focus-validator and its rule model of FOCUS 1.2, in a Python of its own."""

import csv
import io
import subprocess
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from tests.support.billing import UNIT, credit
from tests.support.invoice_documents import invoice
from tests.support.invoices import close, train
from tests.support.platform import Caller
from trainyard.billing.invoices.models import Invoice
from trainyard.billing.meters.models import MeteredUsage
from trainyard.billing.meters.prices import set_meter_price
from trainyard.billing.meters.rating import NANO_PER_UNIT, MeterEvent, rate
from trainyard.billing.models import Plan
from trainyard.billing.plans import operations
from trainyard.core.tenancy import tenant_scope
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization

__all__ = ["invoice"]

ENVIRONMENT = Path(__file__).resolve().parents[3] / ".cache" / "focus-venv"
VALIDATOR = ENVIRONMENT / "bin" / "focus-validator"
JANUARY, FEBRUARY, MARCH = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3))
DAY = timedelta(days=1)
METERS = (("storage", "GB-hour"), ("predictions", "call"), ("predictions", "second"))
LEAST_RULES = 100
"""Of the model's some 580 that columns of the export are under; the others are skipped."""
TOO_STRICT = {
    # "InvoiceId MUST be null when the charge is not associated either with an invoice or with a pre-generated
    # provisional invoice." The model leaves the condition out, and so contradicts InvoiceId-C-005-C.
    "InvoiceId-C-004-C",
    # "EffectiveCost MUST be 0 when ChargeCategory is "Purchase" and the purchase is intended to cover future eligible
    # charges." The model has the first half of the condition alone. A plan's fee is for the month that it stands in.
    "EffectiveCost-C-005-C",
}
"""Rules whose check in model 1.2.0.1 asks for more than their own text."""


@pytest.fixture
def exported(owner: Caller, organization: Organization, pool: Pool, invoice: Invoice) -> list[dict[str, str]]:
    """Every kind of row: a month with tax and credit, one with all kinds of lines and a late one, and the open one."""
    for kind, unit in METERS:
        set_meter_price(
            kind=kind,
            unit=unit,
            per_unit=Decimal("0.02"),
            currency=None,
            effective_from=JANUARY,
            actor="tests",
            now=JANUARY,
        )
    credit(organization.id, 100 * UNIT)
    plan = Plan.objects.create(
        name="Team", currency="USD", monthly_fee_micros=40 * UNIT, included_slot_hours=1, created_at=JANUARY
    )
    with tenant_scope(organization.id):
        train(pool_id=pool.id, ended_at=FEBRUARY - DAY, job_id="job_3")
        operations.choose_plan(plan_id=plan.id, actor="tests", calendar=FEBRUARY, now=FEBRUARY)
        train(pool_id=pool.id, ended_at=FEBRUARY + DAY, seconds=5_000, job_id="job_4", job_name="digits")
        for number, (kind, unit) in enumerate(METERS):
            at = FEBRUARY + number * DAY
            event = MeterEvent(MeteredUsage.Kind(kind), "datasets", f"{number}", 3 * NANO_PER_UNIT, unit, at, at + DAY)
            rate([event], now=at)
    close(organization.id, MARCH)
    with tenant_scope(organization.id):
        train(pool_id=pool.id, ended_at=MARCH + DAY, seconds=9_000, job_id="job_5")
    return list(csv.DictReader(io.StringIO(owner.get("/focus").content.decode())))


def test_the_export_has_every_kind_of_row(owner: Caller, exported: list[dict[str, str]]) -> None:
    assert {row["ChargeCategory"] for row in exported} == {"Usage", "Purchase", "Tax", "Credit"}
    assert {row["ResourceType"] for row in exported if row["ChargeCategory"] == "Usage"} == {
        "Job",
        "Storage",
        "Predictions",
    }
    assert any("Late usage of 2026-01" in row["ChargeDescription"] for row in exported)
    assert any("included in the plan" in row["ChargeDescription"] for row in exported)


def test_the_open_month_is_on_a_provisional_invoice(owner: Caller, exported: list[dict[str, str]]) -> None:
    draft = next(each for each in owner.get("/invoices").json()["data"] if each["state"] == "draft")
    assert {row["InvoiceId"] for row in exported if row["BillingPeriodStart"] == "2026-03-01T00:00:00Z"} == {
        draft["id"]
    }
    assert all(row["InvoiceId"] for row in exported)


@pytest.mark.skipif(not VALIDATOR.exists(), reason="focus-validator is not there: `make focus`, with a Python 3.12")
def test_focus_validator_finds_nothing_but_what_its_model_misreads(
    exported: list[dict[str, str]], tmp_path: Path
) -> None:
    failed, passed = validated(exported, tmp_path)
    assert failed == TOO_STRICT
    assert len(passed) > LEAST_RULES


@pytest.mark.skipif(not VALIDATOR.exists(), reason="focus-validator is not there: `make focus`, with a Python 3.12")
def test_focus_validator_would_find_what_is_wrong(exported: list[dict[str, str]], tmp_path: Path) -> None:
    for row in exported:
        row["ServiceCategory"] = "Trains"
    failed, _ = validated(exported, tmp_path)
    assert failed - TOO_STRICT == {"ServiceCategory-C-000-M", "ServiceCategory-C-003-M"}


def validated(rows: list[dict[str, str]], directory: Path) -> tuple[set[str], set[str]]:
    """The rules that ``rows`` break and those that they keep, as focus-validator says."""
    costs, report = directory / "costs.csv", directory / "report.xml"
    with costs.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    options = ["--validate-version", "1.2", "--block-download", "--focus-dataset", "CostAndUsage"]
    options += ["--data-file", str(costs), "--output-type", "unittest", "--output-destination", str(report)]
    [packages] = ENVIRONMENT.glob("lib/python*/site-packages")  # it finds its rules from there alone
    subprocess.run([VALIDATOR, *options], cwd=packages, capture_output=True, check=True)
    failed, passed = set(), set()
    for case in etree.parse(report).iter("testcase"):
        if case.find("skipped") is None:
            (passed if case.find("failure") is None else failed).add(case.attrib["name"].partition(" ")[0])
    return failed, passed
