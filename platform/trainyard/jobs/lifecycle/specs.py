"""Validation and planning of a submitted spec: its data, its pool, its price."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trainyard.billing.pricing.queries import Rate, RateKey, rate_at
from trainyard.core.errors import FieldError, InvalidInput, TrainyardError
from trainyard.core.money import format_micros, to_micros
from trainyard.core.read_together import read_together
from trainyard.core.tenancy import current_tenant
from trainyard.datasets.models import DatasetVersion
from trainyard.datasets.queries import the_ready_one, version_with_dataset
from trainyard.jobs.accounting.cost_limits import cap_micros, longest_seconds, most_micros, stretch_micros
from trainyard.jobs.lifecycle.starts import JobStart, start_errors
from trainyard.pools.models import Pool, labels_of_models
from trainyard.pools.queries import EquippedPool, base_model, equipped_with, pool_with_workers, pretrained_models
from trainyard_spec.architectures.causal_lm import CausalLmConfig
from trainyard_spec.architectures.pretrained import PretrainedConfig
from trainyard_spec.data_rules import data_violations
from trainyard_spec.datasets import AnyProfile, DatasetSummary
from trainyard_spec.engine_protocol import WEIGHTS_FILE
from trainyard_spec.footprint import Footprint, footprint
from trainyard_spec.language_model_memory import facts_of_own_weights, language_model_footprint
from trainyard_spec.pretrained_models import BaseModelFacts, family_of
from trainyard_spec.resolution import example_length
from trainyard_spec.tasks import Task
from trainyard_spec.training import STRETCH_SECONDS, LimitsConfig, TrainingSpec
from trainyard_spec.validation import InvalidSpec, parse_training_spec


class SpecNotValid(InvalidInput):
    code = "invalid_spec"

    def __init__(self, *errors: FieldError, omitted: int = 0) -> None:
        hint = "Correct the fields that are named."
        super().__init__("The spec is not valid.", hint=hint, errors=errors, errors_omitted=omitted)


@dataclass(frozen=True, slots=True)
class Memory:
    """Minimum memory of a job, and the most that a worker of its pool has for it; ``None`` where unknown."""

    footprint: Footprint
    slot_bytes: int | None


@dataclass(frozen=True, slots=True)
class JobPlan:
    """A spec with everything that it refers to, ready to be quoted or submitted.

    ``cap_micros`` is its maximum cost, ``most_micros`` its maximum at today's price; ``longest_seconds`` is its maximum
    training time. ``start`` is the model that it starts from, ``base`` the facts about a registered one.
    """

    spec: TrainingSpec
    version: DatasetVersion
    profile: AnyProfile
    pool: Pool
    price: Rate
    memory: Memory | None
    cap_micros: int
    most_micros: int
    longest_seconds: int
    start: JobStart | None = None
    base: BaseModelFacts | None = None

    @property
    def rows(self) -> int:
        assert self.version.rows is not None  # noqa: S101  it is ready
        return self.version.rows


def parse_spec(data: Any) -> TrainingSpec:
    """The spec in a request body. Raises ``SpecNotValid`` naming every field at fault."""
    if not isinstance(data, dict):
        raise SpecNotValid(FieldError("spec", "invalid", "The body must be a JSON object."))
    try:
        return parse_training_spec(data)
    except InvalidSpec as error:
        found = (FieldError(p.field, p.code, p.message, p.hint) for p in error.problems)
        raise SpecNotValid(*found, omitted=error.omitted) from None


def parse_submission(data: Any) -> tuple[TrainingSpec, str | None]:
    """The spec in a request body, and the id of the quote that it accepts. Raises ``SpecNotValid``."""
    if not isinstance(data, dict) or data.get("accept_quote") is None:
        return parse_spec(data if not isinstance(data, dict) else _spec_alone(data)), None
    quote_id = data["accept_quote"]
    if not isinstance(quote_id, str):
        raise SpecNotValid(FieldError("accept_quote", "invalid", "It must be the id of a quote."))
    return parse_spec(_spec_alone(data)), quote_id


def _spec_alone(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name != "accept_quote"}


def plan(spec: TrainingSpec, *, now: datetime, start: JobStart | None = None) -> JobPlan:
    """Holds ``spec`` against the tenant's data, the model that it starts from, and the pools.

    Raises ``SpecNotValid``; ``NotFound`` and ``DatasetNotReady`` for the dataset, also naming its field.
    """
    found, pool_rows = read_together(
        version_with_dataset(version_id=spec.dataset), pool_with_workers(spec.resources.pool)
    )
    version = _ready_version(spec, found)
    profile = _check_data(spec, version, start)
    equipped = _open_pool(spec.resources.pool, pool_rows)
    pool = equipped.pool
    _check_slots(spec, equipped)
    _check_preemptible(spec, pool)
    base = _base_model(spec, pool, start)
    memory = _memory(spec, profile, equipped, base or _own_weights(spec, pool, start))
    price = rate_at(RateKey(current_tenant(), pool.id, spec.resources.preemptible), at=now)
    slots, per_second = spec.resources.slots, price.per_slot_second
    _check_cap(spec.limits, price=price, slots=slots)
    cap = cap_micros(spec.limits, price=per_second, slots=slots)
    return JobPlan(
        spec=spec,
        version=version,
        profile=profile,
        pool=pool,
        price=price,
        memory=memory,
        cap_micros=cap,
        most_micros=most_micros(spec.limits, price=per_second, slots=slots, cap=cap),
        longest_seconds=longest_seconds(spec.limits, price=per_second, slots=slots),
        start=start,
        base=base,
    )


def _ready_version(spec: TrainingSpec, found: Sequence[DatasetVersion]) -> DatasetVersion:
    """The dataset version of ``spec``. Raises what ``plan`` raises for it."""
    try:
        version = the_ready_one(found)
    except TrainyardError as error:
        error.errors = (FieldError("dataset", error.code, error.message, error.hint),)
        raise
    if version.dataset.task != spec.task:
        message = f"The dataset is for {version.dataset.task}, not {spec.task}."
        hint = "Name the dataset's task or another dataset."
        raise SpecNotValid(FieldError("task", "task_mismatch", message, hint))
    return version


def _check_data(spec: TrainingSpec, version: DatasetVersion, start: JobStart | None) -> AnyProfile:
    """The profile of the data. Raises ``SpecNotValid`` where the spec does not fit it."""
    assert version.profile is not None  # noqa: S101  it is ready
    summary = DatasetSummary.model_validate(version.profile)
    violations = data_violations(spec, summary)
    errors = [FieldError(field, code, message, hint) for field, message, hint, code in violations]
    if errors := [*errors, *start_errors(spec, summary, start)]:
        raise SpecNotValid(*errors)
    return summary.profile


def _base_model(spec: TrainingSpec, pool: Pool, start: JobStart | None) -> BaseModelFacts | None:
    """What is known of the registered language model of ``spec``; ``None`` for other architectures.

    Raises ``SpecNotValid`` for a model that the pool does not have, and for longer examples than it reads.
    """
    name = _needed_base(spec, start)
    if name is None:
        return None
    held = sorted(pretrained_models(pool_id=pool.id, task=spec.task))
    if name not in held:
        family = family_of(spec.task)
        message = f"No worker of the pool {pool.name} has a pretrained {family.noun} called {name}."
        hint = f"Registered there: {', '.join(held)}." if held else "The operators have registered none there."
        raise SpecNotValid(FieldError("architecture.model", "unknown_model", message, f"{hint} {family.only}"))
    facts = base_model(name, pool_id=pool.id) if isinstance(spec.architecture, CausalLmConfig) else None
    if facts is not None:
        _check_length(spec, name, facts)
    return facts


def _own_weights(spec: TrainingSpec, pool: Pool, start: JobStart | None) -> BaseModelFacts | None:
    """What is known of the whole language model that ``spec`` starts from; ``None`` where it starts from none."""
    if start is None or start.facts.is_adapters or not isinstance(spec.architecture, CausalLmConfig):
        return None
    stored = sum(file.bytes for file in start.files if file.name == WEIGHTS_FILE)
    return facts_of_own_weights(stored, base_model(spec.architecture.model, pool_id=pool.id))


def _check_length(spec: TrainingSpec, name: str, facts: BaseModelFacts) -> None:
    longest = example_length(spec, context=facts.context)
    if facts.context is not None and longest > facts.context:
        section = "text" if spec.task == Task.LANGUAGE_MODELLING else "tuning"
        message = f"{name} reads at most {facts.context:,} tokens, not {longest:,}."
        hint = f"Set it to {facts.context} or less."
        raise SpecNotValid(FieldError(f"training.{section}.max_length", "text_too_long", message, hint))


def _memory(
    spec: TrainingSpec, profile: AnyProfile, equipped: EquippedPool, base: BaseModelFacts | None
) -> Memory | None:
    """``None`` where it cannot be told. Raises ``SpecNotValid`` where no worker of the pool has enough."""
    needed = footprint(spec, profile) if base is None else language_model_footprint(spec, profile, base)
    if needed is None:
        return None
    slot_bytes = equipped.slot_memory(spec.resources.slots)
    if slot_bytes is not None and needed.least > slot_bytes:
        message = (
            f"Training {spec.architecture.name} of these sizes takes {needed.least / 1e9:,.1f} GB at the least, and the"
            f" largest slot of the pool {equipped.pool.name} has {slot_bytes / 1e9:,.1f} GB."
        )
        hint = "Make the architecture smaller, or choose a pool with larger slots."
        raise SpecNotValid(FieldError("architecture", "too_large_for_slot", message, hint))
    return Memory(needed, slot_bytes)


def needed_labels(spec: TrainingSpec, start: JobStart | None) -> dict[str, str]:
    """The labels of a worker that can train ``spec``: those that it names, and that of its pretrained model."""
    name = _needed_base(spec, start)
    return dict(spec.resources.labels) | (labels_of_models([name]) if name else {})


def _needed_base(spec: TrainingSpec, start: JobStart | None) -> str | None:
    """The registered model whose weights a worker needs to train ``spec``.

    A model that it starts from has all of the one that it was itself trained from, unless it is adapters of one.
    """
    architecture = spec.architecture
    if not isinstance(architecture, PretrainedConfig | CausalLmConfig):
        return None
    return architecture.model if start is None or start.facts.is_adapters else None


def _check_slots(spec: TrainingSpec, equipped: EquippedPool) -> None:
    """While the pool has no worker nobody knows how large they are: the job may wait for one."""
    slots, largest = spec.resources.slots, equipped.largest
    if 0 < largest < slots:
        message = f"A job runs on one worker, and none of the pool {equipped.pool.name} has {slots} slots."
        hint = f"Set resources.slots to {largest} or less, or name a pool of larger workers."
        raise SpecNotValid(FieldError("resources.slots", "too_many_slots", message, hint))


def _check_preemptible(spec: TrainingSpec, pool: Pool) -> None:
    if pool.preemptible and not spec.resources.preemptible:
        message = f"The pool {pool.name} may lose its workers at any time."
        hint = "Set preemptible to true: the job then goes on elsewhere from its checkpoint. Or name another pool."
        raise SpecNotValid(FieldError("resources.preemptible", "pool_preemptible", message, hint))


def _check_cap(limits: LimitsConfig, *, price: Rate, slots: int) -> None:
    needed = stretch_micros(limits, price=price.per_slot_second, slots=slots)
    if limits.max_cost is not None and to_micros(limits.max_cost) < needed:
        message = f"max_cost pays for less than {STRETCH_SECONDS} seconds of training, the least that a job starts for."
        hint = f"Give at least {format_micros(needed)} {price.currency}."
        raise SpecNotValid(FieldError("limits.max_cost", "below_a_stretch", message, hint))


def _open_pool(name: str, rows: Sequence[Any]) -> EquippedPool:
    equipped = equipped_with(rows)
    if equipped is not None and equipped.pool.state == Pool.State.ACTIVE:
        return equipped
    code, message = "pool_closed", f"The pool {name} is closed."
    if equipped is None:
        code, message = "unknown_pool", f"There is no pool {name}."
    names = Pool.objects.filter(state=Pool.State.ACTIVE).order_by("name").values_list("name", flat=True)
    raise SpecNotValid(FieldError("resources.pool", code, message, f"Open pools: {', '.join(names) or 'none'}."))
