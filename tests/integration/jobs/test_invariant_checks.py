"""The history checker finds nothing in what the platform wrote, and every breach in what it never would."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models import F

from tests.support.jobs import Bench, Run
from tests.support.queries import table_queries
from trainyard.billing.models import CreditGrant, LedgerAccount, LedgerEntry, LedgerTransaction, UsageRecord
from trainyard.billing.usage_rollup.models import DAY, UsageRollup
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.models import Attempt, Checkpoint, Event, Job, LogLine
from trainyard.jobs.reconcile.invariant_checks import RULES, check
from trainyard_spec.engine_protocol import Log
from trainyard_spec.worker_protocol import CancelledOutcome

QUERIES = 17


@pytest.fixture
def finished(bench: Bench) -> Run:
    """A job that was lost once and then trained to its end."""
    first = bench.run()
    first.train(10, step=10)
    first.checkpoint(10)
    first.report(Log(message="from the first"))
    bench.lose_lease()
    bench.pass_time(60)
    second = bench.claim()
    assert second is not None
    second.start()
    second.train(10, step=20)
    second.checkpoint(20)
    second.report(Log(message="from the second"))
    second.train(10, step=40)
    second.succeed()
    return second


def broken_rules() -> set[str]:
    return {finding.rule for finding in check().findings}


def test_what_the_platform_wrote_holds_together(bench: Bench, finished: Run) -> None:
    bench.run()
    bench.pause(bench.submit())
    with table_queries(QUERIES):
        found = check()
    assert found.findings == []
    assert (found.counts["jobs"], found.counts["attempts"], found.counts["usage records"]) == (3, 3, 3)


def test_what_a_lost_attempt_left_may_come_until_the_next_begins(finished: Run) -> None:
    lost, following = Attempt.across_tenants.filter(job=finished.job).order_by("fence")
    assert lost.ended_at is not None
    assert lost.ended_at < following.claimed_at
    late = Checkpoint.across_tenants.create(
        organization_id=finished.job.organization_id,
        job=finished.job, attempt=lost, step=11, epoch=1, files=[], bytes=0, trained_microseconds=0,
        created_at=following.claimed_at,
    )  # fmt: skip
    assert broken_rules() == set()
    Checkpoint.across_tenants.filter(id=late.id).update(created_at=following.claimed_at + timedelta(seconds=1))
    assert broken_rules() == {"written_while_alive"}


def test_an_end_that_waited_for_a_checkpoint_comes_after_it(bench: Bench) -> None:
    run = bench.run()
    run.train(10, step=10)
    run.checkpoint(10)
    bench.pass_time(-0.002)  # when it was asked for, before it had to wait for the job
    run.finish(CancelledOutcome())
    assert check().findings == []


def test_an_empty_platform_has_no_history(db: None) -> None:
    assert check().findings == []


def event(job: Job, **fields: object) -> None:
    """One more line in the job's history."""
    Event.objects.create(job=job, **{"sequence": job.events_count + 1, "fence": job.fence, "type": "note"} | fields)


def usage(run: Run, *, start: int, end: int, **fields: object) -> None:
    last = UsageRecord.objects.filter(attempt_id=run.claim.attempt_id).latest("to_microseconds")
    last.pk, last._state.adding = f"use_{start}", True
    last.from_microseconds, last.to_microseconds = start, end
    for name, value in fields.items():
        setattr(last, name, value)
    last.save()


def skip_a_number(run: Run) -> None:
    event(run.job, sequence=run.job.events_count + 2, created_at=run.bench.now)


def go_back_in_fences(run: Run) -> None:
    event(run.job, fence=1, created_at=run.bench.now)


def jump_between_states(run: Run) -> None:
    event(run.job, from_state="paused", to_state="queued", created_at=run.bench.now)


def end_twice(run: Run) -> None:
    event(run.job, from_state="succeeded", to_state="failed", created_at=run.bench.now)


def lose_an_attempt(run: Run) -> None:
    Job.objects.filter(id=run.job.id).update(fence=3)


def keep_an_attempt_alive(run: Run) -> None:
    Attempt.objects.filter(id=run.claim.attempt_id).update(state="training")


def write_late(run: Run) -> None:
    LogLine.objects.create(job=run.job, fence=1, level="info", message="too late", created_at=run.bench.now)


def keep_a_checkpoint_late(run: Run) -> None:
    lost = Attempt.objects.get(job=run.job, fence=1)
    assert lost.ended_at is not None
    assert lost.ended_at < run.bench.now
    Checkpoint.objects.create(
        job=run.job, attempt=lost, step=30, epoch=3, files=[], bytes=0, trained_microseconds=0, created_at=run.bench.now
    )


def note_a_checkpoint_under_another_fence(run: Run) -> None:
    event(run.job, type="checkpoint", created_at=run.bench.now, data={"checkpoint_id": first_checkpoint(run).id})


def first_checkpoint(run: Run) -> Checkpoint:
    return Checkpoint.objects.get(job=run.job, attempt__fence=1)


def bill_twice(run: Run) -> None:
    usage(run, start=5, end=10)


def bill_beyond(run: Run) -> None:
    last = run.attempt.durable_microseconds
    usage(run, start=last, end=last + 10)


def lose_a_sum(run: Run) -> None:
    UsageRollup.objects.filter(seconds=DAY.total_seconds()).delete()


def bill_two_attempts_at_once(run: Run) -> None:
    first = Attempt.objects.get(job=run.job, fence=1)
    began = run.attempt.training_started_at
    assert began is not None
    usage(
        run, start=first.durable_microseconds, end=first.durable_microseconds + 60_000_000, attempt_id=first.id, fence=1
    )
    assert began - timedelta(seconds=1) > first.claimed_at
    later = UsageRecord.objects.filter(attempt_id=first.id).latest("from_microseconds")
    assert later.ended_at > began


def hold_on(run: Run) -> None:
    Job.objects.filter(id=run.bench.run().job.id).update(state="paused")


def entry(run: Run, amount: int) -> None:
    transaction = LedgerTransaction.objects.create(kind="hold", dedupe_key=f"{amount}", created_at=run.bench.now)
    account = LedgerAccount.objects.get(kind="wallet")
    LedgerEntry.objects.create(transaction=transaction, account=account, amount_micros=amount)


def unbalance(run: Run) -> None:
    entry(run, 5)


def give_credit_away(run: Run) -> None:
    CreditGrant.objects.update(remaining_micros=F("remaining_micros") - 1)


@pytest.mark.parametrize(
    ("breach", "rule"),
    [
        (skip_a_number, "numbered"),
        (go_back_in_fences, "fences_grow"),
        (jump_between_states, "states_follow"),
        (end_twice, "one_end"),
        (lose_an_attempt, "attempts_numbered"),
        (keep_an_attempt_alive, "one_holder"),
        (write_late, "no_interleaving"),
        (keep_a_checkpoint_late, "written_while_alive"),
        (note_a_checkpoint_under_another_fence, "written_while_alive"),
        (bill_twice, "billed_once"),
        (bill_beyond, "billed_once"),
        (bill_beyond, "usage_posted"),
        (lose_a_sum, "usage_rolled_up"),
        (bill_two_attempts_at_once, "billed_apart"),
        (hold_on, "nothing_held"),
        (unbalance, "balanced"),
        (unbalance, "balance_kept"),
        (give_credit_away, "credit_kept"),
    ],
)
def test_every_breach_is_found(bench: Bench, finished: Run, breach: Callable[[Run], None], rule: str) -> None:
    with tenant_scope(finished.organization_id):
        breach(finished)
    assert rule in broken_rules()


def test_every_rule_has_a_breach_that_is_tried() -> None:
    marks = {mark.name: mark for mark in test_every_breach_is_found.pytestmark}  # type: ignore[attr-defined]
    assert {rule for _, rule in marks["parametrize"].args[1]} == RULES.keys()


def test_the_page_of_faults_lists_the_rules() -> None:
    page = (Path(__file__).parents[3] / "docs" / "faults.md").read_text()
    assert dict(re.findall(r"^\| `(\w+)` \| ([A-Z].*\.) \|$", page, re.MULTILINE)) == RULES
