"""Reads of models, and of jobs with their results, of the current tenant."""

from collections.abc import Sequence
from typing import Any

from django.db.models import F, QuerySet

from trainyard.billing.queries import with_job_cost
from trainyard.core.errors import NotFound
from trainyard.core.prepared import PreparedQuery
from trainyard.core.time import ClockTimestamp
from trainyard.jobs import queries as jobs_alone
from trainyard.jobs.accounting.billing_breakdown import BillingBreakdown, breakdown_of
from trainyard.jobs.models import Job
from trainyard.registry.models import Model
from trainyard_spec.files import FileEntry


def models(*, init_from: str | None = None) -> QuerySet[Model]:
    """Models that were not deleted, with the dataset version they were trained on, without their class reports.

    ``init_from`` narrows them to those whose jobs started from that model.
    """
    found = _kept().defer("class_report")
    return found if init_from is None else found.filter(job__init_from=init_from)


def model(*, model_id: str) -> Model:
    """Raises ``NotFound``, also for a deleted one."""
    found = _kept().filter(id=model_id).first()
    if found is None:
        raise NotFound("There is no model by that id.")
    return found


def model_of_job(*, job_id: str, dataset_id: str) -> Model | None:
    """The model of a job on a version of that dataset; ``None`` before there is one, and once it is deleted."""
    return models().filter(job_id=job_id, job__dataset_version__dataset_id=dataset_id).first()


def jobs(*, states: Sequence[str] = (), **filters: Any) -> QuerySet[Job]:
    """``jobs.queries.jobs``, each with its cost and the ``model_id`` of its finished model, or ``None``.

    Without what nobody is shown. ``read_at`` is when the database read the row; null where that has no clock.
    """
    rows = jobs_alone.jobs(states=states, **filters).defer(*NOT_SHOWN)
    return with_job_cost(rows.annotate(model_id=F("model__id"), read_at=ClockTimestamp()))


NOT_SHOWN = ("start", "labels", "fingerprint", "estimate", "failures", "pool__labels")
_BY_ID = PreparedQuery(lambda *, job_id: jobs().filter(id=job_id), "job_id")


def job(job_id: str) -> Job:
    """The job with its cost and its ``model_id``. Raises ``NotFound``."""
    for found in _BY_ID.rows(job_id=job_id):
        return found
    raise jobs_alone.no_such_job()


def billing_breakdown(job_id: str) -> BillingBreakdown:
    """What the job's time cost and what was free, with the model that holds its last work. Raises ``NotFound``."""
    model_id = Model.objects.filter(job_id=job_id).values_list("id", flat=True).first()
    return breakdown_of(job_id=job_id, model_id=model_id)


def file_of(*, model: Model, name: str) -> FileEntry:
    """The file ``name`` of ``model``. Raises ``NotFound``."""
    for entry in model.files:
        if entry["name"] == name:
            return FileEntry.model_validate(entry)
    raise NotFound(f"This model has no file {name}.")


def _kept() -> QuerySet[Model]:
    return Model.objects.filter(deleted_at=None).select_related("job__dataset_version")
