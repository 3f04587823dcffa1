"""Enrolment, authentication and heartbeats of workers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F

from trainyard.core.errors import TrainyardError
from trainyard.core.prepared import PreparedQuery
from trainyard.core.secrets import digest, new_secret
from trainyard.pools import broker_users, health
from trainyard.pools.models import EnrolmentToken, Pool, Worker
from trainyard_spec.worker_protocol import Heartbeat, Registration

logger = structlog.get_logger(__name__)

WORKER_TOKEN_KIND = "ty_wrk_"  # noqa: S105  a prefix that says what kind of secret follows


class EnrolmentRefused(TrainyardError):
    """The enrolment token is unknown, expired or used up."""

    status = 401
    code = "enrolment_refused"


class WrongSlotKind(TrainyardError):
    status = 409
    code = "wrong_slot_kind"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A worker with its token, which is shown once."""

    worker: Worker
    token: str


@transaction.atomic
def register(*, enrolment_secret: str, registration: Registration, now: datetime) -> Enrolled:
    """Joins the pool of the enrolment token, which this uses up.

    As long as the new worker has not been heard of again, its answer may have been lost: registering once more gives
    the same worker another token. Raises ``EnrolmentRefused`` and ``WrongSlotKind``.
    """
    enrolment = (
        EnrolmentToken.objects.select_for_update(of=("self",))
        .select_related("pool")
        .filter(token_sha256=digest(enrolment_secret), expires_at__gt=now)
        .first()
    )
    if enrolment is None:
        raise _refused()
    _check_slot_kind(enrolment.pool, registration)
    secret = new_secret(WORKER_TOKEN_KIND)
    described = {**_description(registration), "token_sha256": secret.sha256}
    if enrolment.used_at is None:
        worker = Worker.objects.create(pool=enrolment.pool, registered_at=now, last_heartbeat_at=now, **described)
        EnrolmentToken.objects.filter(id=enrolment.id).update(used_at=now, worker=worker)
    else:
        silent = Worker.objects.filter(id=enrolment.worker_id, last_heartbeat_at=F("registered_at"))
        if silent.update(registered_at=now, last_heartbeat_at=now, **described) != 1:
            raise _refused()
        worker = Worker.objects.select_related("pool").get(id=enrolment.worker_id)
    transaction.on_commit(lambda: broker_users.grant(worker), robust=True)
    logger.info("worker.registered", worker_id=worker.id, pool=enrolment.pool.name, slots=worker.slots)
    return Enrolled(worker=worker, token=secret.value)


def authenticate(*, secret: str) -> Worker | None:
    """The worker that ``secret`` belongs to, unless it was removed."""
    found = _BY_TOKEN.rows(token_sha256=digest(secret))
    return found[0] if found else None


_BY_TOKEN = PreparedQuery(
    lambda *, token_sha256: Worker.objects.enrolled().filter(token_sha256=token_sha256)[:1],
    "token_sha256",
    across_tenants=True,
)


def record_heartbeat(*, worker: Worker, heartbeat: Heartbeat, now: datetime) -> Worker.State:
    """Records a heartbeat and what is new in it: other software, a fuller disk, a fault. Returns the worker's state.

    Raises ``WrongSlotKind``.
    """
    news: dict[str, Any] = {}
    if heartbeat.about is not None:
        _check_slot_kind(worker.pool, heartbeat.about)
        news = _description(heartbeat.about)
    Worker.objects.filter(id=worker.id).update(last_heartbeat_at=now, has_room=heartbeat.has_room, **news)
    if heartbeat.fault is not None and health.quarantine(worker_id=worker.id, reason=heartbeat.fault, now=now):
        return Worker.State.QUARANTINED
    return Worker.State(worker.state)


def _description(registration: Registration) -> dict[str, Any]:
    return {
        "name": registration.name,
        "slots": registration.slots,
        "hardware": registration.hardware.model_dump(mode="json"),
        "software": registration.software,
        "pretrained": registration.pretrained,
        "language_models": registration.language_models,
        "pretrained_tasks": registration.pretrained_tasks,
        "base_models": {name: facts.model_dump() for name, facts in registration.base_models.items()},
        "sandbox": registration.sandbox and registration.sandbox.model_dump(mode="json"),
    }


def _check_slot_kind(pool: Pool, registration: Registration) -> None:
    if pool.slot_kind != registration.hardware.kind:
        raise WrongSlotKind(
            f"Pool {pool.name} has {pool.slot_kind} slots, and this worker has {registration.hardware.kind}.",
            hint="Enrol it in another pool, or set TRAINYARD_WORKER_SLOT_KIND.",
        )


def _refused() -> EnrolmentRefused:
    return EnrolmentRefused(
        "The enrolment token is unknown, expired or used up.", hint="Ask the operator for a new one."
    )
