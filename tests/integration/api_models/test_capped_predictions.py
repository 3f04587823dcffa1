"""Predictions count against the monthly cap of the key that asks: what they cost, or may cost while under way."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.dataset_versions import clock
from tests.support.platform import Caller
from tests.support.prediction_caller import PredictionCaller
from tests.support.predictions import ANSWERS, ROWS
from trainyard.billing.meters.models import MeteredUsage
from trainyard.billing.meters.prices import set_meter_price
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.accounting import key_caps
from trainyard.jobs.accounting.key_caps import KeyCapReached
from trainyard.registry import predictions
from trainyard.registry.models import Model, Prediction
from trainyard.tenants.api_keys import Granter, IssuedKey, KeyTerms, issue_api_key, rotate_api_key
from trainyard.tenants.models import Role

CALL_MICROS = 2_000
MOST_OF_ONE = CALL_MICROS + 1


@pytest.fixture(autouse=True)
def _priced(db: None) -> None:
    now = clock()
    set_meter_price(
        kind="predictions",
        unit="call",
        per_unit=Decimal("0.002"),
        currency=None,
        effective_from=now,
        actor="tests",
        now=now,
    )


def capped_key(model: Model, micros: int | None) -> IssuedKey:
    terms = KeyTerms(name="CI", role=Role.MEMBER, monthly_cap_micros=micros)
    return issue_api_key(organization_id=model.organization_id, terms=terms, actor="tests", now=clock())


def ask(model: Model, issued: IssuedKey) -> Prediction:
    with tenant_scope(model.organization_id):
        return predictions.submit(model_id=model.id, inputs=ROWS, created_by=issued.key.id, now=clock())


def left(model: Model, issued: IssuedKey) -> int | None:
    with tenant_scope(model.organization_id):
        return key_caps.left_micros(created_by=issued.key.id, now=clock())


def test_what_is_under_way_counts_as_the_most_that_it_may_cost(model: Model, worker: PredictionCaller) -> None:
    issued = capped_key(model, 2 * MOST_OF_ONE)
    assert [ask(model, issued).most_micros for _ in range(2)] == [MOST_OF_ONE] * 2
    with pytest.raises(KeyCapReached, match=r"may cost 0\.002001.*may spend 0\.000000 more") as refused:
        ask(model, issued)
    assert (refused.value.status, refused.value.code) == (402, "key_cap_reached")
    assert refused.value.hint
    assert Prediction.across_tenants.count() == 2


def test_what_has_ended_counts_as_what_it_cost(model: Model, worker: PredictionCaller) -> None:
    issued = capped_key(model, 3 * CALL_MICROS)
    answered, failed = ask(model, issued), ask(model, issued)
    worker.claim()
    worker.finish(answered.id, predictions=ANSWERS)
    with tenant_scope(model.organization_id):
        predictions.cancel(prediction_id=failed.id, now=clock())
        assert {row.made_by for row in MeteredUsage.objects.all()} == {issued.key.id}
        assert key_caps.spent_micros(issued.key, now=clock()) == CALL_MICROS
        assert key_caps.spent_micros(issued.key, now=clock() + timedelta(days=31)) == 0
    assert left(model, issued) == 2 * CALL_MICROS


def test_rotation_starts_no_new_count_and_other_keys_go_on(model: Model, worker: PredictionCaller) -> None:
    issued, free = capped_key(model, MOST_OF_ONE), capped_key(model, None)
    ask(model, issued)
    with tenant_scope(model.organization_id):
        renewed = rotate_api_key(
            key_id=issued.key.id, overlap=timedelta(), granted_by=Granter(Role.OWNER), actor="tests", now=clock()
        )
    with pytest.raises(KeyCapReached):
        ask(model, renewed)
    assert (ask(model, free).most_micros, left(model, free)) == (0, None)


def test_a_capped_key_is_refused_over_the_api_and_nothing_is_asked(model: Model, worker: PredictionCaller) -> None:
    issued = capped_key(model, CALL_MICROS)
    answer = Caller(model.organization, issued.secret).post(f"/models/{model.id}/predict", {"inputs": ROWS})
    assert (answer.status_code, answer.json()["code"]) == (402, "key_cap_reached")
    assert not Prediction.across_tenants.exists()
