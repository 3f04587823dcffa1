"""Reads of pools and workers, for operators and the price catalogue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Count, ExpressionWrapper, F, FilteredRelation, Max, Q, QuerySet, Sum

from trainyard.core.errors import FieldError, NotFound
from trainyard.pools.models import Pool, Worker, is_up
from trainyard_spec.pretrained_models import BaseModelFacts


@dataclass(frozen=True, slots=True)
class Capacity:
    """Number of workers of a pool, their total slots, and the slots of the ``largest`` worker.

    Removed workers do not count.
    """

    workers: int = 0
    slots: int = 0
    largest: int = 0


@dataclass(frozen=True, slots=True)
class HostReport:
    """Hardware of a worker's host as reported, and the number of slots into which it is divided."""

    hardware: Mapping[str, Any]
    slots: int


@dataclass(frozen=True, slots=True)
class EquippedPool:
    """A pool with the hosts of its workers, up or not; removed ones do not count."""

    pool: Pool
    hosts: tuple[HostReport, ...]

    @property
    def largest(self) -> int:
        """How many slots the largest of the workers has; 0 without any."""
        return max((host.slots for host in self.hosts), default=0)

    def slot_memory(self, slots: int) -> int | None:
        """The most bytes that ``slots`` slots of one worker have for each of a job's processes.

        A process on GPUs has one of them; on CPUs the processes of a job share its slots' parts of the host. ``None``
        while no worker says.
        """
        found = []
        for host in self.hosts:
            if memory := host.hardware.get("memory_bytes"):
                shared = host.hardware.get("kind") == Pool.SlotKind.CPU
                found.append(memory * min(slots, host.slots) // host.slots if shared else memory)
        return max(found, default=None)


def pools(*, name: str | None = None) -> QuerySet[Pool]:
    """All pools, or the one of that name."""
    return Pool.objects.all() if name is None else Pool.objects.filter(name=name)


def active_pools() -> QuerySet[Pool]:
    """Pools that take jobs."""
    return Pool.objects.filter(state=Pool.State.ACTIVE)


def pool(pool_id: str) -> Pool:
    """Raises ``NotFound``."""
    found = Pool.objects.filter(id=pool_id).first()
    if found is None:
        raise NotFound("There is no pool by that id.")
    return found


def pool_named(name_or_id: str) -> Pool:
    """Raises ``NotFound``, naming the field."""
    found = Pool.objects.filter(Q(name=name_or_id) | Q(id=name_or_id)).first()
    if found is None:
        message = f"There is no pool {name_or_id}."
        raise NotFound(message, errors=(FieldError("pool", "unknown_pool", message),))
    return found


def capacities(*, pool_ids: Sequence[str]) -> dict[str, Capacity]:
    """The capacity of each of ``pool_ids``."""
    present = Worker.objects.enrolled().filter(pool_id__in=pool_ids)
    rows = present.values_list("pool_id").annotate(workers=Count("id"), total=Sum("slots"), largest=Max("slots"))
    found = {pool_id: Capacity(*counts) for pool_id, *counts in rows.order_by()}
    return {pool_id: found.get(pool_id, Capacity()) for pool_id in pool_ids}


def equipped_pool(name: str) -> EquippedPool | None:
    """The pool of that name with its enrolled workers, in one query."""
    return equipped_with(list(pool_with_workers(name)))


def pool_with_workers(name: str) -> QuerySet[Any]:
    """What ``equipped_pool`` reads: a row for each worker, or one where there is none."""
    enrolled = FilteredRelation("workers", condition=~Q(workers__state=Worker.State.REMOVED))
    rows: Any = Pool.objects.filter(name=name).annotate(enrolled=enrolled)
    found: QuerySet[Any] = rows.annotate(hardware=F("enrolled__hardware"), slots=F("enrolled__slots"))
    return found


def equipped_with(found: Sequence[Any]) -> EquippedPool | None:
    """``equipped_pool`` of what ``pool_with_workers`` found."""
    hosts = tuple(HostReport(row.hardware, row.slots) for row in found if row.slots is not None)
    return EquippedPool(found[0], hosts) if found else None


def workers(*, now: datetime, pool_id: str | None = None, state: str | None = None) -> QuerySet[Worker]:
    """Workers with their pools. ``online`` says of each whether it is up."""
    online = ExpressionWrapper(is_up(now=now), output_field=BooleanField())
    wanted = {"pool_id": pool_id, "state": state}
    return (
        Worker.objects.select_related("pool")
        .annotate(online=online)
        .filter(**{name: value for name, value in wanted.items() if value is not None})
    )


def pools_taking_jobs(*, now: datetime) -> set[str]:
    """Ids of pools in which a worker takes jobs."""
    return set(Worker.objects.taking_jobs(now=now).values_list("pool_id", flat=True).distinct())


def closed_workers(*, pool_id: str, now: datetime) -> dict[str, int]:
    """How many workers of a pool that takes no jobs are ``up``, and why they take none; empty where none is up."""
    up = Worker.objects.up(now=now).filter(pool_id=pool_id)
    states = (Worker.State.CORDONED, Worker.State.DRAINING, Worker.State.QUARANTINED)
    full = Count("id", filter=Q(state=Worker.State.ACTIVE, has_room=False))
    found = up.aggregate(up=Count("id"), full=full, **{str(s): Count("id", filter=Q(state=s)) for s in states})
    return found if found["up"] else {}


def registered_models(*, task: str | None = None) -> set[str]:
    """Names of the pretrained models (for ``task``) that a worker of any pool holds, up or not.

    Removed workers do not count.
    """
    held = Worker.objects.enrolled().exclude(pretrained=[]).values_list("pretrained", "pretrained_tasks")
    return {name for names, tasks in held for name in names if task is None or task in tasks.get(name, (task,))}


def pretrained_models(*, pool_id: str, task: str) -> set[str]:
    """Names of the pretrained models for ``task`` that a worker of the pool holds, up or not.

    A worker of an earlier release does not say what its models are for: the engine will. Removed workers do not count.
    """
    present = Worker.objects.enrolled().filter(pool_id=pool_id).exclude(pretrained=[])
    held = present.values_list("pretrained", "pretrained_tasks")
    return {name for names, tasks in held for name in names if task in tasks.get(name, (task,))}


def pool_holding(name: str, *, task: str, now: datetime) -> Pool | None:
    """A pool with a worker that holds the pretrained model ``name`` for ``task``: if there is one, one at work."""
    present = Worker.objects.enrolled().exclude(pretrained=[]).select_related("pool").order_by("id")
    held = [each for each in present if name in each.pretrained and task in each.pretrained_tasks.get(name, (task,))]
    working = set(Worker.objects.taking_work(now=now).values_list("id", flat=True))
    found = next((each for each in held if each.id in working), next(iter(held), None))
    return found.pool if found else None


def base_model(name: str, *, pool_id: str) -> BaseModelFacts | None:
    """What the workers of the pool tell of the language model ``name``; None where none of them tells anything."""
    present = Worker.objects.enrolled().filter(pool_id=pool_id).exclude(base_models={}).order_by("id")
    told = (models[name] for models in present.values_list("base_models", flat=True) if name in models)
    return next((BaseModelFacts.model_validate(facts) for facts in told), None)


def worker(worker_id: str, *, now: datetime) -> Worker:
    """Raises ``NotFound``."""
    found = workers(now=now).filter(id=worker_id).first()
    if found is None:
        raise NotFound("There is no worker by that id.")
    return found
