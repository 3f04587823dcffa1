"""Addresses of the operators' pages, and rows to put on them."""

from typing import Any

from django.db import models
from django.urls import reverse

from tests.support.billing import UNIT
from tests.support.platform import START
from trainyard.datasets.models import Dataset, DatasetVersion
from trainyard.jobs.models import Job
from trainyard.pools.models import Pool

PASSWORD = "correct horse battery"


def address(model: type[models.Model], page: str, *arguments: Any) -> str:
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=arguments)


def any_row(model: type[models.Model]) -> models.Model:
    manager: Any = getattr(model, "across_tenants", model._default_manager)
    row: models.Model | None = manager.order_by("pk").first()
    assert row is not None, f"the platform fixture makes no {model.__name__}"
    return row


def make_job(pool: Pool) -> Job:
    dataset = Dataset.objects.create(name="digits", task="image_classification", created_at=START)
    version = DatasetVersion.objects.create(
        dataset=dataset, number=1, filename="digits.zip", bytes=1, sha256="0" * 64, created_at=START
    )
    return Job.objects.create(
        name="digits-cnn",
        reason="submitted",
        spec={"name": "digits-cnn"},
        architecture="cnn",
        task="image_classification",
        dataset_version=version,
        pool=pool,
        slots=1,
        priority=0,
        cap_micros=UNIT,
        created_by="tests",
        created_at=START,
        queued_at=START,
        ranked_at=START,
        max_runtime_seconds=60,
    )
