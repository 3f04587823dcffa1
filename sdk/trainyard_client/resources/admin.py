"""Operators' calls; their API keys alone may make them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trainyard_client.core.calls import get, given, pages, patch, post
from trainyard_client.core.methods import M, Resource, listing, method
from trainyard_client.core.steps import Flow, Steps
from trainyard_client.resources.admin_billing import AdminBilling
from trainyard_client.resources.plans import AdminPlans
from trainyard_client.resources.webhooks import Webhooks
from trainyard_client.types import (
    AdminJob,
    AdminOrganization,
    AdminPool,
    AdminWorker,
    Capacity,
    CreatedOrganization,
    Deletion,
    Health,
    IssuedEnrolmentToken,
    LedgerTransaction,
    Limits,
    Organization,
    PoolQueue,
    Price,
    Quota,
)


class Workers(Resource[M]):
    """Workers of any pool."""

    @listing
    def list(self, *, state: str | None = None, pool: str | None = None, limit: int | None = None) -> Flow[AdminWorker]:
        """Workers, newest first; in ``state`` and of the pool of that name only, if given."""
        return pages(AdminWorker, "admin/workers", limit=limit, state=state, pool=pool)

    @listing
    def queues(self, *, pool: str | None = None, limit: int | None = None) -> Flow[PoolQueue]:
        """Who waits for workers, a pool at a time; for the pool of that name only, if given."""
        return pages(PoolQueue, "admin/queue", limit=limit, pool=pool)

    @method
    def cordon(self, worker_id: str) -> Steps[AdminWorker]:
        """It takes no new work; what it runs goes on."""
        return post(AdminWorker, f"admin/workers/{worker_id}/cordon")

    @method
    def uncordon(self, worker_id: str) -> Steps[AdminWorker]:
        """It takes work again, also one that was draining or quarantined."""
        return post(AdminWorker, f"admin/workers/{worker_id}/uncordon")

    @method
    def drain(self, worker_id: str) -> Steps[AdminWorker]:
        """Its jobs stop with a checkpoint and go on elsewhere; it is empty once ``slots_taken`` is 0."""
        return post(AdminWorker, f"admin/workers/{worker_id}/drain")

    @method
    def quarantine(self, worker_id: str, *, reason: str) -> Steps[AdminWorker]:
        """It takes no new work until it was tried or uncordoned; what it runs goes on elsewhere."""
        return post(AdminWorker, f"admin/workers/{worker_id}/quarantine", {"reason": reason})

    @method
    def retest(self, worker_id: str) -> Steps[AdminWorker]:
        """A quarantined worker is tried again now."""
        return post(AdminWorker, f"admin/workers/{worker_id}/retest")

    @method
    def what_if(self, *, pool: str, weights: Mapping[str, float]) -> Steps[PoolQueue]:
        """The queue of a pool as it would be if organizations had these ``weights``; nothing is changed."""
        return post(PoolQueue, "admin/queue/what-if", {"pool": pool, "weights": dict(weights)})

    @method
    def remove(self, worker_id: str) -> Steps[AdminWorker]:
        """Its credential ends for good."""
        return post(AdminWorker, f"admin/workers/{worker_id}/remove")

    @method
    def label(self, worker_id: str, labels: Mapping[str, str]) -> Steps[AdminWorker]:
        """Its labels are these from now on, beside those of its pool."""
        return post(AdminWorker, f"admin/workers/{worker_id}/labels", {"labels": dict(labels)})


class Admin(Resource[M]):
    """Organizations and pools; at ``admin.workers``, ``plans``, ``billing`` and ``webhooks`` what is about these."""

    def __init__(self, driver: Any) -> None:
        super().__init__(driver)
        self.workers: Workers[M] = Workers(driver)
        self.plans: AdminPlans[M] = AdminPlans(driver)
        self.billing: AdminBilling[M] = AdminBilling(driver)
        self.webhooks: Webhooks[M] = Webhooks(driver, "admin/")

    @listing
    def organizations(self, *, limit: int | None = None) -> Flow[AdminOrganization]:
        """Every customer, newest first."""
        return pages(AdminOrganization, "admin/organizations", limit=limit)

    @method
    def organization(self, organization_id: str) -> Steps[AdminOrganization]:
        """One customer."""
        return get(AdminOrganization, f"admin/organizations/{organization_id}")

    @method
    def create_organization(self, *, name: str, owner_email: str) -> Steps[CreatedOrganization]:
        """A customer with its first API key, whose ``secret`` is told this once."""
        return post(CreatedOrganization, "admin/organizations", {"name": name, "owner_email": owner_email})

    @method
    def suspend(self, organization_id: str) -> Steps[Organization]:
        """Its keys and people are locked out, and its jobs stop with a checkpoint."""
        return post(Organization, f"admin/organizations/{organization_id}/suspend")

    @method
    def reactivate(self, organization_id: str) -> Steps[Organization]:
        """It may go on."""
        return post(Organization, f"admin/organizations/{organization_id}/reactivate")

    @method
    def deletion(self, organization_id: str) -> Steps[Deletion]:
        """What became of an organization that was deleted: its receipt."""
        return get(Deletion, f"admin/organizations/{organization_id}/deletion")

    @listing
    def jobs(
        self,
        *,
        organization: str | None = None,
        pool: str | None = None,
        state: str | None = None,
        search: str | None = None,
        limit: int | None = None,
    ) -> Flow[AdminJob]:
        """Every customer's jobs, newest first: those of which all that is given holds."""
        narrowed = {"organization": organization, "pool": pool, "state": state, "search": search}
        return pages(AdminJob, "admin/jobs", limit=limit, **narrowed)

    @method
    def capacity(self, *, hours: int | None = None) -> Steps[Capacity]:
        """What of each pool was used, an hour at a time."""
        return get(Capacity, "admin/capacity", hours=hours)

    @method
    def health(self) -> Steps[Health]:
        """Whether each part of the platform does its work."""
        return get(Health, "admin/health")

    @method
    def grant_credit(
        self, organization_id: str, *, amount: str, kind: str = "promotional", idempotency_key: str | None = None
    ) -> Steps[LedgerTransaction]:
        """Adds ``amount``, a decimal, to a wallet."""
        path, body = f"admin/organizations/{organization_id}/credits", {"amount": amount, "kind": kind}
        return post(LedgerTransaction, path, body, idempotency_key=idempotency_key)

    @method
    def limits(self, organization_id: str) -> Steps[Limits]:
        """What an organization may store and upload at once."""
        return get(Limits, f"admin/organizations/{organization_id}/limits")

    @method
    def set_limits(self, /, organization_id: str, **limits: int | None) -> Steps[Limits]:
        """Sets ``max_stored_bytes`` and ``max_bytes_in_flight``, those that are given; ``None``: the platform's."""
        return post(Limits, f"admin/organizations/{organization_id}/limits", limits)

    @listing
    def quotas(self, organization_id: str, *, limit: int | None = None) -> Flow[Quota]:
        """What an organization is guaranteed and may have of each pool."""
        return pages(Quota, f"admin/organizations/{organization_id}/quotas", limit=limit)

    @method
    def set_quota(self, /, organization_id: str, *, pool: str, **quota: float | None) -> Steps[Quota]:
        """Sets ``weight``, ``guaranteed_slots``, ``max_running_jobs`` and ``max_queued_jobs``, those that are given."""
        return post(Quota, f"admin/organizations/{organization_id}/quotas", {"pool": pool, **quota})

    @method
    def pool(self, pool_id: str) -> Steps[AdminPool]:
        """One pool, with its capacity and prices."""
        return get(AdminPool, f"admin/pools/{pool_id}")

    @listing
    def pools(self, *, limit: int | None = None) -> Flow[AdminPool]:
        """Pools of workers."""
        return pages(AdminPool, "admin/pools", limit=limit)

    @method
    def create_pool(
        self, *, name: str, slot_kind: str, price_per_slot_second: str, preemptible: bool | None = None
    ) -> Steps[AdminPool]:
        """A pool without workers."""
        price = {"price_per_slot_second": price_per_slot_second}
        body = given({"name": name, "slot_kind": slot_kind, "preemptible": preemptible})
        return post(AdminPool, "admin/pools", body | price)

    @method
    def change_pool(
        self,
        pool_id: str,
        *,
        labels: Mapping[str, str] | None = None,
        state: str | None = None,
        preemptible: bool | None = None,
    ) -> Steps[AdminPool]:
        """Changes what is given."""
        changes = given({"labels": labels, "state": state, "preemptible": preemptible})
        return patch(AdminPool, f"admin/pools/{pool_id}", changes)

    @method
    def set_price(self, pool_id: str, *, per_slot_second: str, effective_from: str | None = None) -> Steps[Price]:
        """What a second costs, from now on or from a time to come (ISO 8601)."""
        body = given({"per_slot_second": per_slot_second, "effective_from": effective_from})
        return post(Price, f"admin/pools/{pool_id}/prices", body)

    @method
    def enrol(self, pool_id: str, *, expires_in_seconds: int | None = None) -> Steps[IssuedEnrolmentToken]:
        """A token with which a worker joins the pool, told this once."""
        body = given({"expires_in_seconds": expires_in_seconds})
        return post(IssuedEnrolmentToken, f"admin/pools/{pool_id}/enrolment-tokens", body)
