"""Invoice lines, summed by the database from the journal facts of the invoice."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Func, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Concat

from trainyard.billing.invoices.membership import late, on_time
from trainyard.billing.invoices.models import Invoice, InvoiceLine
from trainyard.billing.invoices.rounding import rounded
from trainyard.billing.journal.models import JournalEntry
from trainyard.billing.meters.models import MeteredUsage
from trainyard.billing.models import Hold, UsageRecord

Kind = InvoiceLine.Kind
NANO = 9
SLOT_SECOND = "slot-second"
TRAINING_LINE = ("job_id", "price_id", "contract_id", "included_in")
"""What training on one line has in common."""
STORAGE_TITLES = {
    "datasets": "Storage of datasets",
    "checkpoints": "Storage of checkpoints",
    "models": "Storage of models",
    "run_artifacts": "Storage of files logged to runs",
    "saved_weights": "Storage of saved weights",
}


DESCRIPTION_WITHOUT_NAME = Case(
    When(
        job_name__isnull=False,
        then=Func("description", Concat("job_name", Value(" ("), "subject", Value(")")), "subject", function="REPLACE"),
    ),
    default=F("description"),
)
"""A line's description as it would be of a job without a name: all that erasure may make of it."""


@dataclass(frozen=True, slots=True)
class Charges:
    """The charged facts that one line sums up."""

    kind: InvoiceLine.Kind
    subject: str
    pool: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    price_id: str
    contract_id: str
    exact_micros: int
    records: int
    first_at: datetime
    last_at: datetime
    job_name: str | None = None
    late_for: str = ""
    is_included: bool = False

    @property
    def description(self) -> str:
        return (f"Late usage of {self.late_for}: " if self.late_for else "") + self._title

    @property
    def _title(self) -> str:
        if self.kind == Kind.JOB:
            of_plan = ", included in the plan" if self.is_included else ""
            job = f"{self.job_name} ({self.subject})" if self.job_name else self.subject
            return f"Training, job {job}, pool {self.pool}{of_plan}"
        if self.kind == Kind.STORAGE:
            return STORAGE_TITLES.get(self.subject, f"Storage of {self.subject}")
        if self.kind == Kind.PREDICTIONS:
            return f"Predictions of {self.subject}"
        return f"Plan {self.subject}"


def lines_of(invoice: Invoice) -> list[InvoiceLine]:
    """The lines of ``invoice``, not saved: what was used in its month first, then what came late."""
    found = [*_charges(on_time(invoice), "")]
    for group in late(invoice):
        found += _charges(group.facts, group.month)
    return [_line(invoice, position, charges) for position, charges in enumerate(found, start=1)]


def _line(invoice: Invoice, position: int, charges: Charges) -> InvoiceLine:
    return InvoiceLine(
        organization_id=invoice.organization_id,
        invoice=invoice,
        position=position,
        kind=charges.kind,
        description=charges.description,
        subject=charges.subject,
        job_name=charges.job_name,
        pool=charges.pool,
        quantity=plain(charges.quantity),
        unit=charges.unit,
        unit_price=plain(charges.unit_price),
        price_id=charges.price_id,
        contract_id=charges.contract_id,
        exact_micros=charges.exact_micros,
        amount_micros=rounded(charges.exact_micros, invoice.currency),
        late_for=charges.late_for,
        records=charges.records,
        first_at=charges.first_at,
        last_at=charges.last_at,
    )


def records_of(line: InvoiceLine) -> QuerySet[UsageRecord] | QuerySet[MeteredUsage]:
    """The usage that ``line`` is about, in whatever month."""
    if line.kind == Kind.JOB:
        of_job = UsageRecord.objects.filter(job_id=line.subject, price_id=line.price_id)
        included = Q(included_in=line.contract_id) if line.contract_id else Q(pk=None)
        return of_job.filter(included | Q(included_in="", contract_id=line.contract_id or None))
    return MeteredUsage.objects.filter(
        kind=line.kind,
        subject=line.subject,
        unit=line.unit,
        unit_price=Decimal(line.unit_price),
        price_id=line.price_id,
        free_reason="",
    )


def plain(number: Decimal) -> str:
    """``number`` without an exponent and without zeros behind its last decimal."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _charges(facts: QuerySet[JournalEntry], late_for: str) -> Iterator[Charges]:
    yield from _training(facts.filter(kind=JournalEntry.Kind.USAGE), late_for)
    yield from _metered(facts.filter(kind=JournalEntry.Kind.METERED), late_for)


def _training(facts: QuerySet[JournalEntry], late_for: str) -> Iterator[Charges]:
    records = UsageRecord.objects.filter(id__in=facts.values("subject")).order_by()
    name = Hold.objects.filter(job_id=OuterRef("job_id")).values("job_name")
    rows: Any = (
        records.values(*TRAINING_LINE, "unit_price", "price__pool__name", "price__effective_from")
        .annotate(
            slot_microseconds=Sum((F("to_microseconds") - F("from_microseconds")) * F("slots")),
            exact=Sum("amount_micros"),
            count=Count("id"),
            first=Min("training_started_at"),
            last=Max("created_at"),
            job_name=Subquery(name),
        )
        .order_by("job_id", "price__effective_from", "price_id", "contract_id", "included_in")
    )
    for row in rows:
        yield Charges(
            kind=Kind.JOB,
            subject=row["job_id"],
            pool=row["price__pool__name"],
            quantity=Decimal(row["slot_microseconds"]).scaleb(-6),
            unit=SLOT_SECOND,
            unit_price=row["unit_price"],
            price_id=row["price_id"],
            contract_id=row["included_in"] or row["contract_id"] or "",
            exact_micros=row["exact"],
            records=row["count"],
            first_at=row["first"],
            last_at=row["last"],
            job_name=row["job_name"],
            late_for=late_for,
            is_included=bool(row["included_in"]),
        )


def _metered(facts: QuerySet[JournalEntry], late_for: str) -> Iterator[Charges]:
    rows = MeteredUsage.objects.filter(id__in=facts.values("subject"), free_reason="").order_by()
    for row in (
        rows.values("kind", "subject", "unit", "unit_price", "price_id")
        .annotate(
            nano=Sum("quantity_nano"),
            exact=Sum("amount_micros"),
            count=Count("id"),
            first=Min("started_at"),
            last=Max("ended_at"),
        )
        .order_by("kind", "subject", "unit", "first", "price_id")
    ):
        yield Charges(
            kind=Kind(row["kind"]),
            subject=row["subject"],
            pool="",
            quantity=Decimal(row["nano"]).scaleb(-NANO),
            unit=row["unit"],
            unit_price=row["unit_price"],
            price_id=row["price_id"],
            contract_id="",
            exact_micros=row["exact"],
            records=row["count"],
            first_at=row["first"],
            last_at=row["last"],
            late_for=late_for,
        )
