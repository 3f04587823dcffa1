"""Reads of dunning cases."""

from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Sum

from trainyard.billing.dunning.models import DunningCase
from trainyard.billing.invoices.models import Invoice
from trainyard.billing.payments.models import Payment
from trainyard.billing.wallet.models import BillingAccount

Stage = DunningCase.Stage
_SEVEREST = (Stage.JOBS_STOPPED, Stage.NO_NEW_JOBS, Stage.RETRYING)


def open_cases() -> QuerySet[DunningCase]:
    """Open cases of every organization, for operators; an invoice that was just paid is not among them."""
    unpaid = DunningCase.across_tenants.filter(closed_at=None, invoice__state=Invoice.State.FINALIZED)
    return unpaid.select_related("invoice", "organization")


@dataclass(frozen=True, slots=True)
class OverdueTotal:
    """Sum that is still due of overdue invoices in one currency, and the number of these invoices."""

    currency: str
    micros: int
    invoices: int
    organizations: int


def dunning_list(*, stage: str | None = None, organization_id: str | None = None) -> QuerySet[DunningCase]:
    """The open cases for operators, those of one ``stage`` or organization if given.

    Each has what is left to pay, ``owed_micros``; whether a step that charges finds a saved payment method; since when
    a charge waits for its provider's answer; and the newest charge that failed, why and when. By ``sort_key``, since
    when it is due.
    """
    charges = Payment.across_tenants.filter(invoice=OuterRef("invoice")).order_by("-id")
    pending, failed = charges.filter(state=Payment.State.PENDING), charges.filter(state=Payment.State.FAILED)
    methods = BillingAccount.across_tenants.filter(organization=OuterRef("organization")).exclude(payment_method="")
    found = open_cases().annotate(
        sort_key=F("opened_at"),
        owed_micros=F("invoice__due_micros") - F("invoice__paid_micros"),
        has_payment_method=Exists(methods),
        charge_pending_since=pending.values("created_at")[:1],
        failure=failed.values("error")[:1],
        failed_at=failed.values("failed_at")[:1],
    )
    if stage is not None:
        found = found.filter(stage=stage)
    return found if organization_id is None else found.filter(organization_id=organization_id)


def overdue_totals(cases: QuerySet[DunningCase]) -> list[OverdueTotal]:
    """What ``cases`` ask for together, by currency."""
    owed = F("invoice__due_micros") - F("invoice__paid_micros")
    rows = (
        cases.order_by()
        .values("invoice__currency")
        .annotate(micros=Sum(owed), invoices=Count("pk"), organizations=Count("organization", distinct=True))
        .order_by("invoice__currency")
    )
    found = rows.values_list("invoice__currency", "micros", "invoices", "organizations")
    return [OverdueTotal(*row) for row in found]


def own_cases() -> QuerySet[DunningCase]:
    """The open ones of the tenant in context."""
    return DunningCase.objects.filter(closed_at=None, invoice__state=Invoice.State.FINALIZED)


def own_case() -> DunningCase | None:
    """The severest of the tenant in context, if it has any."""
    found = list(own_cases().select_related("invoice").order_by("opened_at"))
    return min(found, key=lambda case: _SEVEREST.index(Stage(case.stage)), default=None)


def organizations_in(stage: DunningCase.Stage) -> QuerySet[DunningCase, str]:
    """The organizations that have come as far as ``stage``."""
    return open_cases().filter(stage=stage).values_list("organization_id", flat=True)
