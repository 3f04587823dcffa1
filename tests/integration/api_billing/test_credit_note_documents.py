"""Credit notes as documents: PDF/A-3 with the electronic credit note of EN 16931 (type 381) embedded."""

import io
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from facturx import get_xml_from_pdf, xml_check_xsd
from lxml import etree
from pypdf import PdfReader

from tests.support.billing import UNIT, credit
from tests.support.invoice_documents import CREDITED, RAM, RSM, SUMS, invoice, reverse_charged, text_of
from tests.support.invoices import close, train
from tests.support.platform import Caller
from trainyard.billing.invoices.models import CreditNote, Invoice
from trainyard.billing.invoices.paper import pdf_of_credit_note
from trainyard.core.tenancy import tenant_scope
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization

__all__ = ["invoice", "reverse_charged"]


def test_a_credit_note_is_a_document_too(
    owner: Caller, teammate: Caller, outsider: Caller, operator: Caller, invoice: Invoice
) -> None:
    credited = {"amount": "0.01", "reason": "Slow <disk> #1", "line": 1}
    note = operator.post(f"/admin/invoices/{invoice.id}/credit-notes", credited).json()
    answer = owner.get(f"/credit-notes/{note['id']}/pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert f'filename="{note["number"]}.pdf"' in answer.headers["Content-Disposition"]
    text = text_of(answer.content)
    for expected in ("Credit note", note["number"], "Slow <disk> #1", "line 1 of invoice YARD-000001", "Yard GmbH"):
        assert expected in text
    assert re.search(r"Credited EUR|Credited USD", text)
    assert teammate.get(f"/credit-notes/{note['id']}/pdf").status_code == 200
    assert outsider.get(f"/credit-notes/{note['id']}/pdf").status_code == 404
    assert owner.get("/credit-notes/cn_0/pdf").status_code == 404


def test_a_credit_note_is_electronic_too_and_names_the_invoice(
    owner: Caller, operator: Caller, invoice: Invoice
) -> None:
    credited = {"amount": "0.02", "reason": "Slow \x1b disk"}
    note = operator.post(f"/admin/invoices/{invoice.id}/credit-notes", credited).json()
    content = owner.get(f"/credit-notes/{note['id']}/pdf").content
    assert b"pdfaid:part>3<" in PdfReader(io.BytesIO(content)).trailer["/Root"]["/Metadata"].get_data()
    _, xml = get_xml_from_pdf(content, check_xsd=True)
    xml_check_xsd(xml, flavor="factur-x", level="en16931")
    root = etree.fromstring(xml)
    assert root.findtext(f"{RSM}ExchangedDocument/{RAM}ID") == note["number"]
    assert root.findtext(f"{RSM}ExchangedDocument/{RAM}TypeCode") == "381"
    preceding = root.find(f".//{RAM}InvoiceReferencedDocument")
    assert preceding.findtext(f"{RAM}IssuerAssignedID") == invoice.number == "YARD-000001"
    assert "".join(preceding.find(f"{RAM}FormattedIssueDateTime").itertext()).strip() == "20260201"
    sums = {each.tag.removeprefix(RAM): each.text for each in root.find(f".//{RAM}{SUMS}")}
    assert sums == {
        "LineTotalAmount": "0.02",
        "TaxBasisTotalAmount": "0.02",
        "TaxTotalAmount": "0.00",
        "GrandTotalAmount": "0.02",
        "DuePayableAmount": "0.02",
    }
    assert root.findtext(f".//{RAM}ApplicableTradeTax/{RAM}RateApplicablePercent") == "20"


def electronic(owner: Caller, note: dict[str, Any]) -> Any:
    """The root of a credit note's XML, which holds by the norm's schema and is of type 381."""
    _, xml = get_xml_from_pdf(owner.get(f"/credit-notes/{note['id']}/pdf").content, check_xsd=True)
    xml_check_xsd(xml, flavor="factur-x", level="en16931")
    root = etree.fromstring(xml)
    assert root.findtext(f"{RSM}ExchangedDocument/{RAM}TypeCode") == "381"
    return root


def assert_sums_up(root: Any, note: dict[str, Any], *, category: str, percent: str) -> None:
    """By the norm: lines = taxed base, base and tax = total = what is given back, and tax = base × rate."""
    net, tax, total = (Decimal(note[name]) for name in ("net", "tax", "total"))
    sums = {each.tag.removeprefix(RAM): Decimal(each.text) for each in root.find(f".//{RAM}{SUMS}")}
    assert sums == {
        "LineTotalAmount": net,
        "TaxBasisTotalAmount": net,
        "TaxTotalAmount": tax,
        "GrandTotalAmount": total,
        "DuePayableAmount": total,
    }
    [of_all] = root.findall(f".//{RAM}ApplicableHeaderTradeSettlement/{RAM}ApplicableTradeTax")
    [of_line] = root.findall(f".//{RAM}SpecifiedLineTradeSettlement/{RAM}ApplicableTradeTax")
    for found in (of_all, of_line):
        assert (found.findtext(f"{RAM}CategoryCode"), found.findtext(f"{RAM}RateApplicablePercent")) == (
            category,
            percent,
        )
    assert Decimal(of_all.findtext(f"{RAM}BasisAmount")) == net
    assert Decimal(of_all.findtext(f"{RAM}CalculatedAmount")) == tax
    assert abs(tax - net * Decimal(percent) / 100) <= Decimal("0.005")
    assert net + tax == total


@pytest.fixture
def taxed(owner: Caller, operator: Caller, invoice: Invoice, organization: Organization, pool: Pool) -> str:
    """The id of the next month's invoice: 7.77 and 1.55 tax on it."""
    credit(organization.id, 10 * UNIT)
    with tenant_scope(organization.id):
        train(pool_id=pool.id, ended_at=datetime(2026, 2, 10, tzinfo=UTC), seconds=77_700, job_id="job_3")
    return close(organization.id, datetime(2026, 3, 1, tzinfo=UTC))[-1].id


@pytest.mark.parametrize(("amount", "net", "tax"), [("4.44", "3.70", "0.74"), ("9.32", "7.77", "1.55")])
def test_a_taxed_credit_note_adds_up_by_the_norm(
    owner: Caller, operator: Caller, taxed: str, amount: str, net: str, tax: str
) -> None:
    note = operator.post(f"/admin/invoices/{taxed}/credit-notes", CREDITED | {"amount": amount}).json()
    assert (Decimal(note["net"]), Decimal(note["tax"])) == (Decimal(net), Decimal(tax))
    assert_sums_up(electronic(owner, note), note, category="S", percent="20")


def test_a_credit_note_of_reverse_charge_says_so(owner: Caller, operator: Caller, reverse_charged: str) -> None:
    note = operator.post(f"/admin/invoices/{reverse_charged}/credit-notes", CREDITED).json()
    assert "Reverse charge: the recipient is liable for the tax." in text_of(
        owner.get(f"/credit-notes/{note['id']}/pdf").content
    )
    root = electronic(owner, note)
    assert_sums_up(root, note, category="AE", percent="0")
    [tax] = root.findall(f".//{RAM}ApplicableHeaderTradeSettlement/{RAM}ApplicableTradeTax")
    assert tax.findtext(f"{RAM}ExemptionReasonCode") == "VATEX-EU-AE"
    assert tax.findtext(f"{RAM}ExemptionReason") == "Reverse charge: the recipient is liable for the tax."
    for party in ("SellerTradeParty", "BuyerTradeParty"):  # BR-AE-02: both are named by their VAT ids
        [registered] = root.findall(f".//{RAM}{party}/{RAM}SpecifiedTaxRegistration/{RAM}ID[@schemeID='VA']")
        assert registered.text


def test_without_a_country_a_credit_note_is_paper_alone(owner: Caller, operator: Caller, invoice: Invoice) -> None:
    note = operator.post(f"/admin/invoices/{invoice.id}/credit-notes", CREDITED).json()
    found = CreditNote.across_tenants.select_related("invoice").get(id=note["id"])
    found.invoice.buyer = found.invoice.buyer | {"country": ""}
    content = pdf_of_credit_note(found)
    assert note["number"] in text_of(content)
    assert not PdfReader(io.BytesIO(content)).attachments
