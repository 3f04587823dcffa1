"""Standing: everything that decides whether an organization's job may reserve funds and be queued, in one read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, Subquery

from trainyard.billing.budgets.spending import lowest_hard_budgets, room_under, spends
from trainyard.billing.journal.chain import heads_to_lock, the_locked_head
from trainyard.billing.journal.models import JournalHead
from trainyard.billing.ledger import Account, Books, lock_books_and_read
from trainyard.billing.plans.allowance import paid_subscriptions
from trainyard.core.tenancy import current_tenant
from trainyard.jobs.accounting import key_caps, overdue
from trainyard.jobs.models import Job
from trainyard.jobs.queue.enqueue import queued_in
from trainyard.pools.models import PoolQuota
from trainyard.tenants.models import Organization


@dataclass(frozen=True, slots=True)
class Standing:
    """Standing of the organization of a stored job.

    ``included_microseconds`` of slot time are left of its plan; ``budget_room`` is what hard budgets leave, in
    micro-units, ``None`` without one. ``queued_jobs`` counts those of the job's pool, including itself if it is queued,
    and ``max_queued_jobs`` is the organization's quota there. ``head`` is the locked head of its journal.
    """

    is_overdue: bool
    is_key_capped: bool
    included_microseconds: int
    budget_room: int | None
    queued_jobs: int
    max_queued_jobs: int | None
    head: JournalHead


def lock_standing(job: Job, *, now: datetime) -> tuple[Books, Standing]:
    """The organization's books, locked, and how it stands: nobody else changes that until they are not."""
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
    organizations: Any = Organization.objects.filter(pk=current_tenant()).values(**facts)
    books, ((told,), heads) = lock_books_and_read(organizations, heads_to_lock())
    lowest, held = told["lowest_budget"], books[Account.HELD].balance_micros
    standing = Standing(
        is_overdue=told["overdue"],
        is_key_capped=told["capped"],
        included_microseconds=told["included"] or 0,
        budget_room=None if lowest is None else room_under(lowest, spent=told["spent"] or 0, held=held),
        queued_jobs=told["queued"] or 0,
        max_queued_jobs=told["max_queued"],
        head=the_locked_head(heads),
    )
    return books, standing
