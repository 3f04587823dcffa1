"""Plans: an operator defines them, a customer chooses one, and its fee stands on the month's invoice."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from tests.support.billing import UNIT, balances, credit
from tests.support.invoices import assert_adds_up
from tests.support.platform import Caller
from trainyard.billing.invoices import month_end
from trainyard.billing.invoices.models import Invoice
from trainyard.billing.models import MeteredUsage
from trainyard.billing.plans import operations
from trainyard.core.models import AuditEvent
from trainyard.core.tenancy import tenant_scope
from trainyard.tenants.models import Organization, PlanLimits

MIDDLE = datetime(2026, 4, 16, tzinfo=UTC)
MAY = datetime(2026, 5, 1, tzinfo=UTC)
JUNE = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def starter(operator: Caller) -> dict[str, Any]:
    return _plan(operator, name="Starter", monthly_fee="10.00", included_slot_hours=30, max_members=3)


@pytest.fixture
def team(operator: Caller) -> dict[str, Any]:
    return _plan(operator, name="Team", monthly_fee="40.00", included_slot_hours=90, max_running_jobs=8)


def test_an_operator_defines_a_plan_that_customers_see(
    operator: Caller, owner: Caller, teammate: Caller, outsider: Caller, starter: dict[str, Any]
) -> None:
    for caller in (owner, teammate, outsider):
        assert caller.get("/plans").json()["data"] == [starter]
        assert caller.get("/admin/plans").status_code == caller.post("/admin/plans", {}).status_code == 403
    again = operator.post("/admin/plans", {"name": "Starter", "monthly_fee": "12.00"})
    assert (again.status_code, again.json()["code"]) == (409, "plan_exists")
    assert operator.patch(f"/admin/plans/{starter['id']}", {"is_offered": False}).json()["is_offered"] is False
    assert owner.get("/plans").json()["data"] == []
    assert operator.post("/admin/plans", {"name": "Starter", "monthly_fee": "12.00"}).status_code == 201
    assert [plan["monthly_fee"] for plan in operator.get("/admin/plans").json()["data"]] == ["12.000000", "10.000000"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"monthly_fee": "-1"}, "monthly_fee"),
        ({"monthly_fee": "NaN"}, "monthly_fee"),
        ({"monthly_fee": "0.0000001"}, "monthly_fee"),
        ({"monthly_fee": "0.001"}, "monthly_fee"),
        ({"currency": "XXX"}, "currency"),
        ({"max_members": 0}, "max_members"),
        ({"included_slot_hours": 10**9}, "included_slot_hours"),
        ({"name": ""}, "name"),
    ],
)
def test_impossible_terms_name_their_field(operator: Caller, change: dict[str, Any], field: str) -> None:
    answer = operator.post("/admin/plans", {"name": "Odd", "monthly_fee": "1.00"} | change)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    assert operator.get("/admin/plans").json()["data"] == []


def test_terms_of_a_plan_never_change(operator: Caller, starter: dict[str, Any]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE billing_plan SET monthly_fee_micros = 1")


def test_a_plan_is_chosen_for_the_rest_of_the_month(
    owner: Caller, teammate: Caller, outsider: Caller, organization: Organization, starter: dict[str, Any]
) -> None:
    assert owner.get("/organization/plan").json()["plan"] is None
    refused = owner.post("/organization/plan", {"plan": starter["id"]})
    assert (refused.status_code, refused.json()["code"]) == (402, "insufficient_funds")
    assert refused.json()["hint"].startswith("Add credit first: the fee of a plan"), "nothing of jobs"
    credit(organization.id, 20 * UNIT)
    assert teammate.post("/organization/plan", {"plan": starter["id"]}).status_code == 403
    chosen = owner.post("/organization/plan", {"plan": starter["id"]})
    assert (chosen.status_code, chosen.json()["plan"], chosen.json()["next_plan"]) == (200, starter, starter)
    assert owner.post("/organization/plan", {"plan": starter["id"]}).json() == chosen.json()
    assert teammate.get("/organization/plan").json() == chosen.json()
    assert outsider.get("/organization/plan").json()["plan"] is None
    assert outsider.post("/organization/plan", {"plan": "plan_of_nobody"}).status_code == 404
    with tenant_scope(organization.id):
        assert MeteredUsage.objects.count() == 1
        assert PlanLimits.objects.get().max_members == 3


@pytest.fixture
def rich(organization: Organization) -> Iterator[Organization]:
    credit(organization.id, 1_000 * UNIT)
    with tenant_scope(organization.id):
        yield organization


def test_half_a_month_costs_half_the_fee_and_includes_half_the_time(
    rich: Organization, starter: dict[str, Any]
) -> None:
    found = _choose(starter["id"], MIDDLE)
    [charged] = MeteredUsage.objects.all()
    assert (charged.amount_micros, charged.unit, charged.subject) == (5 * UNIT, "month", "Starter")
    assert (found.included_slot_hours, found.subscription.paid_until) == (15.0, MAY)


def test_a_dearer_plan_begins_at_once_for_the_difference(
    rich: Organization, starter: dict[str, Any], team: dict[str, Any]
) -> None:
    _choose(starter["id"], MIDDLE - timedelta(days=15))
    found = _choose(team["id"], MIDDLE)
    amounts = MeteredUsage.objects.order_by("id").values_list("subject", "amount_micros")
    assert list(amounts) == [("Starter", 10 * UNIT), ("Team", 15 * UNIT)]
    assert (found.plan.name, found.included_slot_hours) == ("Team", 60.0)
    assert PlanLimits.objects.get().max_running_jobs == 8


def test_a_cheaper_plan_and_none_follow_when_the_month_is_over(
    rich: Organization, starter: dict[str, Any], team: dict[str, Any]
) -> None:
    _choose(team["id"], MIDDLE)
    found = _choose(starter["id"], MIDDLE)
    assert (found.plan.name, found.next_plan.name) == ("Team", "Starter")
    month_end.run(calendar=MAY, now=MAY)
    found = _choose(None, MAY)
    assert (found.plan.name, found.next_plan, found.included_slot_hours) == ("Starter", None, 30.0)
    month_end.run(calendar=JUNE, now=JUNE)
    month_end.run(calendar=JUNE, now=JUNE)
    assert [row.amount_micros for row in MeteredUsage.objects.order_by("id")] == [20 * UNIT, 10 * UNIT]
    assert PlanLimits.objects.get().max_members is None
    assert_the_ledger_says_the_same()


def test_each_months_fee_is_on_its_own_invoice_however_far_the_calendar_moved(
    rich: Organization, starter: dict[str, Any]
) -> None:
    _choose(starter["id"], MIDDLE)
    month_end.run(calendar=JUNE + timedelta(days=40), now=MIDDLE + timedelta(days=100))
    invoices = list(Invoice.objects.filter(finalized_at__isnull=False).order_by("period_start"))
    assert [invoice.month for invoice in invoices] == ["2026-04", "2026-05", "2026-06"]
    for invoice, fee in zip(invoices, (5, 10, 10), strict=True):
        assert_adds_up(invoice)
        [line] = invoice.lines.all()
        assert (line.kind, line.description, line.amount_micros) == ("plan", "Plan Starter", fee * UNIT)


def test_an_operator_puts_a_customer_on_a_plan_that_is_then_owed(
    operator: Caller, owner: Caller, organization: Organization
) -> None:
    private = _plan(operator, name="Private", monthly_fee="31.00", is_offered=False)
    path = f"/admin/organizations/{organization.id}/plan"
    assert owner.get("/plans").json()["data"] == []
    assert owner.post("/organization/plan", {"plan": private["id"]}).status_code == 404
    assert owner.post(path, {"plan": private["id"]}).status_code == 403
    assert operator.post(path, {"plan": private["id"]}).json()["plan"] == private
    assert operator.get(path).json() == owner.get("/organization/plan").json()
    assert AuditEvent.objects.filter(action="plan.choose").count() == 1


def test_no_more_people_are_invited_than_the_plan_is_for(
    owner: Caller, rich: Organization, starter: dict[str, Any], operator: Caller
) -> None:
    _choose(starter["id"], MIDDLE)
    codes = [
        owner.post("/organization/invitations", {"email": f"p{number}@example.org", "role": "member"}).status_code
        for number in range(4)
    ]
    assert codes == [201, 201, 201, 429]
    small = _plan(operator, name="Solo", monthly_fee="20.00", max_members=1)
    refused = owner.post("/organization/plan", {"plan": small["id"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "plan_too_small")


def _choose(plan_id: str | None, calendar: datetime) -> Any:
    return operations.choose_plan(plan_id=plan_id, actor="tests", calendar=calendar, now=calendar)


def _plan(operator: Caller, **terms: Any) -> dict[str, Any]:
    made = operator.post("/admin/plans", terms)
    assert made.status_code == 201, made.json()
    body: dict[str, Any] = made.json()
    return body


def assert_the_ledger_says_the_same() -> None:
    charged = sum(MeteredUsage.objects.values_list("amount_micros", flat=True))
    assert balances()["revenue"] == charged
    assert sum(balances().values()) == 0
