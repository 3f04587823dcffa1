"""Invoices as documents, in tests: one of a taxed month, one of reverse charge, and how to read them."""

import io
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from tests.support.billing import credit
from tests.support.invoices import close, train
from tests.support.platform import Caller
from trainyard.billing.invoices.models import Invoice
from trainyard.core.tenancy import tenant_scope
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization

SUMS = "SpecifiedTradeSettlementHeaderMonetarySummation"
SELLER = {"name": "Yard GmbH", "city": "Berlin", "country": "DE", "vat_id": "DE136695976", "number_prefix": "YARD"}
RSM = "{urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100}"
RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"
CREDITED = {"amount": "0.01", "reason": "Slow disk"}


@pytest.fixture
def invoice(owner: Caller, operator: Caller, organization: Organization, pool: Pool) -> Invoice:
    operator.post("/admin/legal-entity", SELLER)
    rate = {"country": "FR", "percent": "20", "effective_from": "2026-01-01T00:00:00Z"}
    operator.post("/admin/tax-rates", rate)
    owner.patch("/organization/billing-profile", {"legal_name": "Meadow <Labs> #sas", "country": "FR"})
    credit(organization.id, 30_000)
    with tenant_scope(organization.id):
        train(pool_id=pool.id, ended_at=datetime(2026, 1, 10, tzinfo=UTC), seconds=123)
        train(pool_id=pool.id, ended_at=datetime(2026, 1, 11, tzinfo=UTC), seconds=77, job_id="job_2")
    [closed] = close(organization.id, datetime(2026, 2, 1, tzinfo=UTC))
    return closed


@pytest.fixture
def reverse_charged(owner: Caller, operator: Caller, invoice: Invoice) -> str:
    """The id of the invoice in whose place ``invoice`` came, for a buyer who owes the tax."""
    operator.post(
        "/admin/tax-rates",
        {"country": "FR", "percent": "20", "reverse_charge": True, "effective_from": "2026-01-02T00:00:00Z"},
    )
    owner.patch("/organization/billing-profile", {"vat_id": "FR83404833048"})
    again = operator.post(f"/admin/invoices/{invoice.id}/void", {"reason": "VAT id", "reissue": True}).json()
    return str(again["id"])


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
