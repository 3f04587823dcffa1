"""Reads about fine-tuning jobs, of the tenant in context."""

from typing import Any

from django.db.models import F, QuerySet

from trainyard.core.errors import NotFound
from trainyard.fine_tuning.models import FineTuningJob


def fine_tuning_jobs() -> QuerySet[FineTuningJob]:
    """With the job, its pool and files, and the ``model_id`` of the finished model."""
    related = ("job__pool", "training_file", "validation_file", "trains_on", "organization")
    return FineTuningJob.objects.select_related(*related).annotate(model_id=F("job__model__id"))


def fine_tuning_job(fine_tuning_id: str) -> FineTuningJob:
    """Raises ``NotFound``."""
    found = fine_tuning_jobs().filter(id=fine_tuning_id).first()
    if found is None:
        raise NotFound("There is no fine-tuning job by that id.")
    return found


def merged_versions() -> QuerySet[FineTuningJob, Any]:
    """Ids of versions that no customer sent: of a training and a validation file."""
    return FineTuningJob.objects.exclude(validation_file=None).exclude(trains_on=None).values("trains_on")
