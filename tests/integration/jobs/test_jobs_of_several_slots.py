"""Jobs that take several slots of one worker: their claims, their place in the queue, their bill."""

import pytest

from tests.support.jobs import Bench, Run, make_worker
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.accounting.billing_breakdown import breakdown_of

TWO = {"resources": {"slots": 2}}


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """The worker has two slots."""
    type(bench.worker).objects.update(slots=2)
    return bench


def claimed(bench: Bench, free_slots: int) -> Run:
    run = bench.claim(free_slots=free_slots)
    assert run is not None
    return run


def test_a_claim_says_how_many_slots_and_never_more_than_are_free(bench: Bench) -> None:
    bench.submit(**TWO)
    assert bench.claim(free_slots=1) is None
    assert claimed(bench, 2).claim.slots == 2
    bench.submit()
    assert bench.claim(free_slots=2) is None


def test_it_is_not_passed_by_what_would_keep_its_slots(bench: Bench) -> None:
    first = bench.run()
    bench.pass_time(1)
    wide = bench.submit(**TWO)
    bench.submit()
    assert bench.claim(free_slots=1) is None
    first.succeed()
    # The slot of the first is still being cleared: the free one is kept all the same.
    assert bench.claim(free_slots=1) is None
    assert claimed(bench, 2).claim.job_id == wide.id


def test_it_goes_where_it_fits(bench: Bench) -> None:
    job = bench.submit(**TWO)
    narrow = make_worker(bench.pool, name="narrow", slots=1).worker
    assert bench.claim(narrow) is None
    assert claimed(bench, 2).claim.job_id == job.id


def test_every_slot_is_billed_and_only_for_kept_time(bench: Bench) -> None:
    bench.submit(**TWO, limits={"max_runtime_seconds": 100})
    assert bench.held_micros() == 2 * 100 * 100
    lost = claimed(bench, 2).start()
    lost.train(10, step=20)
    lost.checkpoint(20)
    lost.train(4, step=30)
    bench.lose_lease()
    last = claimed(bench, 2).start()
    bench.pass_time(5.25)
    job = last.succeed()
    with tenant_scope(bench.organization.id):
        report = breakdown_of(job_id=job.id)
    assert [(row.slots, row.microseconds / 1e6, row.amount_micros, row.free_reason) for row in report.rows] == [
        (2, 10, 2 * 1_000, None),
        (2, 4, 0, "not_kept"),
        (0, 1, 0, "queued"),
        (2, 5.25, 2 * 525, None),
    ]
    assert bench.billed_micros(job) == 3_050
    assert bench.held_micros() == 0


def test_the_cap_counts_every_slot(bench: Bench) -> None:
    """One slot could train for 20 seconds."""
    bench.submit(**TWO, limits={"max_cost": "0.002000"})
    run = claimed(bench, 2).start()
    assert run.train(5, step=10) == "run"
    assert run.train(4.9, step=20) == "stop_with_checkpoint"
