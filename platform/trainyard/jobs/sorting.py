"""Sort orders of job lists, each total: by a key, then by id (keyset pagination)."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import F, FloatField, QuerySet, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Lower

from trainyard.jobs.models import Job

CREATED, NAME, FINISHED = "created_at", "name", "finished_at"
METRIC = re.compile(r"(metrics|test_metrics)\.([A-Za-z0-9_/. -]{1,120})")
"""Jobs by the newest value of a series, or by a result on the test split."""
COLUMN_OF = {"metrics": "latest_metrics", "test_metrics": "test_metrics"}
LAST_NUMBER = 1e308
LAST_TIME = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class JobSort:
    """``key`` is one of the names above or of ``METRIC``."""

    key: str
    descending: bool


def sort_of(text: str) -> JobSort | None:
    """``name`` or, descending, ``-name``; ``None`` for what jobs are not sorted by."""
    key = text.removeprefix("-")
    known = key in {CREATED, NAME, FINISHED} or METRIC.fullmatch(key)
    return JobSort(key, descending=text.startswith("-")) if known else None


def with_sort_key(rows: QuerySet[Job], sort: JobSort) -> QuerySet[Job]:
    """``rows``, each with its ``sort_key``, which is never null: jobs that lack it come last."""
    return rows.annotate(sort_key=_expression(sort))


def _expression(sort: JobSort) -> Any:
    if sort.key == NAME:
        return Lower("name")
    if sort.key == FINISHED:
        return Coalesce(F("finished_at"), Value(datetime(1, 1, 2, tzinfo=UTC) if sort.descending else LAST_TIME))
    found = METRIC.fullmatch(sort.key)
    if found is None:
        return F("created_at")
    value = Cast(KeyTextTransform(found[2], COLUMN_OF[found[1]]), FloatField())
    return Coalesce(value, Value(-LAST_NUMBER if sort.descending else LAST_NUMBER), output_field=FloatField())
