"""Operators see who owes what, how far its dunning has come, and what comes next."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.billing import UNIT, credit
from tests.support.dunning import Declining, finalized_invoice
from tests.support.platform import START, Caller
from tests.support.queries import table_queries
from trainyard.billing.dunning import operations as dunning
from trainyard.billing.invoices.models import Invoice
from trainyard.billing.payments.port import PaymentFact
from trainyard.core.tenancy import tenant_scope
from trainyard.tenants.models import Organization

MARCH = datetime.fromisoformat("2026-03-02T12:00:00+00:00")
DUE = datetime.fromisoformat("2026-04-15T00:00:00+00:00")
PATH = "/admin/dunning"


@pytest.fixture
def late(organization: Organization) -> Invoice:
    """3.00 of an organization with a saved payment method."""
    invoice = finalized_invoice(organization, units=3, now=MARCH)
    assert (invoice.due_at, invoice.due_micros) == (DUE, 3 * UNIT)
    return invoice


@pytest.fixture
def later(late: Invoice) -> Invoice:
    """5.00 in another currency of an organization without one, due 30 days later."""
    other = Organization.objects.create(name="Brook Labs", created_at=START)
    return finalized_invoice(other, units=5, currency="EUR", method="", now=MARCH + timedelta(days=30))


def run(*, days: float, provider: Declining | None = None) -> None:
    """Lets dunning run so many days after the first invoice was due."""
    at = DUE + timedelta(days=days)
    dunning.run(provider=provider or Declining(), calendar=at, now=at)


def rows(operator: Caller, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = operator.get(PATH, **query).json()["data"]
    return found


def next_steps(operator: Caller) -> list[tuple[str, datetime] | None]:
    steps = [row["next_step"] for row in rows(operator)]
    return [step and (step["action"], datetime.fromisoformat(step["at"]) - DUE) for step in steps]


def test_nobody_but_operators_sees_it(owner: Caller, teammate: Caller, outsider: Caller, late: Invoice) -> None:
    run(days=0)
    assert [caller.get(PATH).status_code for caller in (owner, teammate, outsider)] == [403] * 3


def test_an_overdue_invoice_is_shown_with_what_is_left_and_why_the_charge_failed(
    operator: Caller, late: Invoice
) -> None:
    assert operator.get(PATH).json() == {"data": [], "next_cursor": None, "totals": []}
    run(days=0)
    credit(late.organization_id, UNIT)
    run(days=0.5)
    [shown] = rows(operator)
    assert shown == {
        "invoice_id": late.id,
        "number": late.number,
        "organization": {"id": late.organization_id, "name": "Meadow Labs"},
        "due": "2.000000",
        "paid": "1.000000",
        "currency": "USD",
        "due_since": "2026-04-15T00:00:00.000000Z",
        "stage": "retrying",
        "next_step": {"action": "charge", "at": "2026-04-16T00:00:00.000000Z"},
        "charge_pending_since": None,
        "last_failure": {"message": "declined", "at": "2026-04-15T00:00:00.000000Z"},
    }
    credit(late.organization_id, 2 * UNIT)
    run(days=0.6)
    assert rows(operator) == []


def test_what_comes_next_follows_the_steps_of_dunning(operator: Caller, late: Invoice) -> None:
    seen = []
    for days in (0, 7, 8, 10):
        run(days=days)
        [step] = next_steps(operator)
        seen.append((rows(operator)[0]["stage"], step))
    assert seen == [
        ("retrying", ("charge", timedelta(days=1))),
        ("retrying", ("no_new_jobs", timedelta(days=8))),
        ("no_new_jobs", ("stop_jobs", timedelta(days=10))),
        ("jobs_stopped", None),
    ]


def test_without_a_saved_payment_method_the_next_step_only_reminds(operator: Caller, later: Invoice) -> None:
    run(days=30)
    first, second = rows(operator)
    assert (first["stage"], second["stage"]) == ("jobs_stopped", "retrying")
    assert (second["next_step"]["action"], second["last_failure"]) == ("remind", None)
    assert first["last_failure"]["at"] == "2026-05-15T00:00:00.000000Z", "the newest"


def test_a_charge_without_an_answer_is_shown(operator: Caller, late: Invoice) -> None:
    run(days=0)
    run(days=1, provider=Declining(fact=None))
    [shown] = rows(operator)
    assert shown["charge_pending_since"] == "2026-04-16T00:00:00.000000Z"
    assert shown["last_failure"]["at"] == "2026-04-15T00:00:00.000000Z"
    with tenant_scope(late.organization_id):
        [failed, pending] = late.payments.order_by("id")
    assert (failed.state, pending.state) == (PaymentFact.FAILED, "pending")


def test_pages_filters_and_totals(operator: Caller, late: Invoice, later: Invoice) -> None:
    run(days=30)
    page = operator.get(PATH, limit=1).json()
    assert [row["number"] for row in page["data"]] == [late.number], "the longest overdue first"
    assert page["totals"] == [
        {"currency": "EUR", "amount": "5.000000", "invoices": 1, "organizations": 1},
        {"currency": "USD", "amount": "3.000000", "invoices": 1, "organizations": 1},
    ]
    rest = operator.get(PATH, limit=1, cursor=page["next_cursor"]).json()
    assert ([row["number"] for row in rest["data"]], rest["next_cursor"]) == ([later.number], None)
    for query, expected in (
        ({"stage": "retrying"}, [later.number]),
        ({"stage": "no_new_jobs"}, []),
        ({"organization": late.organization_id}, [late.number]),
        ({"organization": later.organization_id, "stage": "jobs_stopped"}, []),
    ):
        assert [row["number"] for row in rows(operator, **query)] == expected, query
    assert [total["currency"] for total in operator.get(PATH, stage="retrying").json()["totals"]] == ["EUR"]
    refused = operator.get(PATH, stage="retryin")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "stage")
    assert operator.get(PATH, cursor="x").status_code == 400


def test_it_is_read_by_as_many_queries_however_many_are_overdue(
    operator: Caller, late: Invoice, later: Invoice
) -> None:
    rows(operator)
    for days, overdue in ((0, 1), (30, 2)):
        run(days=days)
        with table_queries(3):
            assert len(rows(operator)) == overdue
