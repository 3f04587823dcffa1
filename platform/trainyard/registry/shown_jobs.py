"""Jobs for API responses: only the shown columns are read, without model instances.

JSON is parsed once per distinct text, because most specs of a page are equal or were on the previous page.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple

from django.db.models import F, QuerySet, TextField
from django.db.models.functions import Cast

from trainyard.billing.queries import with_job_cost
from trainyard.core.prepared import PreparedQuery
from trainyard.core.time import ClockTimestamp
from trainyard.jobs import queries as jobs_alone
from trainyard.jobs.models import Job
from trainyard_spec.training import spec_with_names_of_today

JSON_COLUMNS = (
    "spec",
    "resolved_training",
    "latest_metrics",
    "test_metrics",
    "verdict",
    "error",
)
TEXTS_KEPT = 2_048
"""Each is a few kilobytes."""


class ShownPool(NamedTuple):
    name: str


class ShownJob(NamedTuple):
    """The attributes of ``Job`` that responses need; ``spec`` has its present field names.

    JSON values are shared between rows and must not be changed. ``hold``, ``model_id`` and ``read_at`` are as
    ``queries.jobs`` reads them.
    """

    id: str
    name: str
    state: str
    reason: str
    desired: str
    desired_reason: str
    created_at: datetime
    started_at: datetime | None
    first_step_at: datetime | None
    finished_at: datetime | None
    dataset_version_id: str
    init_from: str | None
    architecture: str
    task: str
    priority: int
    epoch: int
    step: int
    total_steps: int | None
    samples_per_second: float | None
    fence: int
    checkpoints_count: int
    pool: ShownPool
    model_id: str | None
    read_at: datetime | None
    hold: dict[str, Any] | None
    spec: dict[str, Any]
    resolved_training: dict[str, Any] | None
    latest_metrics: dict[str, Any]
    test_metrics: dict[str, Any] | None
    verdict: dict[str, Any] | None
    error: dict[str, Any] | None

    @property
    def pk(self) -> str:
        return self.id


PLAIN_COLUMNS = ShownJob._fields[: ShownJob._fields.index("pool")]


def newest(*, most: int) -> list[ShownJob]:
    """The newest jobs of the tenant in context."""
    return _shown(_newest(most).rows())


def job(job_id: str) -> ShownJob:
    """The job of the tenant in context. Raises ``NotFound``."""
    for found in _shown(_BY_ID.rows(job_id=job_id)):
        return found
    raise jobs_alone.no_such_job()


def _rows(rows: QuerySet[Job]) -> QuerySet[Any, Any]:
    texts = {f"{name}_text": Cast(name, TextField()) for name in JSON_COLUMNS}
    more = {"pool_name": F("pool__name"), "model_key": F("model__id"), "read_at": ClockTimestamp()}
    found: QuerySet[Any, Any] = with_job_cost(rows.annotate(**more)).annotate(**texts)
    return found.values_list(*PLAIN_COLUMNS, *more, "hold", *texts)


_BY_ID: PreparedQuery[Any] = PreparedQuery(lambda *, job_id: _rows(Job.objects.filter(id=job_id)), "job_id")


@cache
def _newest(most: int) -> PreparedQuery[Any]:
    return PreparedQuery(lambda: _rows(Job.objects.order_by("-id"))[:most])


def _shown(rows: Iterable[tuple[Any, ...]]) -> list[ShownJob]:
    plain = len(PLAIN_COLUMNS)
    return [
        ShownJob._make(
            (
                *row[:plain],
                ShownPool(row[plain]),
                *row[plain + 1 : plain + 4],
                _spec(row[plain + 4]),
                *map(_parsed, row[plain + 5 :]),
            )
        )
        for row in rows
    ]


@lru_cache(TEXTS_KEPT)
def _spec(text: str) -> dict[str, Any]:
    return spec_with_names_of_today(json.loads(text))


@lru_cache(TEXTS_KEPT)
def _parsed(text: str | None) -> Any:
    return None if text is None else json.loads(text)
