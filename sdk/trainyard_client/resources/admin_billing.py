"""Money as operators see it: invoices, prices, taxes, credit."""

from __future__ import annotations

from typing import Any

from trainyard_client.core.calls import get, given, pages, post
from trainyard_client.core.methods import M, Resource, listing, method
from trainyard_client.core.steps import Flow, Steps
from trainyard_client.types import (
    AdminDispute,
    AdminInvoice,
    ContractedPrice,
    CreditLimitShown,
    CreditNote,
    Currency,
    DunningCase,
    Invoice,
    LegalEntity,
    ListPrice,
    MeterPrice,
    PromoCode,
    QuoteAccuracy,
    Revenue,
    TaxRate,
)


class AdminBilling(Resource[M]):
    """Invoices, disputes, prices, taxes and credit of every customer."""

    @listing
    def invoices(self, *, limit: int | None = None) -> Flow[AdminInvoice]:
        """Every customer's invoices, newest first."""
        return pages(AdminInvoice, "admin/invoices", limit=limit)

    @listing
    def dunning(
        self, *, stage: str | None = None, organization: str | None = None, limit: int | None = None
    ) -> Flow[DunningCase]:
        """Overdue invoices, the longest overdue first; in ``stage`` and of the customer of that id only, if given."""
        return pages(DunningCase, "admin/dunning", limit=limit, stage=stage, organization=organization)

    @method
    def mark_paid(self, invoice_id: str, *, amount: str, reference: str) -> Steps[Invoice]:
        """Notes that ``amount`` of an invoice came by a transfer with that ``reference``."""
        return post(Invoice, f"admin/invoices/{invoice_id}/pay", {"amount": amount, "reference": reference})

    @method
    def void(self, invoice_id: str, *, reason: str, reissue: bool | None = None) -> Steps[Invoice]:
        """Voids an invoice by a credit note for all of it; with ``reissue`` its lines come on a new one."""
        return post(Invoice, f"admin/invoices/{invoice_id}/void", given({"reason": reason, "reissue": reissue}))

    @method
    def credit(self, invoice_id: str, *, amount: str, reason: str, line: int | None = None) -> Steps[CreditNote]:
        """Credits ``amount`` of an invoice, or of one ``line`` of it."""
        body = given({"amount": amount, "reason": reason, "line": line})
        return post(CreditNote, f"admin/invoices/{invoice_id}/credit-notes", body)

    @listing
    def disputes(self, *, limit: int | None = None) -> Flow[AdminDispute]:
        """What customers dispute, newest first."""
        return pages(AdminDispute, "admin/disputes", limit=limit)

    @method
    def approve(
        self, dispute_id: str, *, amount: str | None = None, decision: str | None = None
    ) -> Steps[AdminDispute]:
        """Credits what is disputed, or ``amount`` of it; ``decision`` is told to the customer."""
        return post(
            AdminDispute, f"admin/disputes/{dispute_id}/approve", given({"amount": amount, "decision": decision})
        )

    @method
    def reject(self, dispute_id: str, *, decision: str) -> Steps[AdminDispute]:
        """Credits nothing; ``decision`` says why."""
        return post(AdminDispute, f"admin/disputes/{dispute_id}/reject", {"decision": decision})

    @listing
    def prices(self, *, pool: str | None = None, limit: int | None = None) -> Flow[ListPrice]:
        """List prices, of the pool of that name if given."""
        return pages(ListPrice, "admin/prices", limit=limit, pool=pool)

    @method
    def create_price(self, /, *, pool: str, per_slot_second: str, **terms: Any) -> Steps[ListPrice]:
        """A list price; ``terms`` are ``preemptible``, ``currency`` and ``effective_from``, those that are given."""
        return post(ListPrice, "admin/prices", {"pool": pool, "per_slot_second": per_slot_second, **terms})

    @listing
    def contracted_prices(self, organization_id: str, *, limit: int | None = None) -> Flow[ContractedPrice]:
        """What a customer pays instead of list prices."""
        return pages(ContractedPrice, f"admin/organizations/{organization_id}/prices", limit=limit)

    @method
    def contract_price(self, /, organization_id: str, **terms: Any) -> Steps[ContractedPrice]:
        """A price of one customer: ``per_slot_second`` or ``percent_off``, and of ``pool``, ``preemptible``,
        ``effective_from`` and ``effective_until`` those that are given."""
        return post(ContractedPrice, f"admin/organizations/{organization_id}/prices", terms)

    @method
    def set_meter_price(self, /, *, kind: str, unit: str, per_unit: str, **terms: Any) -> Steps[MeterPrice]:
        """What a unit of something counted costs; ``terms`` are ``currency`` and ``effective_from``."""
        return post(MeterPrice, "admin/meter-prices", {"kind": kind, "unit": unit, "per_unit": per_unit, **terms})

    @listing
    def tax_rates(self, *, limit: int | None = None) -> Flow[TaxRate]:
        """Rates by country."""
        return pages(TaxRate, "admin/tax-rates", limit=limit)

    @method
    def set_tax_rate(self, /, *, country: str, percent: str, **terms: Any) -> Steps[TaxRate]:
        """A country's rate; ``terms`` are ``reverse_charge``, ``wording`` and ``effective_from``."""
        return post(TaxRate, "admin/tax-rates", {"country": country, "percent": percent, **terms})

    @method
    def legal_entity(self) -> Steps[LegalEntity]:
        """Who makes out invoices."""
        return get(LegalEntity, "admin/legal-entity")

    @method
    def set_legal_entity(self, /, *, name: str, **about: Any) -> Steps[LegalEntity]:
        """Who makes out invoices from now on: ``address_line1``, ``vat_id``, ``iban``, … as far as given."""
        return post(LegalEntity, "admin/legal-entity", {"name": name, **about})

    @method
    def set_credit_limit(self, organization_id: str, credit_limit: str) -> Steps[CreditLimitShown]:
        """How far a customer's wallet may go below nothing."""
        path = f"admin/organizations/{organization_id}/credit-limit"
        return post(CreditLimitShown, path, {"credit_limit": credit_limit})

    @method
    def set_currency(self, organization_id: str, currency: str) -> Steps[Currency]:
        """What a customer without any bookings is billed in from now on (ISO 4217)."""
        return post(Currency, f"admin/organizations/{organization_id}/currency", {"currency": currency})

    @listing
    def promo_codes(self, *, limit: int | None = None) -> Flow[PromoCode]:
        """Promotional codes, newest first."""
        return pages(PromoCode, "admin/promo-codes", limit=limit)

    @method
    def create_promo_code(self, /, *, code: str, amount: str, **terms: Any) -> Steps[PromoCode]:
        """A code for credit; ``terms`` are ``currency``, ``max_redemptions``, ``credit_days`` and ``ends_at``."""
        return post(PromoCode, "admin/promo-codes", {"code": code, "amount": amount, **terms})

    @method
    def revenue(self, *, days: int | None = None) -> Steps[Revenue]:
        """What was billed a day."""
        return get(Revenue, "admin/revenue", days=days)

    @method
    def quote_accuracy(self, *, days: int | None = None) -> Steps[QuoteAccuracy]:
        """How near quotes came to what jobs cost."""
        return get(QuoteAccuracy, "admin/quote-accuracy", days=days)
