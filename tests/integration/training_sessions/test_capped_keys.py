"""Sessions of a key whose spending is capped by the month: counted like jobs, and with them."""

from decimal import Decimal

import pytest

from tests.integration.training_sessions.conftest import MICROS, TinkerCaller, claimed, finished
from tests.support.billing import credit
from tests.support.dataset_versions import clock
from tests.support.platform import Caller
from tests.support.worker_calls import WorkerCaller
from trainyard.billing import holds
from trainyard.core.tenancy import tenant_scope
from trainyard.tenants.api_keys import IssuedKey, KeyTerms, issue_api_key
from trainyard.tenants.models import Role
from trainyard.training_sessions.models import TrainingSession

pytestmark = pytest.mark.django_db

CAP = 3 * MICROS


@pytest.fixture
def issued(owner: Caller, worker: WorkerCaller) -> IssuedKey:
    assert owner.organization is not None
    credit(owner.organization.id, 100 * MICROS)
    terms = KeyTerms(name="notebook", role=Role.MEMBER, monthly_cap_micros=CAP)
    return issue_api_key(organization_id=owner.organization.id, terms=terms, actor="tests", now=clock())


@pytest.fixture
def capped(issued: IssuedKey) -> TinkerCaller:
    return TinkerCaller(issued.secret)


def cap_of(session_id: str) -> Decimal:
    return Decimal(TrainingSession.across_tenants.get(id=session_id).cap_micros) / MICROS


def test_a_session_may_cost_what_is_left_of_the_month(capped: TinkerCaller) -> None:
    first = capped.session(user_metadata={"max_cost": "2.50"})
    assert capped.model(first).status_code == 200
    second = capped.session()
    assert [cap_of(first), cap_of(second)] == [Decimal("2.50"), Decimal("0.50")]
    assert capped.model(second).status_code == 200
    nothing_left = capped.post("/create_session", {"tags": [], "user_metadata": None, "sdk_version": "0.38.0"})
    assert (nothing_left.status_code, nothing_left.json()["code"]) == (402, "key_cap_reached")


def test_a_session_that_states_more_is_refused_with_what_is_left(capped: TinkerCaller) -> None:
    asked = {"tags": [], "user_metadata": {"max_cost": "3.01"}, "sdk_version": "0.38.0"}
    refused = capped.post("/create_session", asked)
    [error] = refused.json()["errors"]
    assert (refused.status_code, error["field"]) == (400, "user_metadata.max_cost")
    assert "may spend 3.000000 more this month" in error["message"]


def test_two_sessions_opened_at_once_do_not_both_spend_the_rest(capped: TinkerCaller, owner: Caller) -> None:
    opened = [capped.session(user_metadata={"max_cost": "2.00"}) for _ in range(2)]
    first, second = (capped.model(session_id) for session_id in opened)
    assert first.status_code == 200
    assert (second.status_code, second.json()["code"]) == (402, "key_cap_reached")
    assert owner.organization is not None
    with tenant_scope(owner.organization.id):
        holds.release_hold(job_id=opened[0], now=clock())
    assert capped.model(opened[1]).status_code == 200


def test_what_a_session_cost_counts_until_the_month_is_over(
    capped: TinkerCaller, issued: IssuedKey, worker: WorkerCaller, owner: Caller
) -> None:
    session_id = capped.session(user_metadata={"max_cost": "1.00"})
    model_id = capped.model(session_id).json()["model_id"]
    capped.step(model_id, 1)
    for operation in claimed(worker)["operations"]:
        assert finished(worker, operation) == 204
    capped.post(f"/sessions/{session_id}/finish", {"reason": {"type": "success"}})
    cost = Decimal("0.0004")  # two operations of 2 s
    assert cap_of(capped.session()) == 3 - cost


def test_another_keys_sessions_do_not_count(capped: TinkerCaller, owner: Caller) -> None:
    free = TinkerCaller(owner.secret)
    assert free.model(free.session(user_metadata={"max_cost": "50.00"})).status_code == 200
    assert cap_of(capped.session()) == 3
