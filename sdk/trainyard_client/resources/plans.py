"""Plans: a monthly fee, slot-hours that it includes, and limits."""

from __future__ import annotations

from trainyard_client.core.calls import get, given, pages, patch, post
from trainyard_client.core.methods import M, Resource, listing, method
from trainyard_client.core.steps import Flow, Steps
from trainyard_client.types import Plan, PlanInForce


class Plans(Resource[M]):
    """Plans that are offered, and the one that the organization is on."""

    @listing
    def list(self, *, limit: int | None = None) -> Flow[Plan]:
        """Plans that the organization may choose, newest first."""
        return pages(Plan, "plans", limit=limit)

    @method
    def current(self) -> Steps[PlanInForce]:
        """The organization's plan and what follows it; its ``plan`` is None without one."""
        return get(PlanInForce, "organization/plan")

    @method
    def choose(self, plan_id: str | None) -> Steps[PlanInForce]:
        """A plan with a higher fee begins now, a lower one when the month is over; None: none from then on."""
        return post(PlanInForce, "organization/plan", {"plan": plan_id})


class AdminPlans(Resource[M]):
    """Plans as operators define them."""

    @listing
    def list(self, *, limit: int | None = None) -> Flow[Plan]:
        """Every plan, newest first, also those offered no more."""
        return pages(Plan, "admin/plans", limit=limit)

    @method
    def create(
        self,
        *,
        name: str,
        monthly_fee: str,
        description: str | None = None,
        currency: str | None = None,
        included_slot_hours: int | None = None,
        max_running_jobs: int | None = None,
        max_stored_bytes: int | None = None,
        max_members: int | None = None,
        requests_per_second: int | None = None,
        is_offered: bool | None = None,
    ) -> Steps[Plan]:
        """A plan of ``monthly_fee``, a decimal. Its terms never change."""
        terms = {
            "description": description,
            "currency": currency,
            "included_slot_hours": included_slot_hours,
            "max_running_jobs": max_running_jobs,
            "max_stored_bytes": max_stored_bytes,
            "max_members": max_members,
            "requests_per_second": requests_per_second,
            "is_offered": is_offered,
        }
        return post(Plan, "admin/plans", {"name": name, "monthly_fee": monthly_fee, **given(terms)})

    @method
    def offer(self, plan_id: str, *, is_offered: bool) -> Steps[Plan]:
        """Whether customers may choose it; who is on it keeps it."""
        return patch(Plan, f"admin/plans/{plan_id}", {"is_offered": is_offered})

    @method
    def of(self, organization_id: str) -> Steps[PlanInForce]:
        """The plan of an organization."""
        return get(PlanInForce, f"admin/organizations/{organization_id}/plan")

    @method
    def assign(self, organization_id: str, plan_id: str | None) -> Steps[PlanInForce]:
        """Puts an organization on a plan, also on one that is not offered."""
        return post(PlanInForce, f"admin/organizations/{organization_id}/plan", {"plan": plan_id})
