"""From a request body to a spec that fits the platform: its data, its pool, its price."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from typing import Any

from trainyard.billing.models import Price
from trainyard.billing.queries import price_at
from trainyard.core.errors import FieldError, InvalidInput, TrainyardError
from trainyard.core.money import MICROS_PER_UNIT, to_micros
from trainyard.datasets.models import DatasetVersion
from trainyard.datasets.queries import ready_version
from trainyard.pools.models import Pool
from trainyard_spec.splits import SPLIT_OPTION
from trainyard_spec.training import LimitsSpec, TrainingSpec
from trainyard_spec.validation import InvalidSpec, parse_training_spec

LIMITS = ("max_cost", "max_runtime_seconds")


class SpecNotValid(InvalidInput):
    code = "invalid_spec"

    def __init__(self, *errors: FieldError) -> None:
        super().__init__("The spec is not valid.", hint="Correct the fields named in errors.", errors=errors)


@dataclass(frozen=True, slots=True)
class Plan:
    """A spec with what it refers to, ready to be quoted or submitted. ``cap_micros`` is what it can cost at most."""

    spec: TrainingSpec
    version: DatasetVersion
    pool: Pool
    price: Price
    cap_micros: int


def parse_spec(data: Any) -> TrainingSpec:
    """The spec in a request body. Raises ``SpecNotValid`` naming every field at fault."""
    if not isinstance(data, dict):
        raise SpecNotValid(FieldError("spec", "invalid", "The body must be a JSON object."))
    try:
        return parse_training_spec(data)
    except InvalidSpec as error:
        raise SpecNotValid(*(FieldError(p.field, p.code, p.message, p.hint) for p in error.problems)) from None


def plan(spec: TrainingSpec, *, now: datetime) -> Plan:
    """Holds ``spec`` against the tenant's data and the pools.

    Raises ``SpecNotValid``; ``NotFound`` and ``DatasetNotReady`` for the dataset, also naming its field.
    """
    try:
        version = ready_version(version_id=spec.dataset)
    except TrainyardError as error:
        error.errors = (FieldError("dataset", error.code, error.message, error.hint),)
        raise
    if version.dataset.task != spec.task:
        message = f"The dataset is for {version.dataset.task}, not {spec.task}."
        hint = "Name the dataset's task or another dataset."
        raise SpecNotValid(FieldError("task", "task_mismatch", message, hint))
    _check_split(spec, version)
    pool = _open_pool(spec.resources.pool)
    if pool.preemptible and not spec.resources.preemptible:
        message = f"The pool {pool.name} may lose its workers at any time."
        hint = "Set preemptible to true: the job then goes on elsewhere from its checkpoint. Or name another pool."
        raise SpecNotValid(FieldError("resources.preemptible", "pool_preemptible", message, hint))
    price = price_at(pool_id=pool.id, at=now)
    cap = cap_micros(spec.limits, price=price.per_slot_second, slots=spec.resources.slots)
    return Plan(spec=spec, version=version, pool=pool, price=price, cap_micros=cap)


def _check_split(spec: TrainingSpec, version: DatasetVersion) -> None:
    option = SPLIT_OPTION.get(spec.split.by)
    known = (version.profile or {}).get("profile", {}).get("split_by", {})
    if option is not None and option not in known:
        message = f"The dataset version does not say how to split it by {spec.split.by}."
        hint = f"Upload it to a dataset with the option {option}, which names a column, or split at random."
        raise SpecNotValid(FieldError("split.by", "split_unknown", message, hint))


def cap_micros(limits: LimitsSpec, *, price: Decimal, slots: int) -> int:
    """The most that a job can cost: its longest run at ``price``, rounded up, or ``max_cost`` if that is less."""
    longest = _longest_run_micros(limits, price=price, slots=slots)
    return longest if limits.max_cost is None else min(longest, to_micros(limits.max_cost))


def limiting(limits: LimitsSpec, *, price: Decimal, slots: int) -> str:
    """The name of the limit that ``cap_micros`` comes from, one of ``LIMITS``."""
    longest = _longest_run_micros(limits, price=price, slots=slots)
    return "max_runtime_seconds" if cap_micros(limits, price=price, slots=slots) == longest else "max_cost"


def _longest_run_micros(limits: LimitsSpec, *, price: Decimal, slots: int) -> int:
    exact = price * slots * limits.max_runtime_seconds * MICROS_PER_UNIT
    return int(exact.to_integral_value(rounding=ROUND_CEILING))


def _open_pool(name: str) -> Pool:
    pool = Pool.objects.filter(name=name).first()
    if pool is not None and pool.state == Pool.State.ACTIVE:
        return pool
    code, message = "pool_closed", f"The pool {name} is closed."
    if pool is None:
        code, message = "unknown_pool", f"There is no pool {name}."
    names = Pool.objects.filter(state=Pool.State.ACTIVE).order_by("name").values_list("name", flat=True)
    raise SpecNotValid(FieldError("resources.pool", code, message, f"Open pools: {', '.join(names) or 'none'}."))
