"""What the scheduling policy promises, over random pools and random workloads."""

from collections import Counter
from dataclasses import replace

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from trainyard.jobs.scheduling.decision import Decision, decide
from trainyard.jobs.scheduling.preemption import PreemptionReason
from trainyard.jobs.scheduling.priority import aged_priority
from trainyard.jobs.scheduling.simulation import Simulation, Submission
from trainyard.jobs.scheduling.slot_allocator import SlotAllocator
from trainyard.jobs.scheduling.state import (
    PoolState,
    PoolWorker,
    ResourceRequest,
    Rules,
    RunningJob,
    Tenant,
    WaitingJob,
    allocations,
)

RULES = Rules(half_life_seconds=600, ageing_seconds=60, starvation_seconds=900, minimum_runtime_seconds=30)
NOW = 10_000.0
ORGANIZATIONS = ["a", "b", "c", "d"]

labels = st.frozensets(st.sampled_from([("gpu", "h100"), ("zone", "x")]))
request = st.builds(ResourceRequest, st.integers(1, 4), st.integers(1, 2), labels)
organizations = st.sampled_from(ORGANIZATIONS)
seconds = st.floats(0, 2_000)
tenants = st.fixed_dictionaries({
    name: st.builds(
        Tenant,
        id=st.just(name),
        weight=st.sampled_from([0.5, 1.0, 3.0]),
        guaranteed_slots=st.integers(0, 3),
        max_running_jobs=st.none() | st.integers(0, 3),
        used_slot_seconds=st.floats(0, 10_000),
    )
    for name in ORGANIZATIONS
})  # fmt: skip
workers = st.lists(st.tuples(st.integers(1, 4), labels), max_size=4)
jobs = st.lists(
    st.tuples(organizations, request, seconds, st.integers(-3, 3), st.booleans(), st.floats(1, 500)), max_size=14
)
holders = st.lists(
    st.tuples(organizations, st.integers(1, 3), st.integers(0, 3), seconds, st.booleans(), st.booleans()), max_size=8
)


@st.composite
def pools(draw: st.DrawFn) -> PoolState:
    """A pool in which nothing runs beyond the slots there are."""
    up = [PoolWorker(f"w{n}", slots, found) for n, (slots, found) in enumerate(draw(workers))]
    free = {worker.id: worker.slots for worker in up}
    held = []
    for number, (organization, slots, on, age, preemptible, stopping) in enumerate(draw(holders)):
        worker = f"w{on}"
        if free.get(worker, 0) >= slots:
            free[worker] -= slots
            times = {"queued_at": NOW - age, "since": NOW - age, "ends_by": NOW + age}
            flags = {"preemptible": preemptible, "stopping": stopping}
            held.append(RunningJob(f"r{number}", organization, ResourceRequest(slots), (worker,), **times, **flags))
    queues: dict[str, list[WaitingJob]] = {}
    for number, (organization, wants, age, priority, preemptible, longest) in enumerate(draw(jobs)):
        ranked = aged_priority(queued_at=NOW - age, priority=priority, ageing_seconds=RULES.ageing_seconds)
        job = WaitingJob(f"j{number}", organization, wants, ranked, NOW - age, priority, preemptible, longest)
        queues.setdefault(organization, []).append(job)
    for queue in queues.values():
        queue.sort(key=lambda job: (job.ranked_at, job.id))
    known = {
        name: replace(tenant, waiting_slots=sum(job.request.total for job in queues.get(name, ())))
        for name, tenant in draw(tenants).items()
    }
    return PoolState(NOW, known, queues, held, up)


def after(state: PoolState, decision: Decision) -> PoolState:
    """The pool once the decision's jobs have started."""
    waiting = {job.id: job for queue in state.queues.values() for job in queue}
    begun = []
    for start in decision.starts:
        job = waiting[start.job_id]
        begun.append(
            RunningJob(
                job.id, job.organization_id, job.request, start.worker_ids, job.queued_at, NOW, priority=job.priority
            )
        )
    ids = {job.id for job in begun}
    left = {name: [job for job in queue if job.id not in ids] for name, queue in state.queues.items()}
    return PoolState(NOW, state.tenants, left, [*state.running, *begun], state.workers)


@settings(max_examples=40)
@given(state=pools())
def test_neither_a_worker_nor_an_organization_gets_more_than_it_may(state: PoolState) -> None:
    decision = decide(state, RULES)
    then = after(state, decision)
    taken = Counter({worker.id: 0 for worker in state.workers})
    for job in then.running:
        assert len(set(job.worker_ids)) == job.request.workers
        for worker_id in job.worker_ids:
            taken[worker_id] += job.request.slots
    by_id = {worker.id: worker for worker in state.workers}
    assert all(taken[worker.id] <= worker.slots for worker in state.workers)
    assert all(
        job.request.labels <= by_id[w].labels for job in then.running[len(state.running) :] for w in job.worker_ids
    )
    assert len({start.job_id for start in decision.starts}) == len(decision.starts)
    before = allocations(state.running)
    for name, jobs_held in allocations(then.running).jobs.items():
        limit = state.tenants[name].max_running_jobs
        assert limit is None or jobs_held <= max(limit, before.jobs.get(name, 0))


@settings(max_examples=40)
@given(state=pools())
def test_no_slot_stays_free_that_somebody_may_have(state: PoolState) -> None:
    """Except what is kept: for a job that a reservation or others that make room for it hold it for."""
    state = PoolState(
        state.now, state.tenants, state.queues, [job for job in state.running if not job.stopping], state.workers
    )
    decision = decide(state, RULES)
    if decision.reservation is not None or decision.preemptions:
        return
    then = after(state, decision)
    held = allocations(then.running)
    for name, queue in then.queues.items():
        limit = state.tenants[name].max_running_jobs
        if limit is None or held.jobs.get(name, 0) < limit:
            assert not any(SlotAllocator(then).has_room(job.request) for job in queue)


@settings(max_examples=40)
@given(state=pools(), data=st.data())
def test_the_same_values_give_the_same_decision_in_any_order(state: PoolState, data: st.DataObject) -> None:
    shuffled = PoolState(
        state.now,
        dict(data.draw(st.permutations(list(state.tenants.items())))),
        dict(data.draw(st.permutations(list(state.queues.items())))),
        data.draw(st.permutations(list(state.running))),
        data.draw(st.permutations(list(state.workers))),
    )
    assert decide(shuffled, RULES) == decide(state, RULES)


@settings(max_examples=40)
@given(state=pools())
def test_only_those_give_way_who_may_be_asked_to(state: PoolState) -> None:
    held = {job.id: job for job in state.running}
    waiting = {job.id: job for queue in state.queues.values() for job in queue}
    stays = allocations(state.running).staying
    found = decide(state, RULES).preemptions
    assert len({preemption.job_id for preemption in found}) == len(found)
    for preemption in found:
        victim, job = held[preemption.job_id], waiting[preemption.for_job_id]
        assert not job.preemptible
        assert not victim.stopping
        assert victim.since + RULES.minimum_runtime_seconds <= NOW
        stays[victim.organization_id] -= victim.request.total
        if preemption.reason == PreemptionReason.OVER_QUOTA:
            assert stays[victim.organization_id] >= state.tenants[victim.organization_id].guaranteed_slots
            assert job.organization_id != victim.organization_id
        else:
            assert victim.preemptible


submissions = st.lists(
    st.tuples(organizations, request, st.floats(0, 500), st.floats(1, 200), st.integers(-2, 2), st.booleans()),
    min_size=1,
    max_size=25,
)


def played(submitted: list[tuple[str, ResourceRequest, float, float, int, bool]], **arguments: object) -> Simulation:
    truth = [
        Submission(f"j{n}", organization, at, takes, wants, takes * 2, priority, preemptible)
        for n, (organization, wants, at, takes, priority, preemptible) in enumerate(submitted)
    ]
    everything = frozenset({("gpu", "h100"), ("zone", "x")})
    setting = {
        "policy": decide,
        "rules": RULES,
        "tenants": [Tenant(name, guaranteed_slots=n % 3) for n, name in enumerate(ORGANIZATIONS)],
        "workers": [PoolWorker("w1", 4, everything), PoolWorker("w2", 4, everything)],
        "submissions": truth,
    }
    return Simulation(**setting | arguments)  # type: ignore[arg-type]


@settings(max_examples=40)
@given(submitted=submissions)
def test_every_job_that_could_run_ends_whatever_gives_way_to_whom(
    submitted: list[tuple[str, ResourceRequest, float, float, int, bool]],
) -> None:
    outcome = played(submitted).run()
    assert len(outcome.ended_at) == len(submitted)


@settings(max_examples=40)
@given(submitted=submissions)
def test_a_reserved_start_is_kept(submitted: list[tuple[str, ResourceRequest, float, float, int, bool]]) -> None:
    """With one organization, whose order nothing but time decides, the first that waits is passed by nobody who delays
    it beyond the start that it was first promised."""
    promised: dict[str, float] = {}

    def watch(state: PoolState, decision: Decision) -> None:
        for start in decision.starts:
            assert state.now <= promised.get(start.job_id, state.now)
        if decision.reservation is not None:
            promised.setdefault(decision.reservation.job_id, decision.reservation.starts_at)

    alone = [("a", wants, at, takes, 0, False) for _, wants, at, takes, _, _ in submitted]
    assert len(played(alone, watch=watch).run().ended_at) == len(alone)


@settings(max_examples=3, phases=(Phase.explicit, Phase.generate))  # a second each is too slow to shrink
@given(
    weights=st.lists(st.sampled_from([1.0, 2.0, 3.0, 5.0]), min_size=2, max_size=4),
    takes=st.lists(st.floats(40, 400), min_size=4, max_size=4),
)
def test_shares_converge_to_the_weights(weights: list[float], takes: list[float]) -> None:
    """Within 5 %, while everybody has work, however long their jobs are: here up to a ninth of the half-life."""
    capacity, until = 8, 20_000.0
    weighted = [Tenant(f"o{n}", weight=weight) for n, weight in enumerate(weights)]
    flood = [
        Submission(f"j{n}-{number}", f"o{n}", number * takes[n] / capacity, takes[n])
        for n in range(len(weights))
        for number in range(int(capacity * until / takes[n]))
    ]
    rules = replace(RULES, half_life_seconds=3_600)
    simulation = Simulation(
        policy=decide, rules=rules, tenants=weighted, workers=[PoolWorker("w", capacity)], submissions=flood
    )
    used = simulation.run(until=until).used
    for tenant in weighted:
        share = used[tenant.id] / sum(used.values())
        assert abs(share / (tenant.weight / sum(weights)) - 1) <= 0.05


def test_an_old_wide_job_starts_against_a_flood_of_narrow_ones() -> None:
    """Without reservations and ageing it never would: no two slots of a worker come free at the same time."""
    narrow = [("a", ResourceRequest(), n * 5.0, 19.0 + n % 7, 0, False) for n in range(600)]
    wide = ("a", ResourceRequest(4), 100.0, 10.0, -2, False)
    outcome = played([*narrow, wide], workers=[PoolWorker("w1", 4)]).run()
    assert outcome.started_at[f"j{len(narrow)}"] < 100 + RULES.starvation_seconds + 2 * RULES.ageing_seconds
