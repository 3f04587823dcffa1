"""Writes about sampling sessions and their samples."""

import secrets
from datetime import datetime
from typing import Any

from trainyard.training_sessions import bases, journal, queries, sessions
from trainyard.training_sessions.errors import invalid
from trainyard.training_sessions.journal import Call
from trainyard.training_sessions.models import Operation, SamplingSession, TrainingSession
from trainyard_spec.training_sessions import OperationKind

DEFAULT_MAX_TOKENS = 256


def open_sampler(
    *, session: TrainingSession, seq_id: int, base_model: str | None, model_path: str | None, now: datetime
) -> SamplingSession:
    """What samples come from: saved weights, or a base model; again answers the first one.

    Raises ``InvalidInput``, ``NotFound``, ``NoHost``, ``NoPrice`` and ``SessionFinished``.
    """
    if (known := SamplingSession.objects.filter(session=session, seq_id=seq_id).first()) is not None:
        return known
    sessions.check_takes_calls(session.id)
    weights = queries.weights_at(model_path, now=now) if model_path else None
    base = weights.run.base_model if weights else base_model
    if base is None:
        raise invalid("base_model", "Name a base_model or a model_path.")
    sampler, _ = SamplingSession.objects.get_or_create(
        session=session,
        seq_id=seq_id,
        defaults={
            "pool": bases.pool_with(base, now=now),
            "base_model": base,
            "weights": weights,
            "created_at": now,
        },
    )
    return sampler


def sample(sampler: SamplingSession, *, seq_id: int, request: dict[str, Any], now: datetime) -> Operation:
    """Journals a sample; its seed, where none is named, is drawn once and kept: a repetition has the same text."""
    known = Operation.objects.select_related("run").filter(sampling_session=sampler, seq_id=seq_id).first()
    parameters = {**request["sampling_params"]}
    if parameters["seed"] is None:
        parameters["seed"] = known.request["sampling_params"]["seed"] if known else secrets.randbits(62)
    parameters["max_tokens"] = parameters["max_tokens"] or DEFAULT_MAX_TOKENS
    tokens = len(request["prompt"])
    call = Call(OperationKind.SAMPLE, seq_id, request={**request, "sampling_params": parameters}, tokens=tokens)
    return journal.submit(sampler, call, now=now)
