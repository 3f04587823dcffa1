"""Standing: what decides whether a job of an organization may reserve funds and be queued, read at once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, Subquery

from trainyard.billing.budgets.spending import lowest_hard_budgets, room_under, spends
from trainyard.billing.ledger import Account, Books
from trainyard.billing.plans.allowance import paid_subscriptions
from trainyard.core.tenancy import current_tenant
from trainyard.jobs.accounting import key_caps, overdue
from trainyard.jobs.models import Job
from trainyard.jobs.queue.enqueue import queued_in
from trainyard.pools.models import PoolQuota
from trainyard.tenants.models import Organization


@dataclass(frozen=True, slots=True)
class Standing:
    """Of the organization of a job that is stored already.

    ``included_microseconds`` of slot time are left of what its plan includes; ``budget_room`` are the micro-units that
    hard budgets leave, ``None`` without one. ``queued_jobs`` are in the job's pool, with it where it is queued, and
    ``max_queued_jobs`` is what the organization's quota there says.
    """

    is_overdue: bool
    is_key_capped: bool
    included_microseconds: int
    budget_room: int | None
    queued_jobs: int
    max_queued_jobs: int | None


def standing_of(job: Job, books: Books, *, now: datetime) -> Standing:
    """In one query, to be asked once ``books`` are locked: nobody else changes what it tells until they are not."""
    left = paid_subscriptions(now=now).values(left=F("included_microseconds") - F("used_microseconds"))
    queued = queued_in(job.pool_id).order_by().values("pool_id").values(jobs=Count("*"))
    facts: dict[str, Any] = {
        "overdue": Exists(overdue.blocking_cases()),
        "capped": Exists(key_caps.capped(job.created_by)),
        "included": Subquery(left),
        "lowest_budget": Subquery(lowest_hard_budgets().values("amount_micros")[:1]),
        "spent": Subquery(spends(now=now).values("micros")),
        "queued": Subquery(queued),
        "max_queued": Subquery(PoolQuota.objects.filter(pool_id=job.pool_id).values("max_queued_jobs")),
    }
    told: Any = Organization.objects.filter(pk=current_tenant()).values(**facts).get()
    lowest, held = told["lowest_budget"], books[Account.HELD].balance_micros
    return Standing(
        is_overdue=told["overdue"],
        is_key_capped=told["capped"],
        included_microseconds=told["included"] or 0,
        budget_room=None if lowest is None else room_under(lowest, spent=told["spent"] or 0, held=held),
        queued_jobs=told["queued"] or 0,
        max_queued_jobs=told["max_queued"],
    )
