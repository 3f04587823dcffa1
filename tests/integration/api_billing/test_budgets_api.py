"""Budgets over the API, and the e-mail that tells of them once a month."""

from datetime import timedelta

import pytest
from django.core import mail

from tests.support.billing import NOW, SECOND, UNIT, credit, keep
from tests.support.platform import START, Caller
from trainyard.billing import holds
from trainyard.billing.budgets.operations import alert
from trainyard.billing.models import BudgetAlert
from trainyard.core.models import AuditEvent, DomainEvent
from trainyard.core.tenancy import tenant_scope
from trainyard.pools.models import Pool
from trainyard.tenants.models import Membership, Organization, Role, User
from trainyard_spec.webhook_events import WebhookEvent


def test_a_budget_is_made_read_changed_and_ended(owner: Caller, teammate: Caller, outsider: Caller) -> None:
    made = owner.post("/budgets", {"name": "Research", "amount": "100"})
    assert made.status_code == 201
    path, body = f"/budgets/{made.json()['id']}", made.json()
    assert (body["amount"], body["alert_percents"], body["is_hard"], body["spent"]) == (
        "100.000000",
        [50, 80, 100],
        False,
        "0.000000",
    )
    assert teammate.get(path).json() == body | {"allowed_actions": []}
    assert teammate.patch(path, {"is_hard": True}).status_code == teammate.delete(path).status_code == 403
    assert outsider.get(path).status_code == outsider.delete(path).status_code == 404
    assert owner.patch(path, {"is_hard": True, "alert_percents": [90, 10]}).json()["alert_percents"] == [10, 90]
    assert owner.delete(path).status_code == 204
    assert owner.get("/budgets").json()["data"] == []
    actions = AuditEvent.objects.filter(action__startswith="budget.").order_by("id").values_list("action", flat=True)
    assert list(actions) == ["budget.create", "budget.change", "budget.delete"]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"amount": "0"}, "amount"), ({"amount": "NaN"}, "amount"), ({"alert_percents": [0]}, "alert_percents.0")],
)
def test_an_impossible_budget_names_its_field(owner: Caller, change: dict[str, object], field: str) -> None:
    answer = owner.post("/budgets", {"name": "Research", "amount": "100"} | change)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"].startswith(field.partition(".")[0])
    assert owner.get("/budgets").json()["data"] == []


def test_those_who_pay_are_told_once_of_each_share(
    owner: Caller, organization: Organization, pool: Pool, django_capture_on_commit_callbacks: object
) -> None:
    for role in (Role.BILLING, Role.MEMBER):
        user = User.objects.create(email=f"{role}@example.org", created_at=START)
        Membership.objects.create(organization=organization, user=user, role=role, created_at=START)
    owner.post("/budgets", {"name": "Research", "amount": "0.01", "alert_percents": [50, 80, 100]})
    with tenant_scope(organization.id):
        credit(organization.id, UNIT)
        holds.reserve_funds(job_id="job_1", cap_micros=UNIT, now=NOW)
        keep(pool_id=pool.id, begin=0, end=80 * SECOND)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assert [alert(now=NOW) for _ in range(2)] == [2, 0]
    assert [message.subject for message in mail.outbox] == [
        "50 % of the budget Research is spent",
        "80 % of the budget Research is spent",
    ]
    told = DomainEvent.objects.filter(type=WebhookEvent.BUDGET_ALERTED).order_by("sequence")
    assert [event.data["percent"] for event in told] == [50, 80]
    assert {tuple(message.to) for message in mail.outbox} == {("billing@example.org",)}
    assert alert(now=NOW + timedelta(days=31)) == 0
    assert BudgetAlert.across_tenants.count() == 2
