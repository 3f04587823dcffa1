"""Erasure of an organization: which rows go, which lose their content, and which stay, in one table.

What no row of it names is erased: a table that is forgotten here is not kept by mistake.
"""

from datetime import datetime
from typing import Any

from django.db import connection, models

from trainyard.billing.invoices.lines import DESCRIPTION_WITHOUT_NAME
from trainyard.billing.invoices.models import InvoiceLine
from trainyard.billing.models import Hold
from trainyard.core.models import AuditChain, AuditEvent, OrganizationKey
from trainyard.core.row_security import rows_of, tenant_lookup, tenant_models
from trainyard.datasets.models import Dataset, DatasetVersion
from trainyard.jobs.models import Attempt, Checkpoint, Event, Job
from trainyard.portability.models import Deletion
from trainyard.tenants.models import Organization

BOOKS = "billing"
"""Every table of this app is evidence of what was paid for, but for what is ``SCRUBBED`` of it."""
KEPT: frozenset[type[models.Model]] = frozenset(
    {Organization, Deletion, AuditChain, AuditEvent, OrganizationKey, Attempt, Checkpoint, Event}
)
"""Ids, times, states and hashes, to which the books refer, and the append-only trails."""
NAMELESS = "deleted"
SCRUBBED: dict[type[models.Model], dict[str, Any]] = {
    Job: {
        "name": NAMELESS,
        "spec": {},
        "labels": "",
        "start": None,
        "latest_metrics": {},
        "test_metrics": None,
        "verdict": None,
        "resolved_training": None,
        "error": None,
    },
    Hold: {"job_name": None},
    InvoiceLine: {"job_name": None, "description": DESCRIPTION_WITHOUT_NAME},
    Dataset: {"name": NAMELESS, "options": {}},
    DatasetVersion: {
        "filename": NAMELESS,
        "sha256": "",
        "profile": None,
        "files": [],
        "problems": [],
        "warnings": [],
    },
}
"""Rows to which kept ones refer, and what takes the place of their content."""


def erase_rows(*, organization_id: str, now: datetime) -> dict[str, int]:
    """Does so in the caller's transaction; returns how many rows of each table were erased or lost their content.

    Foreign keys are checked at the end of the transaction, so that only rows which belong to it through another one
    have to go before that.
    """
    done: dict[str, int] = {}
    erased = [
        model
        for model in tenant_models()
        if model in SCRUBBED or (model not in KEPT and model._meta.app_label != BOOKS)
    ]
    for model in sorted(erased, key=lambda model: -tenant_lookup(model).count("__")):
        rows = rows_of(model, organization_id)
        # Not by delete(), which refuses what others refer to until the commit.
        count = rows.update(**SCRUBBED[model]) if model in SCRUBBED else rows._raw_delete(connection.alias)  # noqa: SLF001
        if count:
            done[model._meta.label] = count
    DatasetVersion.across_tenants.filter(organization_id=organization_id, purged_at=None).update(purged_at=now)
    Dataset.across_tenants.filter(organization_id=organization_id, deleted_at=None).update(deleted_at=now)
    return done
