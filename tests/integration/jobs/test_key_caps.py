"""What the jobs of an API key may cost in a month, whatever they do and however many are submitted at once."""

from datetime import timedelta

import pytest

from tests.support.jobs import Bench, fund, make_version, make_worker
from tests.support.platform import START as BEGINNING
from tests.support.transactional import at_once
from trainyard.billing.models import Price
from trainyard.core.money import MICROS_PER_UNIT
from trainyard.core.tenancy import platform_scope, tenant_scope
from trainyard.jobs.accounting import key_caps
from trainyard.jobs.accounting.key_caps import KeyCapReached
from trainyard.jobs.models import Job
from trainyard.pools.models import Pool
from trainyard.tenants import api_keys
from trainyard.tenants.api_keys import Granter, IssuedKey, KeyTerms, issue_api_key
from trainyard.tenants.models import Organization, Role

ONE_JOB = {"limits": {"max_cost": "5.00"}}


def capped_key(bench: Bench, units: int) -> IssuedKey:
    terms = KeyTerms(name="CI", role=Role.MEMBER, monthly_cap_micros=units * MICROS_PER_UNIT)
    issued = issue_api_key(organization_id=bench.organization.id, terms=terms, actor="tests", now=bench.now)
    bench.submitted_by = issued.key.id
    return issued


def test_a_job_that_could_pass_the_cap_is_refused_and_leaves_nothing(bench: Bench) -> None:
    capped_key(bench, 12)
    bench.submit(**ONE_JOB)
    bench.submit(**ONE_JOB)
    held = bench.held_micros()
    with pytest.raises(KeyCapReached, match=r"may cost 5\.000000.*may spend 2\.000000 more") as refused:
        bench.submit(**ONE_JOB)
    assert refused.value.hint
    assert (Job.across_tenants.count(), bench.held_micros()) == (2, held)
    assert bench.submit(limits={"max_cost": "2.00"}).cap_micros == 2 * MICROS_PER_UNIT


def test_what_a_job_did_not_cost_is_free_again(bench: Bench) -> None:
    capped_key(bench, 5)
    bench.cancel(bench.submit(**ONE_JOB))
    assert bench.submit(**ONE_JOB).state == "queued"


def test_what_a_job_cost_counts_until_the_month_is_over(bench: Bench) -> None:
    issued = capped_key(bench, 5)
    run = bench.run(**ONE_JOB)
    run.train(100, step=10)
    run.checkpoint(10)
    bench.cancel(run.job)
    run.finish()
    with tenant_scope(bench.organization.id):
        spent = key_caps.spent_micros(issued.key, now=bench.now)
        assert spent == bench.billed_micros(run.job) > 0
    with pytest.raises(KeyCapReached):
        bench.submit(**ONE_JOB)
    bench.pass_time(timedelta(days=31).total_seconds())
    assert bench.submit(**ONE_JOB).state == "queued"


def test_rotation_starts_no_new_count(bench: Bench) -> None:
    issued = capped_key(bench, 5)
    bench.submit(**ONE_JOB)
    with tenant_scope(bench.organization.id):
        renewed = api_keys.rotate_api_key(
            key_id=issued.key.id, overlap=timedelta(), granted_by=Granter(Role.OWNER), actor="tests", now=bench.now
        )
    bench.submitted_by = renewed.key.id
    with pytest.raises(KeyCapReached):
        bench.submit(**ONE_JOB)


def test_resuming_with_a_higher_limit_is_held_to_it_too(bench: Bench) -> None:
    capped_key(bench, 5)
    job = bench.pause(bench.submit(**ONE_JOB))
    with pytest.raises(KeyCapReached):
        bench.resume(job, max_cost_micros=6 * MICROS_PER_UNIT)
    assert Job.across_tenants.get(id=job.id).state == "paused"
    assert bench.resume(job).state == "queued"


def test_others_are_not_held_to_it(bench: Bench) -> None:
    capped_key(bench, 5)
    bench.submit(**ONE_JOB)
    bench.submitted_by = "usr_ada"
    assert bench.submit(**ONE_JOB).state == "queued"


def test_of_many_at_once_no_more_fit_than_the_cap_pays(committed_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainyard.core.outbox.current_app.send_task", lambda *_, **__: None)
    with platform_scope():
        organization = Organization.objects.create(name="Busy Labs", created_at=BEGINNING)
        pool = Pool.objects.create(name="default", slot_kind=Pool.SlotKind.CPU, created_at=BEGINNING)
        Price.objects.create(
            pool=pool, per_slot_second="0.0001", currency="USD", effective_from=BEGINNING, created_at=BEGINNING
        )
        fund(organization)
        bench = Bench(organization, pool, make_worker(pool).worker, make_version(organization))
        capped_key(bench, 16)
        answers = at_once([lambda: bench.submit(**ONE_JOB)] * 12)
        refused = [answer for answer in answers if isinstance(answer, Exception)]
        assert {type(answer) for answer in refused} == {KeyCapReached}
        assert Job.across_tenants.count() == 3
