"""Limits on running jobs that plans set: over all pools together, unlike a quota, which is of one pool."""

from collections.abc import Collection

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from trainyard.jobs.models import Attempt
from trainyard.tenants.models import PlanLimits
from trainyard_spec.states import LIVE_ATTEMPT_STATES


def running_limits(*, organization_ids: Collection[str], pool_id: str) -> dict[str, int]:
    """How many jobs each may run in this pool, by what its plan allows and its jobs in other pools; in one query.

    Organizations whose plan sets no limit are left out.
    """
    elsewhere = _live(~Q(worker__pool_id=pool_id))
    limits = PlanLimits.across_tenants.filter(organization_id__in=organization_ids, max_running_jobs__isnull=False)
    rows = limits.annotate(elsewhere=Coalesce(elsewhere, 0))
    found = rows.values_list("organization_id", "max_running_jobs", "elsewhere")
    return {organization_id: max((most or 0) - others, 0) for organization_id, most, others in found}


def may_run_one_more(organization_id: str) -> bool:
    """Whether the organization's plan lets it start a job now.

    Its limits are locked until the transaction ends: claims of two pools follow one another, and the second sees what
    the first did.
    """
    limits = PlanLimits.across_tenants.select_for_update(no_key=True)
    found = limits.filter(organization_id=organization_id, max_running_jobs__isnull=False).first()
    if found is None:
        return True
    live = Attempt.across_tenants.filter(organization_id=organization_id, state__in=LIVE_ATTEMPT_STATES).count()
    return live < (found.max_running_jobs or 0)


def _live(which: Q) -> Subquery:
    live = Attempt.across_tenants.filter(
        which, organization_id=OuterRef("organization_id"), state__in=LIVE_ATTEMPT_STATES
    )
    return Subquery(live.order_by().values("organization_id").annotate(number=Count("id")).values("number"))
