"""FOCUS export: an invoice as rows of the FinOps Open Cost and Usage Specification.

The columns are those of version 1.2. The provider is in its old columns (ProviderName, PublisherName) and in the
columns that replace them in version 1.3 (ServiceProviderName, HostProviderName). Source:
https://focus.finops.org/focus-specification/. The BilledCost values of an invoice sum to the payable amount; credit
that paid a part of it is a row of its own. The open month has no number yet: its draft is a provisional invoice, whose
id is the InvoiceId.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

from trainyard.billing.invoices.models import Invoice, InvoiceLine
from trainyard.core.money import format_micros

PRODUCT = "Trainyard"
SERVICES = {
    InvoiceLine.Kind.JOB: ("Model training", "AI and Machine Learning", "Machine Learning Platforms"),
    InvoiceLine.Kind.PREDICTIONS: ("Model predictions", "AI and Machine Learning", "Machine Learning Platforms"),
    InvoiceLine.Kind.STORAGE: ("Storage", "Storage", "Object Storage"),
    InvoiceLine.Kind.PLAN: ("Plan", "Other", "Other (Other)"),
}
"""Service, its category and subcategory, as FOCUS lists them."""
ON_TAX = ("Tax", "Other", "Other (Other)")
ON_CREDIT = ("Credit", "Other", "Other (Other)")
UNITS = {
    "slot-second": "Slot-Seconds",
    "second": "Seconds",
    "GB-hour": "GB-Hours",
    "call": "Requests",
    "month": "Months",
}
COLUMNS = (
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingAccountType",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ContractedCost",
    "ContractedUnitPrice",
    "EffectiveCost",
    "HostProviderName",
    "InvoiceId",
    "InvoiceIssuerName",
    "ListCost",
    "ListUnitPrice",
    "PricingCategory",
    "PricingCurrency",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "ServiceCategory",
    "ServiceName",
    "ServiceProviderName",
    "ServiceSubcategory",
    "SkuId",
    "SkuPriceId",
)
Row = dict[str, str]


def rows_of(invoice: Invoice, lines: list[InvoiceLine]) -> Iterator[Row]:
    """The rows of one invoice; of a draft without tax and credit."""
    for line in lines:
        yield _usage(invoice, line)
    for tax in invoice.taxes:
        if tax["tax_micros"]:
            title = f"Tax {tax['percent']} % {tax['country']}".strip()
            yield _other(invoice, "Tax", ON_TAX, title, tax["tax_micros"])
    paid = invoice.total_micros - invoice.due_micros
    if invoice.number and paid:
        yield _other(invoice, "Credit", ON_CREDIT, "Paid from credit", -paid)


def _usage(invoice: Invoice, line: InvoiceLine) -> Row:
    cost = format_micros(line.amount_micros)
    is_fee = line.kind == InvoiceLine.Kind.PLAN
    exact = format(Decimal(line.quantity) * Decimal(line.unit_price), "f")
    return _row(
        invoice,
        SERVICES[InvoiceLine.Kind(line.kind)],
        BilledCost=cost,
        EffectiveCost=cost,
        ContractedCost=exact,
        ListCost=exact,
        ChargeCategory="Purchase" if is_fee else "Usage",
        ChargeFrequency="Recurring" if is_fee else "Usage-Based",
        ChargeDescription=line.description,
        ChargePeriodStart=_time(invoice.period_start),
        ChargePeriodEnd=_time(invoice.period_end),
        ConsumedQuantity="" if is_fee else _decimal(line.quantity),
        ConsumedUnit="" if is_fee else UNITS.get(line.unit, line.unit),
        PricingQuantity=_decimal(line.quantity),
        PricingUnit=UNITS.get(line.unit, line.unit),
        PricingCategory="Standard",
        PricingCurrency=invoice.currency,
        ContractedUnitPrice=line.unit_price,
        ListUnitPrice=line.unit_price,
        ResourceId="" if is_fee else line.subject,
        ResourceName="" if is_fee else line.job_name or line.subject,
        ResourceType="" if is_fee else str(InvoiceLine.Kind(line.kind).label),
        SkuId=f"{line.kind}:{line.pool or line.unit}",
        SkuPriceId=line.price_id or f"{line.kind}:{line.unit}:{line.unit_price}",
    )


def _decimal(quantity: str) -> str:
    """``quantity`` with a point: readers of CSV guess a column's type, and FOCUS wants decimals."""
    return quantity if "." in quantity else f"{quantity}.0"


def _other(invoice: Invoice, category: str, service: tuple[str, str, str], title: str, micros: int) -> Row:
    cost = format_micros(micros)
    return _row(
        invoice,
        service,
        BilledCost=cost,
        EffectiveCost=cost,
        ContractedCost=cost,
        ListCost=cost,
        ChargeCategory=category,
        ChargeFrequency="One-Time",
        ChargeDescription=title,
        ChargePeriodStart=_time(invoice.period_start),
        ChargePeriodEnd=_time(invoice.period_end),
    )


def _row(invoice: Invoice, service: tuple[str, str, str], **values: str) -> Row:
    provider = invoice.seller.get("name") or PRODUCT
    name, category, subcategory = service
    common = {
        "BillingAccountId": invoice.organization_id,
        "BillingAccountName": invoice.buyer.get("legal_name", ""),
        "BillingAccountType": "Organization",
        "BillingCurrency": invoice.currency,
        "BillingPeriodStart": _time(invoice.period_start),
        "BillingPeriodEnd": _time(invoice.period_end),
        "InvoiceId": invoice.number or invoice.id,
        "InvoiceIssuerName": provider,
        "ProviderName": provider,
        "PublisherName": PRODUCT,
        "ServiceProviderName": provider,
        "HostProviderName": provider,
        "ServiceName": name,
        "ServiceCategory": category,
        "ServiceSubcategory": subcategory,
    }
    return dict.fromkeys(COLUMNS, "") | common | values


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
