"""Writes about training runs: made for a model's sequence number, from nothing or from saved weights."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import IntegrityError, transaction

from trainyard.core.errors import NotFound, TrainyardError
from trainyard.core.prepared import PreparedQuery
from trainyard.training_sessions import bases, journal, sessions
from trainyard.training_sessions.errors import invalid, unsupported
from trainyard.training_sessions.journal import Call
from trainyard.training_sessions.models import Operation, SavedWeights, TrainingRun, TrainingSession
from trainyard_spec.training_sessions import MAX_RANK, LoraConfig, OperationKind

logger = structlog.get_logger(__name__)

FIRST_SEQ = 0
"""Of the operation that makes a run; clients count theirs from 1."""
MODEL_ID = re.compile(r"(?P<session>ses_[0-9a-z]{26}):train:(?P<model>\d{1,9})")
OPTIMIZER = "adamw"


@dataclass(frozen=True, slots=True)
class LoraRequest:
    """The adapter as a client asks for it; a missing seed is drawn, and kept."""

    rank: int
    seed: int | None
    train_attn: bool
    train_mlp: bool
    train_unembed: bool


def create(
    *,
    session: TrainingSession,
    model_seq_id: int,
    base_model: str,
    lora: LoraRequest,
    optimizer: str,
    user_metadata: dict[str, Any] | None,
    now: datetime,
) -> Operation:
    """A run with a fresh adapter, as the operation that makes it; again answers the first one's.

    Everything that is not offered is refused here, before anything is paid for. Raises ``InvalidInput``,
    ``Unsupported``, ``NoHost``, ``NoPrice`` and what ``funding.ensure`` raises.
    """
    check_optimizer(optimizer)
    checked = _checked(lora)
    request = {"base_model": base_model, "lora": checked, "optimizer": optimizer}
    seed = secrets.randbits(31) if lora.seed is None else lora.seed
    drawn = LoraConfig.model_validate({**checked, "seed": seed})
    run = _run_for(session, model_seq_id, base_model=base_model, lora=drawn, user_metadata=user_metadata, now=now)
    return journal.submit(run, Call(OperationKind.CREATE, FIRST_SEQ, request=request), now=now)


def create_from(
    *,
    session: TrainingSession,
    model_seq_id: int,
    weights: SavedWeights,
    base_model: str | None,
    with_optimizer: bool,
    optimizer: str | None,
    user_metadata: dict[str, Any] | None,
    now: datetime,
) -> Operation:
    """A run that begins with saved weights, as the operation that makes it; again answers the first one's."""
    check_optimizer(optimizer or OPTIMIZER)
    source = weights.run
    if base_model not in (None, source.base_model):
        raise unsupported("base_model", f"The weights belong to {source.base_model}, and no other base takes them.")
    check_loadable(weights, with_optimizer=with_optimizer)
    request = {"path": weights.path, "optimizer": with_optimizer}
    run = _run_for(
        session,
        model_seq_id,
        base_model=source.base_model,
        lora=source.lora_config,
        user_metadata=user_metadata,
        now=now,
    )
    call = Call(OperationKind.LOAD, FIRST_SEQ, request=request, weights=weights)
    return journal.submit(run, call, now=now)


def run_of(model_id: str) -> TrainingRun:
    """The tenant's run that clients call ``model_id``. Raises ``NotFound``."""
    match = MODEL_ID.fullmatch(model_id)
    found = _BY_NUMBER.rows(session_id=match["session"], number=int(match["model"])) if match else []
    if not found:
        raise NotFound("There is no training run by that id.")
    return found[0]


_BY_NUMBER = PreparedQuery(
    lambda *, session_id, number: TrainingRun.objects.select_related("session", "pool").filter(
        session_id=session_id, model_seq_id=number
    ),
    "session_id",
    numbers=("number",),
)


def check_loadable(weights: SavedWeights, *, with_optimizer: bool) -> None:
    """Raises ``InvalidInput`` where the optimizer's state is asked of weights that were saved for a sampler."""
    if with_optimizer and weights.kind != SavedWeights.Kind.TRAINING:
        raise invalid(
            "optimizer", f"{weights.path} has no optimizer state.", hint="Load what save_state saved, or no optimizer."
        )


def check_optimizer(optimizer: str) -> None:
    """Raises ``Unsupported``."""
    if optimizer != OPTIMIZER:
        raise unsupported(
            "optimizer_config.type", f"The optimizer {optimizer} is not offered here.", hint=f"Use {OPTIMIZER}."
        )


def _checked(lora: LoraRequest) -> dict[str, Any]:
    if not 1 <= lora.rank <= MAX_RANK:
        raise unsupported("lora_config.rank", f"The rank must be from 1 to {MAX_RANK}, not {lora.rank}.")
    if lora.seed is not None and not 0 <= lora.seed < 2**31:
        raise invalid("lora_config.seed", "The seed must be from 0 to 2,147,483,647.")
    parts = {
        "train_attn": lora.train_attn,
        "train_mlp": lora.train_mlp,
        "train_unembed": lora.train_unembed,
    }
    if not any(parts.values()):
        raise invalid("lora_config", "One of train_attn, train_mlp and train_unembed must be true.")
    return {"rank": lora.rank, "seed": lora.seed, **parts}


def _run_for(
    session: TrainingSession,
    model_seq_id: int,
    *,
    base_model: str,
    lora: LoraConfig,
    user_metadata: dict[str, Any] | None,
    now: datetime,
) -> TrainingRun:
    mine = TrainingRun.objects.select_related("session", "pool").filter(session=session, model_seq_id=model_seq_id)
    if (known := mine.first()) is not None:
        return known
    sessions.check_takes_calls(session.id)
    run = TrainingRun(
        session=session,
        model_seq_id=model_seq_id,
        pool=bases.pool_with(base_model, now=now),
        base_model=base_model,
        lora=lora.model_dump(),
        user_metadata=user_metadata,
        created_at=now,
        last_request_at=now,
    )
    try:
        with transaction.atomic():
            run.save(force_insert=True)
    except IntegrityError:  # the same call came twice at once
        return mine.get()
    logger.info("training_run.created", run_id=run.id, base_model=base_model, rank=lora.rank)
    return run


def refused_load(run: TrainingRun, weights: SavedWeights, *, with_optimizer: bool) -> TrainyardError | None:
    """Why ``run`` cannot go on from ``weights``, if it cannot."""
    source = weights.run
    shape = {"seed"}
    same = source.lora_config.model_dump(exclude=shape) == run.lora_config.model_dump(exclude=shape)
    if source.base_model != run.base_model or not same:
        return invalid(
            "path",
            f"{weights.path} does not fit this run: base model, rank and parts must be the same.",
            hint="Make a run from the weights: create_training_client_from_state.",
        )
    try:
        check_loadable(weights, with_optimizer=with_optimizer)
    except TrainyardError as refusal:
        return refusal
    return None
