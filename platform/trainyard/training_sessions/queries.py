"""Reads about sessions, runs, saved weights and what they cost."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from trainyard.billing.models import LedgerAccount, UsageRecord
from trainyard.core.errors import NotFound
from trainyard.training_sessions.models import Operation, SamplingSession, SavedWeights, TrainingRun, TrainingSession
from trainyard.training_sessions.runs import run_of
from trainyard_spec.training_sessions import OperationKind


def spendable_micros() -> int:
    """What the wallet of the tenant in context may spend; what its sessions hold is theirs already."""
    wallet = LedgerAccount.objects.filter(kind=LedgerAccount.Kind.WALLET).first()
    held = LedgerAccount.objects.filter(kind=LedgerAccount.Kind.HELD).first()
    return (wallet.spendable_micros if wallet else 0) + (held.balance_micros if held else 0)


def training_sessions() -> QuerySet[TrainingSession]:
    """Training sessions of the tenant in context, newest first."""
    return TrainingSession.objects.order_by("-id")


def training_runs() -> QuerySet[TrainingRun]:
    """Training runs of the tenant in context, newest first."""
    return TrainingRun.objects.select_related("session").order_by("-id")


def runs_of_session(session: TrainingSession) -> list[TrainingRun]:
    return list(TrainingRun.objects.filter(session=session).order_by("model_seq_id"))


def samplers_of_session(session: TrainingSession) -> list[SamplingSession]:
    return list(SamplingSession.objects.filter(session=session).order_by("seq_id"))


def sampler(sampler_id: str) -> SamplingSession:
    """Raises ``NotFound``."""
    related = ("session", "pool", "weights", "weights__run")
    found = SamplingSession.objects.select_related(*related).filter(id=sampler_id).first()
    if found is None:
        raise NotFound("There is no sampling session by that id.")
    return found


def saved_weights(*, now: datetime) -> QuerySet[SavedWeights]:
    """What the tenant in context keeps, newest first."""
    return kept(SavedWeights.objects.select_related("run"), now=now).order_by("-id")


def kept(rows: QuerySet[SavedWeights], *, now: datetime) -> QuerySet[SavedWeights]:
    """Saved weights that are neither deleted nor expired."""
    return rows.filter(Q(expires_at=None) | Q(expires_at__gt=now), deleted_at=None)


def weights_at(path: str, *, now: datetime) -> SavedWeights:
    """The weights that ``tinker://<run>/<kind>/<name>`` names. Raises ``NotFound``."""
    parts = path.removeprefix("tinker://").split("/")
    if len(parts) != 3 or not path.startswith("tinker://"):
        raise NotFound(f"{path[:200]} is no path of weights.", hint="It reads tinker://<run>/weights/<name>.")
    run = run_of(parts[0])
    found = saved_weights(now=now).filter(run=run, kind=parts[1], name=parts[2]).first()
    if found is None:
        raise NotFound("There are no weights by that path.")
    return found


@dataclass(frozen=True, slots=True)
class HourOfUsage:
    """What one session's operations of one kind cost within the hour from ``start`` on."""

    start: datetime
    session_id: str
    user_metadata: dict[str, Any] | None
    base_model: str
    currency: str
    micros: int
    event_info: dict[str, Any]


def usage_by_hour(*, start: datetime, end: datetime) -> list[HourOfUsage]:
    """Usage by hour of the tenant in context: amounts as charged, of operations that ended in ``[start, end)``."""
    done = Operation.objects.filter(state=Operation.State.SUCCEEDED, finished_at__gte=start, finished_at__lt=end)
    rows = list(done.select_related("run__session", "sampling_session__session").order_by("finished_at"))
    records = UsageRecord.objects.filter(billed_by__in=[row.id for row in rows]).select_related("price")
    charged: dict[str, int] = defaultdict(int)
    currencies: dict[str, str] = {}
    for record in records:
        charged[record.billed_by] += record.amount_micros
        currencies[record.billed_by] = record.price.currency
    groups: dict[tuple[datetime, str, str, str], list[Operation]] = defaultdict(list)
    for row in rows:
        if row.finished_at is not None:
            hour = row.finished_at.replace(minute=0, second=0, microsecond=0)
            groups[hour, row.subject.session_id, row.base_model, _usage_kind(row)].append(row)
    return [
        HourOfUsage(
            start=hour,
            session_id=session_id,
            user_metadata=members[0].subject.session.user_metadata,
            base_model=base_model,
            currency=next((currencies[row.id] for row in members if row.id in currencies), ""),
            micros=sum(charged[row.id] for row in members),
            event_info=_event_info(kind, members),
        )
        for (hour, session_id, base_model, kind), members in groups.items()
    ]


def _usage_kind(row: Operation) -> str:
    if row.kind == OperationKind.SAMPLE:
        return "sampling_sample"
    return "checkpoint" if row.kind in (OperationKind.SAVE, OperationKind.SAVE_FOR_SAMPLER) else "training"


def _event_info(kind: str, members: list[Operation]) -> dict[str, Any]:
    if kind == "checkpoint":
        return {"type": kind, "count": len(members)}
    if kind == "training":
        return {"type": kind, "token_count": sum(row.tokens for row in members)}
    sequences = [sequence for row in members for sequence in (row.result or {}).get("sequences", ())]
    return {"type": kind, "token_count": sum(sequence["tokens"] for sequence in sequences)}
