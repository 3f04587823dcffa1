"""One item that a periodic task cannot deal with stops no other, is tried again later, and is remembered."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.jobs import Bench, Run, bench, make_worker
from trainyard.core.models import PostponedItem
from trainyard.core.reconciling import FIRST_DELAY, LONGEST_DELAY, each
from trainyard.jobs.lifecycle import leases
from trainyard.jobs.models import Attempt, Checkpoint, Job
from trainyard.jobs.reporting import checkpoints

__all__ = ["bench"]


class Broken(Exception):
    """What is wrong with one item."""


def fails_for(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, item_id: str) -> None:
    """Of the calls of a function, the one whose first argument is, or has, ``item_id`` raises."""
    real = getattr(module, name)

    def call(first: Any, *args: Any, **kwargs: Any) -> Any:
        if item_id in (first, getattr(first, "id", None)):
            raise Broken(item_id)
        return real(first, *args, **kwargs)

    monkeypatch.setattr(module, name, call)


def two_runs(bench: Bench) -> tuple[Run, Run]:
    """Of jobs on a worker each."""
    first = bench.run()
    bench.submit()
    second = bench.claim(make_worker(bench.pool, name="another").worker)
    assert second is not None
    return first, second.start()


def test_a_lease_that_cannot_be_ended_stops_no_other(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = two_runs(bench)
    with monkeypatch.context() as patch:
        fails_for(patch, leases, "_expire_lease", first.claim.attempt_id)
        bench.pass_time(61)
        assert leases.expire_leases(now=bench.now) == 1
        assert [attempt.id for attempt in Attempt.across_tenants.filter(ended_at=None)] == [first.claim.attempt_id]
    (postponed,) = PostponedItem.objects.all()
    assert (postponed.item_id, postponed.failures) == (first.claim.attempt_id, 1)
    assert postponed.error == f"Broken: {first.claim.attempt_id}"
    assert leases.expire_leases(now=bench.now) == 0  # it waits
    assert leases.expire_leases(now=bench.now + FIRST_DELAY) == 1
    assert not PostponedItem.objects.exists()
    assert second.job.state == "queued"


def test_a_checkpoint_that_cannot_be_deleted_stops_no_other(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = two_runs(bench)
    for run in runs:
        for step in (10, 20, 30):
            run.checkpoint(step)
    fails_for(monkeypatch, checkpoints, "_prune", runs[0].claim.job_id)
    assert checkpoints.prune(now=bench.now) == 1
    pruned = Checkpoint.across_tenants.exclude(pruned_at=None).values_list("job_id", flat=True)
    assert list(pruned) == [runs[1].claim.job_id]


def test_items_that_fail_wait_longer_each_time_and_leave_room_for_others(bench: Bench) -> None:
    def fail() -> int:
        raise Broken("x" * 1_000 + "\x00")

    now, delays = bench.now, []
    for _ in range(12):
        each([("item", fail)], reconciler="tests", now=now)
        item = PostponedItem.objects.get()
        delays.append(item.not_before - now)
        now = item.not_before
    assert delays[:3] == [FIRST_DELAY, 2 * FIRST_DELAY, 4 * FIRST_DELAY]
    assert delays[-1] == LONGEST_DELAY > timedelta(minutes=30)
    assert item.failures == 12
    assert Job.across_tenants.count() == 0
