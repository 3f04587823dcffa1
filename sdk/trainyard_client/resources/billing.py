"""Money: what there is, what it was spent on, what a second costs, what was invoiced."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from trainyard_client.core.calls import collect, get, given, pages, patch, post
from trainyard_client.core.downloads import save
from trainyard_client.core.methods import M, listing, method
from trainyard_client.core.steps import Flow, Steps
from trainyard_client.resources.billing_records import BillingRecords
from trainyard_client.resources.budgets import Budgets
from trainyard_client.resources.plans import Plans
from trainyard_client.types import (
    BillingProfile,
    CreditNote,
    Dispute,
    Invoice,
    InvoiceSummary,
    LedgerTransaction,
    OverdueState,
    Payment,
    PoolPrice,
    UsageRecord,
    Wallet,
    WalletSettingsShown,
)


class Billing(BillingRecords[M]):
    """Money; budgets are at ``billing.budgets``, plans at ``billing.plans``."""

    def __init__(self, driver: Any) -> None:
        super().__init__(driver)
        self.budgets: Budgets[M] = Budgets(driver)
        self.plans: Plans[M] = Plans(driver)

    @method
    def wallet(self) -> Steps[Wallet]:
        """What the organization can spend, what jobs hold, and what was spent."""
        return get(Wallet, "wallet")

    @method
    def overdue(self) -> Steps[OverdueState]:
        """The invoice that is overdue and what follows; its ``overdue`` is None where nothing is."""
        return get(OverdueState, "overdue")

    @method
    def wallet_settings(self) -> Steps[WalletSettingsShown]:
        """Whether the wallet fills itself, and whether jobs that ran out of funds go on by themselves."""
        return get(WalletSettingsShown, "wallet/settings")

    @method
    def change_wallet_settings(self, /, **changes: Any) -> Steps[WalletSettingsShown]:
        """Changes what is given: ``auto_resume``, ``low_balance``, and ``auto_top_up``, a dictionary or ``None``."""
        return patch(WalletSettingsShown, "wallet/settings", changes)

    @method
    def top_up(
        self, amount: str, *, return_url: str | None = None, idempotency_key: str | None = None
    ) -> Steps[Payment]:
        """Pays ``amount``, a decimal, into the wallet; at ``checkout_url`` of the answer a person goes to pay."""
        body = given({"amount": amount, "return_url": return_url})
        return post(Payment, "top-ups", body, idempotency_key=idempotency_key)

    @listing
    def top_ups(self, *, limit: int | None = None) -> Flow[Payment]:
        """Payments into the wallet, newest first."""
        return pages(Payment, "top-ups", limit=limit)

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

    @listing
    def invoices(self, *, limit: int | None = None) -> Flow[InvoiceSummary]:
        """Invoices, newest first."""
        return pages(InvoiceSummary, "invoices", limit=limit)

    @method
    def invoice(self, invoice_id: str) -> Steps[Invoice]:
        """An invoice with its lines."""
        return get(Invoice, f"invoices/{invoice_id}")

    @method
    def download_invoice(
        self, invoice_id: str, path: Path | str, *, form: Literal["csv", "journal", "pdf"] = "csv"
    ) -> Steps[Path]:
        """Writes an invoice to ``path``: its lines as CSV, the journal that it was made of as JSON lines, or a PDF."""
        return save(f"invoices/{invoice_id}/{form}", Path(path))

    @listing
    def credit_notes(self, *, limit: int | None = None) -> Flow[CreditNote]:
        """What was credited, newest first."""
        return pages(CreditNote, "credit-notes", limit=limit)

    @method
    def download_credit_note(self, note_id: str, path: Path | str) -> Steps[Path]:
        """Writes a credit note to ``path``, as PDF."""
        return save(f"credit-notes/{note_id}/pdf", Path(path))

    @method
    def dispute(self, invoice_id: str, *, line: int, reason: str, amount: str | None = None) -> Steps[Dispute]:
        """Disputes a line of an invoice, or ``amount`` of it."""
        body = {"line": line, "reason": reason} | ({"amount": amount} if amount else {})
        return post(Dispute, f"invoices/{invoice_id}/disputes", body)

    @method
    def profile(self) -> Steps[BillingProfile]:
        """To whom invoices are made out."""
        return get(BillingProfile, "organization/billing-profile")

    @method
    def change_profile(self, /, **changes: str) -> Steps[BillingProfile]:
        """Changes what is given: ``legal_name``, ``address_line1``, ``vat_id``, …"""
        return patch(BillingProfile, "organization/billing-profile", changes)
