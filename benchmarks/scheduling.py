"""The scheduling policy against first in, first out and strict priority, on one workload in simulated time."""

import statistics
import time
from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from trainyard.jobs.scheduling.decision import decide
from trainyard.jobs.scheduling.priority import aged_priority
from trainyard.jobs.scheduling.simulation import Policy, Simulation, SimulationResult, Submission, strict
from trainyard.jobs.scheduling.state import (
    PoolState,
    PoolWorker,
    ResourceRequest,
    Rules,
    RunningJob,
    Tenant,
    WaitingJob,
)

JOBS = 10_000
TENANTS = 100
WORKERS, SLOTS = 125, 8
ARRIVALS_SECONDS = 14_400.0
LOAD = 1.2
DECISION_AIM_SECONDS = 0.020
TICK_SECONDS = 10.0
"""Jobs come and end at whole ticks, so that several decisions fall together."""
NEVER = 1e12


class Contender(NamedTuple):
    name: str
    policy: Policy
    rules: Rules


CONTENDERS = (
    Contender("fair share", decide, Rules()),
    Contender("first in, first out", strict, Rules(ageing_seconds=0.0)),
    Contender("strict priority", strict, Rules(ageing_seconds=NEVER)),
)


def report() -> None:
    """Prints the comparison, and how long one decision over 10,000 queued jobs takes."""
    console = Console()
    console.print(f"{JOBS} jobs of {TENANTS} tenants on {WORKERS * SLOTS} slots, {LOAD:.0%} of what they can do.")
    table = Table(
        "policy",
        "utilization",
        "share error",
        "wait p50",
        "p90",
        "p99",
        "longest",
        "preempted",
        "decision p99",
        box=None,
    )
    for contender in CONTENDERS:
        table.add_row(contender.name, *_row(_play(contender)))
    console.print(table)
    waiting, full = _decision_seconds(busy=0.99), _decision_seconds(busy=1.0)
    console.print(
        f"One decision over 10,000 queued jobs of {TENANTS} organizations: {waiting * 1e3:.1f} ms with ten slots free, "
        f"{full * 1e3:.1f} ms with none; ratio to the aim of {DECISION_AIM_SECONDS * 1e3:.0f} ms: "
        f"{max(waiting, full) / DECISION_AIM_SECONDS:.2f}"
    )


def workload(seed: int = 0) -> tuple[list[Tenant], list[Submission]]:
    """Tenants of three weights, a tenth of them with guaranteed slots. Their jobs: lognormal times, one slot to two
    whole workers, more from some tenants than from others, in bursts."""
    random = Random(seed)
    tenants = [
        Tenant(f"org_{n:03}", weight=random.choice((1.0, 2.0, 4.0)), guaranteed_slots=8 if n % 10 == 0 else 0)
        for n in range(TENANTS)
    ]
    eagerness = [random.lognormvariate(0, 1) for _ in tenants]
    sizes = (ResourceRequest(1), ResourceRequest(2), ResourceRequest(4), ResourceRequest(8), ResourceRequest(8, 2))
    shapes = random.choices(sizes, (60, 20, 12, 6, 2), k=JOBS)
    times = [random.lognormvariate(0, 1) for _ in range(JOBS)]
    work = sum(shape.total * seconds for shape, seconds in zip(shapes, times, strict=True))
    scale = LOAD * ARRIVALS_SECONDS * WORKERS * SLOTS / work
    submissions = []
    for number, (request, drawn) in enumerate(zip(shapes, times, strict=True)):
        owner = random.choices(tenants, eagerness)[0]
        burst = random.uniform(0, ARRIVALS_SECONDS) if random.random() < 0.7 else 3_600.0 * random.randrange(4)
        seconds = _whole_ticks(drawn * scale)
        submissions.append(
            Submission(
                id=f"job_{number:05}",
                organization_id=owner.id,
                at=_whole_ticks(burst),
                seconds=seconds,
                request=request,
                longest_seconds=seconds * random.uniform(1, 4),
                priority=random.choice((0, 0, 0, 1, 5)),
                preemptible=random.random() < 0.2,
            )
        )
    return tenants, submissions


def _whole_ticks(seconds: float) -> float:
    return max(round(seconds / TICK_SECONDS), 1) * TICK_SECONDS


def _play(contender: Contender) -> tuple[SimulationResult, list[Submission]]:
    tenants, submissions = workload()
    workers = [PoolWorker(f"wrk_{n:03}", SLOTS) for n in range(WORKERS)]
    simulation = Simulation(
        policy=contender.policy, rules=contender.rules, tenants=tenants, workers=workers, submissions=submissions
    )
    # Up to the last arrival: what follows is a pool that runs empty.
    simulation.run(until=ARRIVALS_SECONDS)
    busy = simulation.outcome.slot_seconds / (simulation.outcome.seconds * WORKERS * SLOTS)
    outcome = simulation.run()
    outcome.slot_seconds = busy
    return outcome, submissions


def _row(played: tuple[SimulationResult, list[Submission]]) -> list[str]:
    outcome, submissions = played
    waits = sorted(outcome.started_at[job.id] - job.at for job in submissions)
    wrong = sum(abs(outcome.used[name] - fair) for name, fair in outcome.fair.items())
    cuts = statistics.quantiles(waits, n=100)
    return [
        f"{outcome.slot_seconds:.1%}",
        f"{wrong / sum(outcome.fair.values()):.1%}",
        *(f"{wait / 60:.0f} min" for wait in (cuts[49], cuts[89], cuts[98], waits[-1])),
        str(outcome.preemptions),
        f"{statistics.quantiles(outcome.decision_seconds, n=100)[98] * 1e3:.1f} ms",
    ]


def _decision_seconds(*, busy: float) -> float:
    """The median of several decisions over 10,000 queued jobs, each from a state of its own."""
    states = [_crowded(seed, busy=busy) for seed in range(9)]
    return statistics.median(_timed(state) for state in states)


def _timed(state: PoolState) -> float:
    began = time.process_time()
    decide(state, Rules())
    return time.process_time() - began


def _crowded(seed: int, *, busy: float) -> PoolState:
    tenants, submissions = workload(seed)
    now, rules = ARRIVALS_SECONDS, Rules()
    workers = [PoolWorker(f"wrk_{n:03}", SLOTS) for n in range(WORKERS)]
    held = [
        RunningJob(
            f"run_{n:04}",
            tenants[n % TENANTS].id,
            ResourceRequest(),
            (workers[n // SLOTS].id,),
            0.0,
            0.0,
            now + n,
            now + n,
        )
        for n in range(int(busy * WORKERS * SLOTS))
    ]
    queues: dict[str, list[WaitingJob]] = {tenant.id: [] for tenant in tenants}
    for job in submissions:
        ranked_at = aged_priority(queued_at=job.at, priority=job.priority, ageing_seconds=rules.ageing_seconds)
        queues[job.organization_id].append(
            WaitingJob(
                job.id, job.organization_id, job.request, ranked_at, job.at, job.priority, job.preemptible, job.seconds
            )
        )
    for queue in queues.values():
        queue.sort(key=lambda job: (job.ranked_at, job.id))
    return PoolState(
        now, {tenant.id: _with_demand(tenant, queues[tenant.id]) for tenant in tenants}, queues, held, workers
    )


def _with_demand(tenant: Tenant, queue: Sequence[WaitingJob]) -> Tenant:
    waiting = sum(job.request.total for job in queue)
    return Tenant(tenant.id, tenant.weight, tenant.guaranteed_slots, used_slot_seconds=1e5, waiting_slots=waiting)
