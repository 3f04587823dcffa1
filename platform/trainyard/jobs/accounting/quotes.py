"""Quotes: the estimated cost of a job before it is submitted."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from trainyard.billing.queries import wallet
from trainyard.core.money import MICROS_PER_UNIT
from trainyard.jobs.accounting import binding
from trainyard.jobs.accounting.binding import BindingQuote
from trainyard.jobs.accounting.cost_limits import limiting
from trainyard.jobs.accounting.estimates import Estimate, estimated, fingerprint, resolved
from trainyard.jobs.accounting.measured_seconds import was_trained
from trainyard.jobs.lifecycle.specs import JobPlan, plan
from trainyard.jobs.lifecycle.starts import JobStart
from trainyard.jobs.profiles import operations as profiles
from trainyard.jobs.profiles.models import SpeedProfile
from trainyard.jobs.profiles.queries import profile_of
from trainyard_spec.datasets import ConversationProfile
from trainyard_spec.presets import PresetChoice, preset_choices
from trainyard_spec.pretrained_models import BaseModelFacts
from trainyard_spec.resolution import ResolvedTraining, example_length, readings_per_epoch
from trainyard_spec.training import TrainingSpec


@dataclass(frozen=True, slots=True)
class MemoryNeeded:
    """Bytes that one process of the job needs for its batches, and the most that a worker of the pool has for one."""

    needed_bytes: int
    slot_bytes: int | None

    @property
    def fits(self) -> bool | None:
        return None if self.slot_bytes is None else self.needed_bytes <= self.slot_bytes


@dataclass(frozen=True, slots=True)
class TokenCount:
    """Estimated tokens of the data and of all epochs of a training; ``longer`` conversations are truncated."""

    in_data: int
    read: int
    longer: int


@dataclass(frozen=True, slots=True)
class Quote:
    """``cap_micros`` is the maximum cost, and ``limited_by`` the limit that determines it.

    ``estimate`` and ``stops_early`` are None where no similar job was trained and the cost model does not cover the
    architecture. ``training`` is the spec's resolved training, for about as many examples as the engine will count.
    ``presets`` are the alternatives by preset. ``memory`` is None where it is unknown, ``binding`` where the estimate
    is not accurate enough, ``tokens`` where the data are not conversations, ``base`` where no registered language model
    is fine-tuned, and ``speed_profile`` where no measurement was requested.
    """

    pool: str
    slots: int
    per_slot_second: Decimal
    currency: str
    estimate: Estimate | None
    cap_micros: int
    limited_by: str
    available_micros: int
    stops_early: bool | None
    training: ResolvedTraining
    presets: tuple[PresetChoice, ...]
    memory: MemoryNeeded | None
    tokens: TokenCount | None
    base: BaseModelFacts | None
    binding: BindingQuote | None
    speed_profile: SpeedProfile | None

    @property
    def affordable(self) -> bool:
        return self.cap_micros <= self.available_micros


def quote(*, spec: TrainingSpec, now: datetime, start: JobStart | None = None) -> Quote:
    """Raises what ``plan`` raises; changes nothing."""
    return _quoted(plan(spec, now=now, start=start), now=now)


@transaction.atomic
def measure(*, spec: TrainingSpec, requested_by: str, now: datetime, start: JobStart | None = None) -> Quote:
    """``quote``, and has the speed of the spec measured where it was not. Raises what ``profiles.request`` raises."""
    planned = plan(spec, now=now, start=start)
    if not was_trained(fingerprint(spec, pool_id=planned.pool.id), now=now):
        profiles.request(planned, requested_by=requested_by, now=now)
    return _quoted(planned, now=now)


def _quoted(planned: JobPlan, *, now: datetime) -> Quote:
    spec, training = planned.spec, resolved(planned)
    estimate = estimated(planned, training, now=now)
    return Quote(
        pool=planned.pool.name,
        slots=spec.resources.slots,
        per_slot_second=planned.price.per_slot_second,
        currency=planned.price.currency,
        estimate=estimate,
        cap_micros=planned.most_micros,
        limited_by=limiting(spec.limits, price=planned.price.per_slot_second, slots=spec.resources.slots),
        available_micros=wallet().available_micros,
        stops_early=None if estimate is None else _passes_a_limit(planned, estimate),
        training=training,
        presets=preset_choices(spec, examples=training.examples, profile=planned.profile),
        memory=_memory(planned, training),
        tokens=_tokens(planned, training),
        base=planned.base,
        binding=None if estimate is None else binding.promise(planned, estimate, now=now),
        speed_profile=profile_of(fingerprint(spec, pool_id=planned.pool.id), now=now),
    )


def _tokens(planned: JobPlan, training: ResolvedTraining) -> TokenCount | None:
    profile = planned.profile
    if not isinstance(profile, ConversationProfile):
        return None
    spec = planned.spec
    longest = example_length(spec, context=planned.base.context if planned.base else None)
    lengths = [int(length) for length in profile.longer_than if int(length) >= longest]
    return TokenCount(
        in_data=profile.tokens,
        read=round(profile.tokens * spec.split.train * training.epochs) * readings_per_epoch(spec, profile),
        longer=profile.longer_than[str(min(lengths))] if lengths else 0,
    )


def _memory(planned: JobPlan, training: ResolvedTraining) -> MemoryNeeded | None:
    memory = planned.memory
    if memory is None:
        return None
    rows = -(-min(training.batch_size, training.examples) // planned.spec.resources.slots)
    return MemoryNeeded(memory.footprint.with_batch(rows), memory.slot_bytes)


def _passes_a_limit(planned: JobPlan, estimate: Estimate) -> bool:
    price, slots = planned.price.per_slot_second, planned.spec.resources.slots
    cost = price * slots * Decimal(str(estimate.seconds_high)) * MICROS_PER_UNIT
    return cost > planned.most_micros or estimate.seconds_high > planned.spec.limits.max_runtime_seconds
