"""What predictions and stored bytes are metered as."""

from datetime import timedelta
from decimal import Decimal

from tests.support.dataset_versions import clock
from tests.support.prediction_caller import PredictionCaller
from tests.support.predictions import ANSWERS, queued
from trainyard.billing.meters.models import MeteredUsage
from trainyard.billing.meters.prices import set_meter_price
from trainyard.registry import storage_metering
from trainyard.registry.models import Model
from trainyard.training_sessions import storage


def test_an_answered_prediction_is_one_call_and_its_workers_seconds(model: Model, worker: PredictionCaller) -> None:
    begun = clock()
    for unit, per_unit in (("call", "0.002"), ("second", "0.001")):
        set_meter_price(
            kind="predictions",
            unit=unit,
            per_unit=Decimal(per_unit),
            currency=None,
            effective_from=begun,
            actor="tests",
            now=begun,
        )
    prediction_id = queued(model)
    worker.claim()
    for _ in range(2):
        worker.finish(prediction_id, predictions=ANSWERS)
    by_unit = {row.unit: row for row in MeteredUsage.across_tenants.all()}
    assert (by_unit["call"].quantity_nano, by_unit["call"].amount_micros) == (10**9, 2_000)
    assert 0 < by_unit["second"].quantity_nano < (clock() - begun) / timedelta(microseconds=1) * 1_000
    assert {row.subject for row in by_unit.values()} == {model.id}


def test_a_prediction_that_failed_is_free(model: Model, worker: PredictionCaller) -> None:
    prediction_id = queued(model)
    worker.claim()
    worker.finish(prediction_id, failure={"fault": "user", "code": "bad", "message": "Bad input.", "hint": ""})
    assert not MeteredUsage.across_tenants.exists()


def test_what_is_stored_is_counted_once_an_hour(model: Model) -> None:
    now = clock()
    for minute in (1, 20, 59):
        storage.meter_hour(now=now.replace(minute=minute))
    rows = {row.subject: row for row in MeteredUsage.across_tenants.all()}
    stored = storage_metering.stored_bytes()[model.organization_id]
    assert {subject: row.quantity_nano for subject, row in rows.items()} == {k: n for k, n in stored.items() if n}
    assert {row.free_reason for row in rows.values()} == {"no_price"}
    assert {row.amount_micros for row in rows.values()} == {0}
