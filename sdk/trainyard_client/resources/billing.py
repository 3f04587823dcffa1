"""Money: what there is, what it was spent on, what a second costs."""

from __future__ import annotations

from trainyard_client.core.calls import collect, get, pages
from trainyard_client.core.methods import M, Resource, listing, method
from trainyard_client.core.steps import Flow, Steps
from trainyard_client.types import LedgerTransaction, PoolPrice, UsageRecord, Wallet


class Billing(Resource[M]):
    """Money."""

    @method
    def wallet(self) -> Steps[Wallet]:
        """What the organization can spend, what jobs hold, and what was spent."""
        return get(Wallet, "wallet")

    @method
    def prices(self, *, limit: int | None = None) -> Steps[list[PoolPrice]]:
        """What a second on a slot of each pool costs."""
        return collect(pages(PoolPrice, "prices", limit=limit))

    @listing
    def usage(
        self, *, job: str | None = None, since: str | None = None, until: str | None = None, limit: int | None = None
    ) -> Flow[UsageRecord]:
        """What was billed, newest first: of one job, and between two times (ISO 8601), if given."""
        return pages(UsageRecord, "usage", limit=limit, job=job, to=until, **{"from": since})

    @listing
    def ledger(self, *, limit: int | None = None) -> Flow[LedgerTransaction]:
        """Every movement of money, newest first."""
        return pages(LedgerTransaction, "ledger", limit=limit)
