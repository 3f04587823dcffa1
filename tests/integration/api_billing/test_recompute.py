"""Whoever has an invoice and its journal can compute it anew, and sees where either was changed."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.support.billing import UNIT, credit, keep
from tests.support.invoices import close, train
from tests.support.platform import Caller
from trainyard.billing.models import Price
from trainyard.core.tenancy import tenant_scope
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization
from trainyard_client.billing_recompute import recompute
from trainyard_client.cli import app

JANUARY = datetime(2026, 1, 10, tzinfo=UTC)


Exported = tuple[dict[str, Any], list[str]]
Tamper = Callable[[list[str]], object]


@pytest.fixture
def exported(owner: Caller, operator: Caller, organization: Organization, pool: Pool) -> Exported:
    """The second month: a job across a change of price, in odd lengths, one that is late, and French tax."""
    rate = {"country": "FR", "percent": "20", "effective_from": "2026-01-01T00:00:00Z"}
    assert operator.post("/admin/tax-rates", rate).status_code == 201
    owner.patch("/organization/billing-profile", {"country": "FR", "time_zone": "Europe/Paris"})
    credit(organization.id, 100 * UNIT)
    change = datetime(2026, 2, 3, tzinfo=UTC)
    Price.objects.create(
        pool=pool, per_slot_second=Decimal("0.000333333"), currency="USD", effective_from=change, created_at=change
    )
    with tenant_scope(organization.id):
        train(pool_id=pool.id, ended_at=JANUARY)
        close(organization.id, datetime(2026, 2, 1, tzinfo=UTC))
        began = change - timedelta(seconds=3)
        train(pool_id=pool.id, ended_at=began, seconds=1, job_id="job_2")
        for end in (1, 2_777_777, 3_000_001, 7_654_321):
            keep(
                pool_id=pool.id,
                begin=0,
                end=end,
                job_id="job_2",
                attempt_id="att_2",
                slots=3,
                training_started_at=began,
                now=change,
            )
        train(pool_id=pool.id, ended_at=JANUARY, job_id="job_late")
    _, second = close(organization.id, datetime(2026, 3, 1, tzinfo=UTC))
    answer = owner.get(f"/invoices/{second.id}/journal")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    return owner.get(f"/invoices/{second.id}").json(), lines


def test_the_invoice_follows_from_its_journal(exported: Exported) -> None:
    invoice, journal = exported
    found = recompute(invoice, journal)
    assert [str(difference) for difference in found.differences] == []
    assert (found.total, found.entries) == (Decimal(invoice["total"]), len(journal))
    assert [line["late_for"] for line in invoice["lines"]] == ["", "", "2026-01"]


def changed(entry_of: Callable[[dict[str, Any]], bool], change: Callable[[dict[str, Any]], None]) -> Tamper:
    def tamper(journal: list[str]) -> None:
        index = next(number for number, text in enumerate(journal) if entry_of(json.loads(text)))
        entry = json.loads(journal[index])
        change(entry)
        journal[index] = json.dumps(entry)

    return tamper


def is_usage(entry: dict[str, Any]) -> bool:
    return entry["kind"] == "usage" and entry["body"]["job"] == "job_2"


@pytest.mark.parametrize(
    ("tamper", "where"),
    [
        (changed(is_usage, lambda entry: entry["body"].update(amount_micros=5)), "amount"),
        (changed(is_usage, lambda entry: entry["body"].update(slots=2)), "quantity"),
        (changed(is_usage, lambda entry: entry.update(occurred_at="2026-03-01T00:00:00.000000Z")), "records"),
        (lambda journal: journal.pop(2), "it follows"),
        (lambda journal: journal.pop(), "the journal's end"),
    ],
)
def test_a_changed_journal_is_found(exported: Exported, tamper: Tamper, where: str) -> None:
    invoice, journal = exported
    tamper(journal)
    assert any(where in str(difference) for difference in recompute(invoice, journal).differences)


@pytest.mark.parametrize("field", ["subtotal", "tax", "total", "rounding", "payable"])
def test_a_changed_invoice_is_found(exported: Exported, field: str) -> None:
    invoice, journal = exported
    invoice[field] = str(Decimal(invoice[field]) + Decimal("0.01"))
    assert recompute(invoice, journal).differences


def test_the_command_says_what_differs(exported: Exported, tmp_path: Path) -> None:
    invoice, journal = exported
    (tmp_path / "journal.jsonl").write_text("\n".join(journal))
    file = tmp_path / "invoice.json"
    arguments = ["billing", "recompute", str(file), str(tmp_path / "journal.jsonl")]
    file.write_text(json.dumps(invoice))
    assert CliRunner().invoke(app, arguments).exit_code == 0
    file.write_text(json.dumps(invoice | {"total": "9.990000"}))
    refused = CliRunner().invoke(app, arguments)
    assert (refused.exit_code, "total" in refused.output) == (1, True)


@pytest.mark.parametrize(("invoice", "journal"), [("{}", ""), ("junk", ""), ("[]", "{}"), ("{}", "junk"), ("5", "[]")])
def test_files_of_something_else_are_told_to_be(tmp_path: Path, invoice: str, journal: str) -> None:
    (tmp_path / "invoice.json").write_text(invoice)
    (tmp_path / "journal.jsonl").write_text(journal)
    files = [str(tmp_path / name) for name in ("invoice.json", "journal.jsonl")]
    told = CliRunner().invoke(app, ["billing", "recompute", *files])
    assert told.exit_code == 2
    assert "GET /invoices/{id}/journal" in " ".join(told.output.split())
