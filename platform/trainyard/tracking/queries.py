"""Reads about runs that were trained elsewhere, all of the tenant in context."""

from collections.abc import Collection, Iterable

from django.db.models import QuerySet

from trainyard.core.errors import NotFound
from trainyard.tracking.models import Experiment, MetricPoint, Run, Tag

DEFAULT_ID = "0"
DEFAULT_NAME = "Default"
"""The experiment that MLflow's client names where a script names none."""


def experiments(*, deleted: bool | None = False) -> QuerySet[Experiment]:
    """``deleted``: those that are not, those that are, or with ``None`` both."""
    every = Experiment.objects.all()
    return every if deleted is None else every.filter(deleted_at__isnull=not deleted)


def experiment(experiment_id: str) -> Experiment:
    """Deleted or not. Raises ``NotFound``."""
    named = {"name": DEFAULT_NAME, "deleted_at": None} if experiment_id == DEFAULT_ID else {"id": experiment_id}
    found = Experiment.objects.filter(**named).first()
    if found is None:
        raise NotFound(f"There is no experiment {experiment_id}.")
    return found


def named(name: str) -> Experiment | None:
    """The experiment of that name that is not deleted."""
    return experiments().filter(name=name).first()


def runs(*, experiment_ids: Collection[str], deleted: bool | None = False) -> QuerySet[Run]:
    """Runs of those experiments, each with its params and newest metrics."""
    every = Run.objects.filter(experiment_id__in=experiment_ids).prefetch_related("params", "latest_metrics")
    return every if deleted is None else every.filter(deleted_at__isnull=not deleted)


def run(run_id: str) -> Run:
    """Deleted or not. Raises ``NotFound``."""
    found = Run.objects.filter(id=run_id).prefetch_related("params", "latest_metrics").first()
    if found is None:
        raise NotFound(f"There is no run {run_id}.")
    return found


def run_alone(run_id: str) -> Run:
    """As ``run``, without a look at its params and metrics. Raises ``NotFound``."""
    found = Run.objects.filter(id=run_id).first()
    if found is None:
        raise NotFound(f"There is no run {run_id}.")
    return found


def tags_of(subject_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """Tags of each subject that has some."""
    found: dict[str, dict[str, str]] = {}
    for subject_id, key, value in Tag.objects.filter(subject_id__in=list(subject_ids)).values_list(
        "subject_id", "key", "value"
    ):
        found.setdefault(subject_id, {})[key] = value
    return found


def history(*, run_id: str, key: str) -> QuerySet[MetricPoint]:
    """Every point of a metric, by step and time."""
    return MetricPoint.objects.filter(run_id=run_id, key=key).order_by("step", "timestamp_ms", "value", "id")
