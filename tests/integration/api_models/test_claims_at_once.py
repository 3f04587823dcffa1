"""Workers, and validators, that reach for the same thing from several connections at the same time."""

from datetime import timedelta
from functools import partial

import pytest

from tests.support.dataset_versions import clock
from tests.support.finished_models import finished_model
from tests.support.jobs import Bench, fund, make_version, make_worker
from tests.support.platform import START
from tests.support.transactional import at_once
from trainyard.billing.models import Price
from trainyard.core.tenancy import tenant_scope
from trainyard.datasets import validation
from trainyard.datasets.models import DatasetVersion
from trainyard.pools.models import Pool, Worker
from trainyard.registry import predictions
from trainyard.registry.models import Model, Prediction
from trainyard.tenants.models import Organization
from trainyard_spec.worker_protocol import PredictionFinish

ANSWERS = PredictionFinish(predictions=({"value": 1.0},))


@pytest.fixture
def committed_bench(committed_db: None) -> Bench:
    organization = Organization.objects.create(name="Meadow Labs", created_at=START)
    pool = Pool.objects.create(name="default", slot_kind=Pool.SlotKind.CPU, created_at=START)
    Price.objects.create(pool=pool, per_slot_second="0.0001", currency="USD", effective_from=START, created_at=START)
    fund(organization)
    return Bench(organization, pool, make_worker(pool).worker, make_version(organization))


def ask(model: Model) -> None:
    Worker.objects.update(last_heartbeat_at=clock())
    with tenant_scope(model.organization_id):
        predictions.submit(model_id=model.id, inputs=[{}], created_by="key_tests", now=clock())


def test_each_prediction_goes_to_one_worker(committed_bench: Bench) -> None:
    model = finished_model(committed_bench)
    for _ in range(2):
        ask(model)
    workers = [make_worker(committed_bench.pool, name=f"w{number}").worker for number in range(4)]
    claims = at_once([partial(predictions.claim, worker=worker, now=clock()) for worker in workers])
    claimed = [claim.id for claim in claims if isinstance(claim, Prediction)]
    assert sorted(claimed) == sorted(Prediction.across_tenants.values_list("id", flat=True))
    assert claims.count(None) == 2


def test_an_answer_and_an_expiry_leave_one_of_both(committed_bench: Bench) -> None:
    model, worker = finished_model(committed_bench), committed_bench.worker
    ask(model)
    claim = predictions.claim(worker=worker, now=clock())
    assert claim is not None
    late = clock() + timedelta(seconds=20)
    at_once(
        [
            partial(predictions.finish, worker=worker, prediction_id=claim.id, outcome=ANSWERS, now=late),
            partial(predictions.expire, now=late),
        ]
    )
    row = Prediction.across_tenants.get()
    assert (row.state, row.inputs) in [("succeeded", []), ("queued", [{}])]


def test_one_validator_claims_a_version(committed_bench: Bench) -> None:
    version = committed_bench.version
    DatasetVersion.across_tenants.filter(id=version.id).update(state="validating")
    claims = at_once([partial(validation._claim, version.id, clock())] * 4)
    assert claims.count(None) == 3
    assert DatasetVersion.across_tenants.get(id=version.id).validation_fence == 1
