"""Writes of pools and workers by operators."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from trainyard.core import audit
from trainyard.core.errors import Conflict, FieldError, NotFound, PreconditionFailed
from trainyard.core.secrets import new_secret
from trainyard.pools import broker_users
from trainyard.pools.announcements import announce
from trainyard.pools.models import EnrolmentToken, Pool, Worker
from trainyard_spec.webhook_events import WebhookEvent

ENROLMENT_KIND = "ty_enrol_"
ENROLMENT_LIFETIME = timedelta(hours=1)

State = Worker.State
CORDONABLE = frozenset({State.ACTIVE})
DRAINABLE = frozenset({State.ACTIVE, State.CORDONED})
UNCORDONABLE = frozenset({State.CORDONED, State.DRAINING, State.QUARANTINED})
QUARANTINABLE = frozenset({State.ACTIVE, State.CORDONED, State.DRAINING})
RETESTABLE = frozenset({State.QUARANTINED})
REMOVABLE = frozenset(State) - {State.REMOVED}
ALLOWED_FROM: dict[str, frozenset[State]] = {
    "cordon": CORDONABLE,
    "drain": DRAINABLE,
    "quarantine": QUARANTINABLE,
    "remove": REMOVABLE,
    "retest": RETESTABLE,
    "uncordon": UNCORDONABLE,
}
"""In which states an operator may do what to a worker."""
ANNOUNCED = {State.DRAINING: WebhookEvent.WORKER_DRAINING, State.QUARANTINED: WebhookEvent.WORKER_QUARANTINED}


class PoolNameTaken(Conflict):
    code = "pool_name_taken"


class WorkerNotActive(Conflict):
    code = "worker_not_active"


@dataclass(frozen=True, slots=True)
class IssuedEnrolmentToken:
    """A new enrolment token with its secret, which is shown once."""

    token: EnrolmentToken
    secret: str


@transaction.atomic
def create_pool(*, name: str, slot_kind: str, actor: str, now: datetime, preemptible: bool = False) -> Pool:
    """A new pool; no job can use it before it has a price. Raises ``PoolNameTaken``."""
    new = {"slot_kind": slot_kind, "preemptible": preemptible, "created_at": now}
    pool, created = Pool.objects.get_or_create(name=name, defaults=new)
    if not created:
        message = f"There is a pool named {name}."
        raise PoolNameTaken(message, errors=(FieldError("name", "taken", message),))
    audit.record(actor=actor, action="pool.create", target=pool.id, now=now, name=name, slot_kind=slot_kind)
    return pool


@transaction.atomic
def change_pool(*, pool_id: str, actor: str, now: datetime, revision: int | None = None, **changes: Any) -> None:
    """Sets ``state``, ``preemptible`` or ``labels``. A closed pool takes no new jobs; those it has go on.

    With ``revision`` only if nobody changed it since then. Raises ``NotFound`` and ``PreconditionFailed``.
    """
    before = Pool.objects.filter(id=pool_id).select_for_update().values(*changes).first()
    if before is None:
        raise NotFound("There is no pool by that id.")
    rows = Pool.objects.filter(id=pool_id)
    unchanged = rows if revision is None else rows.filter(revision=revision)
    if unchanged.update(revision=F("revision") + 1, **changes) != 1:
        raise PreconditionFailed("Somebody changed this pool meanwhile.", hint="Read it again, then change it.")
    audit.record(actor=actor, action="pool.change", target=pool_id, now=now, before=before, after=changes, **changes)


@transaction.atomic
def create_enrolment_token(
    *, pool_name: str, actor: str, now: datetime, lifetime: timedelta = ENROLMENT_LIFETIME
) -> IssuedEnrolmentToken:
    """Lets one worker join a pool within ``lifetime``. Raises ``NotFound``."""
    pool = Pool.objects.filter(name=pool_name).first()
    if pool is None:
        raise NotFound(f"There is no pool named {pool_name}.")
    secret = new_secret(ENROLMENT_KIND)
    token = EnrolmentToken.objects.create(
        pool=pool, token_sha256=secret.sha256, created_at=now, expires_at=now + lifetime
    )
    audit.record(actor=actor, action="enrolment_token.create", target=token.id, now=now, pool=pool.id)
    return IssuedEnrolmentToken(token=token, secret=secret.value)


def allowed_worker_actions(state: str) -> list[str]:
    """What an operator may do to a worker in ``state``, sorted."""
    return sorted(action for action, states in ALLOWED_FROM.items() if state in states)


def cordon_worker(*, worker_id: str, actor: str, now: datetime, reason: str = "") -> None:
    """The worker takes no new work; what it runs goes on. Raises ``NotFound`` and ``WorkerNotActive``."""
    why = {"state_reason": reason}
    _move(worker_id, sources=CORDONABLE, to=State.CORDONED, action="worker.cordon", actor=actor, now=now, **why)


def uncordon_worker(*, worker_id: str, actor: str, now: datetime) -> None:
    """The worker takes work again, also one that was draining or quarantined: it starts with a clean record.

    Raises ``NotFound`` and ``WorkerNotActive``.
    """
    clean = {"state_reason": "", "healthy_since": now, "retest_at": None, "failed_tests": 0}
    _move(worker_id, sources=UNCORDONABLE, to=State.ACTIVE, action="worker.uncordon", actor=actor, now=now, **clean)


def drain_worker(*, worker_id: str, actor: str, now: datetime, reason: str = "") -> None:
    """The worker takes no new work, and its jobs stop with a checkpoint to go on elsewhere.

    Raises ``NotFound`` and ``WorkerNotActive``.
    """
    why: dict[str, Any] = {"state_reason": reason, "drained_at": None}
    _move(worker_id, sources=DRAINABLE, to=State.DRAINING, action="worker.drain", actor=actor, now=now, **why)


def quarantine_worker(*, worker_id: str, actor: str, now: datetime, reason: str) -> None:
    """The worker is not trusted: no new work, its jobs move elsewhere, and what went wrong on it is no job's fault.

    It waits for an operator. Raises ``NotFound`` and ``WorkerNotActive``.
    """
    why: dict[str, Any] = {"state_reason": reason, "retest_at": None}
    to = State.QUARANTINED
    _move(worker_id, sources=QUARANTINABLE, to=to, action="worker.quarantine", actor=actor, now=now, **why)


def retest_worker(*, worker_id: str, actor: str, now: datetime) -> None:
    """A quarantined worker takes work again now; unlike uncordoned, it rests for longer if it soon fails again.

    Raises ``NotFound`` and ``WorkerNotActive``.
    """
    clean: dict[str, Any] = {"state_reason": "", "healthy_since": now, "retest_at": None}
    _move(worker_id, sources=RETESTABLE, to=State.ACTIVE, action="worker.retest", actor=actor, now=now, **clean)


def remove_worker(*, worker_id: str, actor: str, now: datetime) -> None:
    """The worker's credential is worth nothing from now on; what it still runs goes on elsewhere from its checkpoints.

    Raises ``NotFound``.
    """
    with transaction.atomic():
        _move(worker_id, sources=REMOVABLE, to=State.REMOVED, action="worker.remove", actor=actor, now=now)
        transaction.on_commit(lambda: broker_users.revoke(worker_id), robust=True)


@transaction.atomic
def _move(
    worker_id: str, *, sources: frozenset[State], to: State, action: str, actor: str, now: datetime, **set_: Any
) -> None:
    """A guarded change of state; one that was made already changes nothing."""
    before = Worker.objects.filter(id=worker_id).select_for_update(no_key=True).values("state", "state_reason").first()
    if Worker.objects.filter(id=worker_id, state__in=sources).update(state=to, **set_) == 1:
        audit.record(actor=actor, action=action, target=worker_id, now=now, before=before, after={"state": to, **set_})
        if to in ANNOUNCED:
            announce(ANNOUNCED[to], worker_id, reason=set_.get("state_reason", ""), now=now)
        return
    worker = Worker.objects.filter(id=worker_id).first()
    if worker is None:
        raise NotFound("There is no worker by that id.")
    if worker.state != to:
        raise WorkerNotActive(f"The worker is {worker.state}.")
