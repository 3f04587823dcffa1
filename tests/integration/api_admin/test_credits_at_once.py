"""Credits from several connections at once reach the wallet once, or as often as they were meant."""

from collections import Counter
from functools import partial

import pytest

from tests.support.platform import START, Caller, caller_of, operator_caller
from tests.support.transactional import at_once
from trainyard.billing.models import LedgerTransaction
from trainyard.core.models import AuditEvent
from trainyard.tenants.models import Organization, Role

CONNECTIONS = 6
CREDIT = {"amount": "5", "kind": "promotional"}


@pytest.fixture
def organization(committed_db: None) -> Organization:
    return Organization.objects.create(name="Meadow Labs", created_at=START)


def answers(organization: Organization, keys: list[str]) -> Counter[int]:
    """The statuses of one credit asked for by as many connections as there are ``keys``; an empty key is none."""
    path, operator = f"/admin/organizations/{organization.id}/credits", operator_caller()
    headers = [{"Idempotency-Key": key} if key else {} for key in keys]
    answered = at_once([partial(operator.post, path, CREDIT, **each) for each in headers])
    failed = [each for each in answered if isinstance(each, Exception)]
    assert failed == []
    return Counter(answer.status_code for answer in answered)


def available(organization: Organization) -> str:
    owner: Caller = caller_of(organization, Role.OWNER)
    money: str = owner.get("/wallet").json()["available"]
    return money


def test_one_key_grants_once_and_answers_all_alike(organization: Organization) -> None:
    assert answers(organization, ["once"] * CONNECTIONS) == {201: CONNECTIONS}
    assert available(organization) == "5.000000"
    assert LedgerTransaction.across_tenants.count() == 1
    assert AuditEvent.objects.filter(action="credit.grant").count() == 1


def test_without_a_key_one_is_granted_and_the_others_may_be_retries(organization: Organization) -> None:
    assert answers(organization, [""] * CONNECTIONS) == {201: 1, 409: CONNECTIONS - 1}
    assert available(organization) == "5.000000"
    assert LedgerTransaction.across_tenants.count() == 1


def test_keys_of_their_own_each_grant_once(organization: Organization) -> None:
    assert answers(organization, [f"key-{number}" for number in range(CONNECTIONS)]) == {201: CONNECTIONS}
    assert available(organization) == "30.000000"
