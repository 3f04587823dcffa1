"""Reads of dunning."""

from django.db.models import QuerySet

from trainyard.billing.dunning.models import DunningCase
from trainyard.billing.invoices.models import Invoice

Stage = DunningCase.Stage
_SEVEREST = (Stage.JOBS_STOPPED, Stage.NO_NEW_JOBS, Stage.RETRYING)


def open_cases() -> QuerySet[DunningCase]:
    """Of every organization, for operators; an invoice that was just paid is not among them."""
    unpaid = DunningCase.across_tenants.filter(closed_at=None, invoice__state=Invoice.State.FINALIZED)
    return unpaid.select_related("invoice", "organization")


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
