"""Invoices as documents: PDF/A-3 with the electronic invoice embedded, and rows of FOCUS."""

import csv
import io
import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from facturx import get_xml_from_pdf, xml_check_xsd
from lxml import etree
from pypdf import PdfReader

from tests.support.billing import credit
from tests.support.invoice_documents import RAM, SUMS, invoice, reverse_charged, text_of
from tests.support.invoices import close, train
from tests.support.platform import Caller
from trainyard.billing.invoices.focus import COLUMNS
from trainyard.billing.invoices.models import Invoice, InvoiceLine
from trainyard.billing.invoices.paper import pdf_of
from trainyard.billing.models import Hold
from trainyard.core.tenancy import tenant_scope
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization

__all__ = ["invoice", "reverse_charged"]


def test_the_pdf_says_what_the_invoice_says(owner: Caller, outsider: Caller, invoice: Invoice) -> None:
    answer = owner.get(f"/invoices/{invoice.id}/pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    text = text_of(answer.content)
    for expected in ("YARD-000001", "Yard GmbH", "Meadow <Labs> #sas", "job_2", "Tax 20 % on 0.02", "half to even"):
        assert expected in text
    assert outsider.get(f"/invoices/{invoice.id}/pdf").status_code == 404


NAME = "=digits, <hard> \x1b 数字"
SHOWN = "digits, <hard>"


@pytest.fixture
def of_a_named_job(invoice: Invoice, owner: Caller, organization: Organization, pool: Pool) -> Invoice:
    """The next month's invoice, of a job whose name is what nobody should call one."""
    credit(organization.id, 30_000)
    with tenant_scope(organization.id):
        train(pool_id=pool.id, ended_at=datetime(2026, 2, 10, tzinfo=UTC), job_id="job_3", job_name=NAME)
    return close(organization.id, datetime(2026, 3, 1, tzinfo=UTC))[-1]


def test_a_line_has_the_jobs_name_wherever_it_is_shown(owner: Caller, of_a_named_job: Invoice) -> None:
    [line] = owner.get(f"/invoices/{of_a_named_job.id}").json()["lines"]
    assert (line["job_name"], line["subject"]) == (NAME, "job_3")
    assert f"{NAME} (job_3)" in line["description"]
    [row] = csv.DictReader(io.StringIO(owner.get(f"/invoices/{of_a_named_job.id}/csv").content.decode()))
    assert (row["job_name"], row["subject"]) == (f"'{NAME}", "job_3"), "a spreadsheet takes it for no formula"
    content = owner.get(f"/invoices/{of_a_named_job.id}/pdf").content
    assert SHOWN in text_of(content)
    _, xml = get_xml_from_pdf(content, check_xsd=True)
    assert etree.fromstring(xml).findtext(f".//{RAM}SpecifiedTradeProduct/{RAM}Name") == line["description"].replace(
        "\x1b", " "
    )
    [usage] = [found for found in rows(owner, month="2026-02") if found["ChargeCategory"] == "Usage"]
    assert (usage["ResourceId"], usage["ResourceName"]) == ("job_3", NAME)


def test_the_name_on_a_finalized_line_stays(owner: Caller, of_a_named_job: Invoice) -> None:
    Hold.across_tenants.filter(job_id="job_3").update(job_name="renamed")
    [line] = owner.get(f"/invoices/{of_a_named_job.id}").json()["lines"]
    assert line["job_name"] == NAME


def test_the_open_month_has_names_too(owner: Caller, invoice: Invoice, organization: Organization, pool: Pool) -> None:
    credit(organization.id, 30_000)
    with tenant_scope(organization.id):
        train(pool_id=pool.id, ended_at=datetime(2026, 2, 10, tzinfo=UTC), job_id="job_3", job_name="digits")
    draft = owner.get("/invoices").json()["data"][0]
    [line] = owner.get(f"/invoices/{draft['id']}").json()["lines"]
    assert (draft["state"], line["job_name"]) == ("draft", "digits")


def test_what_is_due_says_how_to_pay_it_and_what_is_void_does_not(
    owner: Caller, operator: Caller, invoice: Invoice
) -> None:
    invoice.seller = invoice.seller | {"iban": "DE89370400440532013000", "bic": "COBADEFFXXX"}
    invoice.due_micros = 1_234_560_000
    lines = list(InvoiceLine.across_tenants.filter(invoice=invoice).order_by("position"))
    text = text_of(pdf_of(invoice, lines))
    for expected in ("DE89 3704 0044 0532 0130 00", "COBADEFFXXX", "1,234.56"):
        assert expected in text
    invoice.state = Invoice.State.VOID
    text = text_of(pdf_of(invoice, lines))
    assert "VOID" in text
    assert "COBADEFFXXX" not in text


def test_the_pdf_is_archivable_and_holds_the_electronic_invoice(owner: Caller, invoice: Invoice) -> None:
    content = owner.get(f"/invoices/{invoice.id}/pdf").content
    reader = PdfReader(io.BytesIO(content))
    metadata = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    assert re.search(r"pdfaid:part>3<", metadata)
    assert "OutputIntents" in str(reader.trailer["/Root"].keys())
    name, xml = get_xml_from_pdf(content, check_xsd=True)
    assert name == "factur-x.xml"
    xml_check_xsd(xml, flavor="factur-x", level="en16931")
    amounts = etree.fromstring(xml).find(f".//{RAM}{SUMS}")
    stated = {child.tag.removeprefix(RAM): Decimal(child.text) for child in amounts}
    total = Decimal(invoice.total_micros).scaleb(-6)
    assert stated["GrandTotalAmount"] == total
    assert stated["DuePayableAmount"] == Decimal(invoice.due_micros).scaleb(-6)


def test_reverse_charge_stands_on_the_electronic_invoice(owner: Caller, reverse_charged: str) -> None:
    content = owner.get(f"/invoices/{reverse_charged}/pdf").content
    _, xml = get_xml_from_pdf(content, check_xsd=True)
    assert b"VATEX-EU-AE" in xml
    assert "Reverse charge: the recipient is liable for the tax." in text_of(content)
    assert "In place of" in text_of(content)


def test_a_draft_is_a_pdf_too_and_says_so(owner: Caller, invoice: Invoice) -> None:
    draft = owner.get("/invoices").json()["data"][0]
    assert "Draft invoice" in text_of(owner.get(f"/invoices/{draft['id']}/pdf").content)


def test_long_invoices_run_over_pages_under_one_head(invoice: Invoice) -> None:
    [first, _] = InvoiceLine.across_tenants.filter(invoice=invoice).order_by("position")
    invoice.seller = invoice.seller | {"country": ""}
    lines = [first] * 10_000
    pages = PdfReader(io.BytesIO(pdf_of(invoice, lines))).pages
    assert len(pages) > 100
    assert all("Unit price" in pages[number].extract_text() for number in (0, 1, 50))


# What the specification asks of a column: (may be empty, allowed values or a pattern). FOCUS 1.2, section 3.1.
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
NUMBER = re.compile(r"-?\d+(\.\d+)?")
QUANTITY = re.compile(r"-?\d+\.\d+")
ANYTHING = re.compile(r".+")
RULES: dict[str, tuple[bool, re.Pattern[str] | frozenset[str]]] = {
    "BilledCost": (False, NUMBER),
    "BillingAccountId": (False, ANYTHING),
    "BillingAccountName": (True, ANYTHING),
    "BillingAccountType": (False, ANYTHING),
    "BillingCurrency": (False, re.compile("[A-Z]{3}")),
    "BillingPeriodEnd": (False, TIME),
    "BillingPeriodStart": (False, TIME),
    "ChargeCategory": (False, frozenset({"Usage", "Purchase", "Tax", "Credit", "Adjustment"})),
    "ChargeClass": (True, frozenset({"Correction"})),
    "ChargeDescription": (False, ANYTHING),
    "ChargeFrequency": (False, frozenset({"One-Time", "Recurring", "Usage-Based"})),
    "ChargePeriodEnd": (False, TIME),
    "ChargePeriodStart": (False, TIME),
    "ConsumedQuantity": (True, QUANTITY),
    "ConsumedUnit": (True, ANYTHING),
    "ContractedCost": (False, NUMBER),
    "ContractedUnitPrice": (True, NUMBER),
    "EffectiveCost": (False, NUMBER),
    "HostProviderName": (False, ANYTHING),
    "InvoiceId": (True, ANYTHING),
    "InvoiceIssuerName": (False, ANYTHING),
    "ListCost": (False, NUMBER),
    "ListUnitPrice": (True, NUMBER),
    "PricingCategory": (True, frozenset({"Standard", "Dynamic", "Committed", "Other"})),
    "PricingCurrency": (True, re.compile("[A-Z]{3}")),
    "PricingQuantity": (True, QUANTITY),
    "PricingUnit": (True, ANYTHING),
    "ProviderName": (False, ANYTHING),
    "PublisherName": (False, ANYTHING),
    "ResourceId": (True, ANYTHING),
    "ResourceName": (True, ANYTHING),
    "ResourceType": (True, ANYTHING),
    "ServiceCategory": (False, frozenset({"AI and Machine Learning", "Storage", "Other"})),
    "ServiceName": (False, ANYTHING),
    "ServiceProviderName": (False, ANYTHING),
    "ServiceSubcategory": (True, ANYTHING),
    "SkuId": (True, ANYTHING),
    "SkuPriceId": (True, ANYTHING),
}
NEVER_WITH = {"Tax": ("PricingCategory", "PricingQuantity", "ListUnitPrice", "ContractedUnitPrice", "ConsumedQuantity")}


def rows(caller: Caller, **query: str) -> list[dict[str, str]]:
    answer = caller.get("/focus", **query)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


def test_the_focus_export_keeps_the_specifications_rules(owner: Caller, outsider: Caller, invoice: Invoice) -> None:
    found = rows(owner, month="2026-01")
    assert tuple(found[0]) == COLUMNS == tuple(RULES)
    for row in found:
        for column, (may_be_empty, rule) in RULES.items():
            value = row[column]
            allowed = value in rule if isinstance(rule, frozenset) else rule.fullmatch(value)
            assert allowed or (may_be_empty and not value), (column, value)
        assert row["BillingPeriodStart"] <= row["ChargePeriodStart"] < row["ChargePeriodEnd"] <= row["BillingPeriodEnd"]
        assert bool(row["ConsumedQuantity"]) == bool(row["ConsumedUnit"]) == (row["ChargeCategory"] == "Usage")
        assert bool(row["PricingQuantity"]) == bool(row["PricingUnit"]) == bool(row["SkuPriceId"])
        assert not any(row[column] for column in NEVER_WITH.get(row["ChargeCategory"], ()))
        if row["PricingQuantity"]:
            assert Decimal(row["PricingQuantity"]) * Decimal(row["ListUnitPrice"]) == Decimal(row["ListCost"])
    assert rows(outsider) == []


def test_billed_costs_sum_to_what_is_payable(owner: Caller, invoice: Invoice) -> None:
    for query in ({"invoice": invoice.id}, {"month": invoice.month}):
        assert sum(Decimal(row["BilledCost"]) for row in rows(owner, **query)) == Decimal(invoice.due_micros).scaleb(-6)
