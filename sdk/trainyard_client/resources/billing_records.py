"""Records behind bills, and the answers of the calls of ``billing``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from trainyard_client.core.calls import get, pages, post
from trainyard_client.core.downloads import save
from trainyard_client.core.methods import M, Resource, listing, method
from trainyard_client.core.steps import Flow, Steps
from trainyard_client.types import (
    CreditGrant,
    Dispute,
    Evidence,
    LedgerTransaction,
    MeterPrice,
    Refund,
    Refunds,
    Statement,
    UsageSummary,
)


class BillingRecords(Resource[M]):
    """Evidence, sums and exports of what was billed and paid."""

    @method
    def usage_summary(
        self,
        *,
        by: Literal["pool", "task", "member", "architecture"] | str | None = None,
        since: str | None = None,
        until: str | None = None,
        month: Literal["current"] | None = None,
    ) -> Steps[UsageSummary]:
        """What was spent a day, split ``by`` something, between two days (ISO 8601) or in the month so far."""
        between: dict[str, Any] = {"from": since, "to": until, "month": month}
        return get(UsageSummary, "usage/summary", by=by, **between)

    @method
    def statement(self, *, since: str, until: str) -> Steps[Statement]:
        """Every movement of the wallet between two days (ISO 8601), with the balances before and after."""
        between: dict[str, Any] = {"from": since, "to": until}
        return get(Statement, "statement", **between)

    @method
    def download_focus(
        self, path: Path | str, *, month: str | None = None, invoice_id: str | None = None
    ) -> Steps[Path]:
        """Writes costs by the FOCUS specification to ``path`` as CSV: of a month (``2026-03``) or of an invoice."""
        return save("focus", Path(path), month=month, invoice=invoice_id)

    @listing
    def invoice_line_usage(self, invoice_id: str, position: int, *, limit: int | None = None) -> Flow[Evidence]:
        """The usage that line ``position`` of an invoice was made of."""
        return pages(Evidence, f"invoices/{invoice_id}/lines/{position}/usage", limit=limit)

    @listing
    def credit_grants(self, *, limit: int | None = None) -> Flow[CreditGrant]:
        """Credit that the wallet was given, newest first, with what is left of it and until when."""
        return pages(CreditGrant, "credit-grants", limit=limit)

    @method
    def redeem(self, code: str) -> Steps[LedgerTransaction]:
        """Adds the credit of a promotional code to the wallet."""
        return post(LedgerTransaction, "promo-codes/redeem", {"code": code})

    @listing
    def disputes(self, *, limit: int | None = None) -> Flow[Dispute]:
        """What the organization disputed, newest first."""
        return pages(Dispute, "disputes", limit=limit)

    @listing
    def refunds(self, *, limit: int | None = None) -> Flow[Refund]:
        """Money that went back, newest first."""
        return pages(Refund, "refunds", limit=limit)

    @method
    def refund(self, amount: str, *, idempotency_key: str | None = None) -> Steps[Refunds]:
        """Asks for ``amount``, a decimal, of what was paid and not used; back the ways that it came."""
        return post(Refunds, "refunds", {"amount": amount}, idempotency_key=idempotency_key)

    @listing
    def meter_prices(self, *, limit: int | None = None) -> Flow[MeterPrice]:
        """What tokens and other things cost that are counted rather than timed."""
        return pages(MeterPrice, "meter-prices", limit=limit)
