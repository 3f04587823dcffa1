"""What people call the objects of the tenant in context, by their ids: where a list names objects of many kinds."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from django.db.models import Model as Row
from django.db.models import QuerySet

from trainyard.billing.budgets.models import Budget
from trainyard.billing.invoices.dispute_models import Dispute
from trainyard.billing.invoices.models import Invoice
from trainyard.core.tenancy import current_tenant
from trainyard.datasets.models import Dataset, DatasetVersion
from trainyard.jobs.models import Job
from trainyard.registry.models import Model
from trainyard.tenants.models import ApiKey, Invitation, Membership, Organization
from trainyard.webhooks.models import WebhookEndpoint


def _kinds() -> Mapping[str, tuple[QuerySet[Row], tuple[str, ...]]]:
    """By the prefix of their ids: the rows, and the columns of which the first that is not empty is the name."""
    tenant = current_tenant()
    return {
        "bud": (Budget.objects.all(), ("name",)),
        "ds": (Dataset.objects.all(), ("name",)),
        "dsp": (Dispute.objects.all(), ("invoice__number",)),
        "dsv": (DatasetVersion.objects.all(), ("dataset__name",)),
        "inv": (Invoice.objects.all(), ("number",)),
        "invt": (Invitation.objects.all(), ("email",)),
        "job": (Job.objects.all(), ("name",)),
        "key": (ApiKey.objects.all(), ("name",)),
        "mdl": (Model.objects.all(), ("name",)),
        "mem": (Membership.objects.filter(organization_id=tenant), ("user__name", "user__email")),
        "org": (Organization.objects.filter(id=tenant), ("name",)),
        "whe": (WebhookEndpoint.objects.all(), ("address",)),
    }


def names_of(ids: Collection[str]) -> dict[str, str]:
    """The names of those of ``ids`` that are there and have one: one query for each kind of object among them."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for id_ in ids:
        by_kind[id_.partition("_")[0]].append(id_)
    names: dict[str, str] = {}
    for prefix, (rows, columns) in _kinds().items():
        if prefix in by_kind:
            found = rows.filter(pk__in=by_kind[prefix]).values_list("pk", *columns)
            names |= {id_: next((value for value in values if value), "") for id_, *values in found}
    return names
