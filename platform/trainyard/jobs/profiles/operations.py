"""Requests for speed profiles, their assignment to workers with free slots, and their results.

Measuring is free, of the lowest priority and bounded: a few seconds per spec, and a maximum per organization at once
and per hour.
"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet

from trainyard.core import audit
from trainyard.core.errors import Conflict, QuotaExceeded
from trainyard.core.tenancy import current_tenant
from trainyard.jobs.accounting import overdue
from trainyard.jobs.accounting.estimates import fingerprint
from trainyard.jobs.lifecycle.specs import JobPlan, needed_labels
from trainyard.jobs.profiles import queries
from trainyard.jobs.profiles.models import SpeedProfile
from trainyard.jobs.queue import notify_workers
from trainyard.pools.models import Worker, labels_of_models
from trainyard.tenants.models import Organization
from trainyard_spec.engine_protocol import Failed, Fault
from trainyard_spec.worker_protocol import ProfileFinish

logger = structlog.get_logger(__name__)

MOST_OPEN = 2
MOST_AN_HOUR = 20
"""Of an organization."""
FAILURE_RESTS_FOR = timedelta(hours=1)
MOST_CLAIMS = 3
RUNS_FOR = timedelta(minutes=10)
"""In which a worker fetches the data and measures; it is lost after that."""
WAITS_FOR = timedelta(hours=1)
"""For a slot: where no worker fits, those that wait would for ever be as many as may."""
LOOKED_AT = 100
OPEN = (SpeedProfile.State.QUEUED, SpeedProfile.State.RUNNING)
LOST = Failed(
    fault=Fault.INFRASTRUCTURE,
    code="worker_lost",
    message="The workers that were to measure the speed were lost.",
    hint="It is measured again an hour later, where somebody asks.",
)
NO_SLOT = Failed(
    fault=Fault.INFRASTRUCTURE,
    code="no_free_slot",
    message="No worker that fits had a free slot for an hour.",
    hint="Name a pool with free workers; here it is tried again an hour later, where somebody asks.",
)


class TooManyProfiles(QuotaExceeded):
    """The organization has the maximum number of speed measurements, at once or per hour."""

    code = "too_many_profiles"


class ProfileLost(Conflict):
    """The speed measurement has ended, or was given to another worker."""

    code = "profile_lost"


@transaction.atomic
def request(planned: JobPlan, *, requested_by: str, now: datetime) -> SpeedProfile:
    """Has the speed of a spec measured, unless it was, or is just being; notifies the pool's workers.

    Raises ``TooManyProfiles`` and ``PaymentOverdue``.
    """
    overdue.refuse()
    # So that requests at the same time count one another.
    Organization.objects.select_for_update(no_key=True).get(id=current_tenant())
    key = fingerprint(planned.spec, pool_id=planned.pool.id)
    found = queries.profile_of(key, now=now)
    if found is not None and not _may_be_tried_again(found, now=now):
        return found
    _check_limits(now=now)
    asked = _asked(planned, requested_by=requested_by, now=now)
    profile, _ = SpeedProfile.objects.update_or_create(fingerprint=key, defaults=asked)
    notify_workers.notify(planned.pool, now=now)
    audit.record(
        actor=requested_by,
        action="job.measure",
        target=profile.id,
        organization_id=profile.organization_id,
        now=now,
        pool=planned.pool.name,
    )
    logger.info("profile.requested", profile_id=profile.id, organization_id=profile.organization_id)
    return profile


def _may_be_tried_again(profile: SpeedProfile, *, now: datetime) -> bool:
    if profile.state == SpeedProfile.State.FAILED:
        return profile.finished_at is None or profile.finished_at <= now - FAILURE_RESTS_FOR
    return False


def _check_limits(*, now: datetime) -> None:
    if SpeedProfile.objects.filter(state__in=OPEN).count() >= MOST_OPEN:
        raise TooManyProfiles(
            f"The speeds of {MOST_OPEN} of your specs are being measured, as many as may at once.",
            hint="Wait for these: POST /jobs/quote says when they are there.",
            retry_after_seconds=10,
        )
    hour = timedelta(hours=1)
    recent = SpeedProfile.objects.filter(requested_at__gt=now - hour).order_by("requested_at")
    times = list(recent.values_list("requested_at", flat=True))
    if len(times) >= MOST_AN_HOUR:
        raise TooManyProfiles(
            f"The speeds of {MOST_AN_HOUR} of your specs were measured in the last hour, as many as may.",
            hint="Try again later; training a spec for a minute measures it, too.",
            retry_after_seconds=max(1, round((times[-MOST_AN_HOUR] + hour - now).total_seconds())),
        )


def _asked(planned: JobPlan, *, requested_by: str, now: datetime) -> dict[str, Any]:
    return {
        "state": SpeedProfile.State.QUEUED,
        "spec": planned.spec.model_dump(mode="json"),
        "dataset_version": planned.version,
        "init_from": planned.start.model_id if planned.start else None,
        "start": planned.start.stored() if planned.start else None,
        "pool": planned.pool,
        "slots": planned.spec.resources.slots,
        "labels": needed_labels(planned.spec, planned.start),
        "requested_by": requested_by,
        "requested_at": now,
        "worker": None,
        "claims": 0,
        "expires_at": None,
        "finished_at": None,
        "timings": None,
        "error": None,
    }


def claim(*, worker: Worker, free_slots: int, now: datetime) -> SpeedProfile | None:
    """The oldest speed profile that fits ``worker``, which has that many slots without a job; now claimed by it.

    An organization has few at once, so that none waits long for another's.
    """
    if not (worker.takes_work and worker.has_room):
        return None
    labels = (worker.pool.labels | worker.labels | labels_of_models(worker.pretrained)).items()
    waiting = _waiting(now=now).filter(
        pool_id=worker.pool_id, slots__lte=free_slots, organization__state=Organization.State.ACTIVE
    )
    for profile in waiting.filter(claims__lt=MOST_CLAIMS).order_by("requested_at", "id")[:LOOKED_AT]:
        if profile.labels.items() <= labels:
            # Another worker may have been quicker.
            mine = _waiting(now=now).filter(id=profile.id, claims=profile.claims)
            claimed = mine.update(
                state=SpeedProfile.State.RUNNING, worker=worker, claims=F("claims") + 1, expires_at=now + RUNS_FOR
            )
            if claimed == 1:
                logger.info("profile.claimed", profile_id=profile.id, worker_id=worker.id)
                return claimed_by(worker=worker, profile_id=profile.id)
    return None


def claimed_by(*, worker: Worker, profile_id: str) -> SpeedProfile:
    """A speed profile of any tenant that ``worker`` measures. Raises ``ProfileLost``."""
    found = _held(worker, profile_id).select_related("dataset_version").first()
    if found is None:
        raise ProfileLost("The speed profile has ended, or is another worker's.")
    return found


def finish(*, worker: Worker, profile_id: str, outcome: ProfileFinish, now: datetime) -> None:
    """Takes in what was measured, or why nothing was. Raises ``ProfileLost``.

    One that is given back for a job, and one that failed for a reason of the platform's, is measured by the next.
    """
    profile = claimed_by(worker=worker, profile_id=profile_id)
    state, changes = SpeedProfile.State.QUEUED, dict[str, Any]()
    if outcome.timings is not None:
        state, changes = SpeedProfile.State.MEASURED, {"timings": outcome.timings.model_dump(mode="json")}
    elif outcome.failure is None:
        changes = {"claims": profile.claims - 1}
    elif outcome.failure.fault == Fault.USER or profile.claims >= MOST_CLAIMS:
        state, changes = SpeedProfile.State.FAILED, {"error": outcome.failure.model_dump(mode="json")}
    if state not in OPEN:
        changes["finished_at"] = now
    if _held(worker, profile_id).update(state=state, worker=None, expires_at=None, **changes) != 1:
        raise ProfileLost("The speed profile has ended, or is another worker's.")
    logger.info("profile.finished", profile_id=profile_id, state=state)


def purge(*, now: datetime) -> int:
    """Fails those whose workers were lost each time or that none took, and deletes what is too old to be used.

    Returns how many these are.
    """
    lost = _waiting(now=now).filter(state=SpeedProfile.State.RUNNING, claims__gte=MOST_CLAIMS)
    idle = SpeedProfile.across_tenants.filter(state=SpeedProfile.State.QUEUED, requested_at__lte=now - WAITS_FOR)
    failed = _fail(lost, LOST, now=now) + _fail(idle, NO_SLOT, now=now)
    old = SpeedProfile.across_tenants.filter(requested_at__lt=now - queries.GOOD_FOR)
    deleted, _ = old.exclude(state=SpeedProfile.State.RUNNING).delete()
    if failed or deleted:
        logger.info("profile.purged", failed=failed, deleted=deleted)
    return failed + deleted


def _fail(profiles: QuerySet[SpeedProfile], why: Failed, *, now: datetime) -> int:
    ended = {"state": SpeedProfile.State.FAILED, "worker": None, "expires_at": None, "finished_at": now}
    return profiles.update(**ended, error=why.model_dump(mode="json"))


def _waiting(*, now: datetime) -> QuerySet[SpeedProfile]:
    is_lost = Q(state=SpeedProfile.State.RUNNING, expires_at__lt=now)
    return SpeedProfile.across_tenants.filter(Q(state=SpeedProfile.State.QUEUED) | is_lost)


def _held(worker: Worker, profile_id: str) -> QuerySet[SpeedProfile]:
    return SpeedProfile.across_tenants.filter(id=profile_id, worker=worker, state=SpeedProfile.State.RUNNING)
