"""Writes about runs that were trained elsewhere, all of the tenant in context."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from trainyard.core import audit
from trainyard.core.errors import Conflict, FieldError, InvalidInput, NotFound
from trainyard.core.tenancy import current_tenant
from trainyard.tracking import queries
from trainyard.tracking.logged import Logged
from trainyard.tracking.models import Experiment, LatestMetric, MetricPoint, Param, Run, Tag


class ExperimentExists(Conflict):
    """An experiment of this name exists; MLflow's clients rely on this code and continue with that one."""

    code = "experiment_exists"


class RunDeleted(InvalidInput):
    """The run was deleted, so that nothing can be logged to it; restore it first."""

    code = "run_deleted"


class ParamChanged(InvalidInput):
    """A param of a run cannot be changed once it is written."""

    code = "param_changed"


@transaction.atomic
def create_experiment(*, name: str, tags: Mapping[str, str], now: datetime) -> Experiment:
    """Raises ``ExperimentExists``, of two at once for the second."""
    try:
        with transaction.atomic():
            made = Experiment.objects.create(
                organization_id=current_tenant(), name=name, created_at=now, updated_at=now
            )
    except IntegrityError:
        raise ExperimentExists(
            f"There is an experiment named {name} already.", hint="Use it by its name, or choose another."
        ) from None
    set_tags(subject_id=made.id, tags=tags)
    _audit("experiment.create", made.id, now=now, after={"name": name})
    return made


def default_experiment(*, now: datetime) -> Experiment:
    """The one that MLflow calls number 0, made when it is first asked for."""
    found = queries.named(queries.DEFAULT_NAME)
    if found is not None:
        return found
    try:
        return create_experiment(name=queries.DEFAULT_NAME, tags={}, now=now)
    except ExperimentExists:  # made meanwhile by another call
        return queries.experiment(queries.DEFAULT_ID)


@transaction.atomic
def rename_experiment(*, experiment_id: str, name: str, now: datetime) -> None:
    """Raises ``NotFound`` and ``ExperimentExists``."""
    found = queries.experiment(experiment_id)
    try:
        with transaction.atomic():
            renamed = Experiment.objects.filter(id=found.id, deleted_at=None).update(name=name, updated_at=now)
    except IntegrityError:
        raise ExperimentExists(f"There is an experiment named {name} already.", hint="Choose another name.") from None
    if renamed != 1:
        raise NotFound(f"There is no experiment {experiment_id}.")
    _audit("experiment.update", found.id, now=now, before={"name": found.name}, after={"name": name})


@transaction.atomic
def mark_experiment(*, experiment_id: str, deleted: bool, now: datetime) -> None:
    """Deletes or restores it; twice is no error. Raises ``NotFound``; ``ExperimentExists`` for a name taken since."""
    found = queries.experiment(experiment_id)
    at = now if deleted else None
    try:
        with transaction.atomic():
            changed = Experiment.objects.filter(id=found.id, deleted_at__isnull=deleted).update(
                deleted_at=at, updated_at=now
            )
    except IntegrityError:
        raise ExperimentExists(
            f"Another experiment is named {found.name} by now.", hint="Rename that one first."
        ) from None
    if changed:
        _audit("experiment.delete" if deleted else "experiment.restore", found.id, now=now)


@transaction.atomic
def create_run(
    *,
    experiment_id: str,
    name: str,
    user: str,
    started_ms: int,
    tags: Mapping[str, str],
    actor: str,
    now: datetime,
) -> Run:
    """A run of the experiment, which the caller has found to exist."""
    made = Run.objects.create(
        organization_id=current_tenant(),
        experiment_id=experiment_id,
        name=name,
        user=user,
        started_ms=started_ms,
        created_by=actor,
        created_at=now,
    )
    set_tags(subject_id=made.id, tags=tags)
    return queries.run(made.id)


def update_run(*, run_id: str, changes: Mapping[str, Any]) -> Run:
    """``changes`` may have ``status``, ``ended_ms`` and ``name``. Raises ``NotFound`` and ``RunDeleted``."""
    queries.run(run_id)
    if changes and Run.objects.filter(id=run_id, deleted_at=None).update(**changes) != 1:
        raise run_deleted(run_id)
    return queries.run(run_id)


@transaction.atomic
def mark_run(*, run_id: str, deleted: bool, now: datetime) -> None:
    """Deletes or restores it; twice is no error. Raises ``NotFound``."""
    queries.run(run_id)
    if Run.objects.filter(id=run_id, deleted_at__isnull=deleted).update(deleted_at=now if deleted else None):
        _audit("run.delete" if deleted else "run.restore", run_id, now=now)


@transaction.atomic
def log(*, run_id: str, logged: Logged) -> None:
    """All of it or nothing; logged again it changes nothing. Raises ``NotFound``, ``RunDeleted``, ``ParamChanged``."""
    # Whoever logs to one run waits for the other: the newest point of a metric is found by comparing.
    found = Run.objects.select_for_update().filter(id=run_id).first()
    if found is None:
        raise NotFound(f"There is no run {run_id}.")
    if found.deleted_at is not None:
        raise run_deleted(run_id)
    _add_params(found, logged.params)
    _add_points(found, logged)
    set_tags(subject_id=run_id, tags=logged.tags)
    if logged.inputs:
        found.inputs = [*found.inputs, *(item for item in logged.inputs if item not in found.inputs)]
        found.save(update_fields=["inputs"])


def set_tags(*, subject_id: str, tags: Mapping[str, str]) -> None:
    """The last to write a tag is right."""
    if not tags:
        return
    rows = [
        Tag(organization_id=current_tenant(), subject_id=subject_id, key=key, value=value)
        for key, value in tags.items()
    ]
    Tag.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["organization", "subject_id", "key"],
        update_fields=["value"],
    )


def delete_tag(*, subject_id: str, key: str) -> None:
    """Raises ``NotFound``."""
    if Tag.objects.filter(subject_id=subject_id, key=key).delete()[0] != 1:
        raise NotFound(f"There is no tag {key} here.")


def _add_params(run: Run, params: Mapping[str, str]) -> None:
    if not params:
        return
    organization_id = run.organization_id
    Param.objects.bulk_create(
        [Param(organization_id=organization_id, run=run, key=key, value=value) for key, value in params.items()],
        ignore_conflicts=True,
    )
    kept = dict(Param.objects.filter(run=run, key__in=list(params)).values_list("key", "value"))
    for key, value in params.items():
        if kept[key] != value:
            message = f"The param {key} of this run is {kept[key]!r} and cannot become {value!r}."
            raise ParamChanged(
                message,
                hint="Log it under another name, or start a new run.",
                errors=(FieldError("params", "param_changed", message),),
            )


def _add_points(run: Run, logged: Logged) -> None:
    if not logged.points:
        return
    organization_id = run.organization_id
    points = [MetricPoint(organization_id=organization_id, run=run, **point.columns) for point in logged.points]
    MetricPoint.objects.bulk_create(points, ignore_conflicts=True)
    newest = logged.newest
    known = {row.key: row for row in LatestMetric.objects.filter(run=run, key__in=list(newest))}
    rows: list[LatestMetric] = []
    for key, point in newest.items():
        before = known.get(key)
        if before is None or point.order > (before.step, before.timestamp_ms, before.value):
            rows.append(LatestMetric(organization_id=organization_id, run=run, **point.columns))
    LatestMetric.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["run", "key"],
        update_fields=["step", "timestamp_ms", "value", "is_nan"],
    )


def run_deleted(run_id: str) -> RunDeleted:
    """To be raised."""
    return RunDeleted(f"The run {run_id} was deleted.", hint="Restore it, or start a new one.")


def _audit(
    action: str,
    target: str,
    *,
    now: datetime,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    organization_id = current_tenant()
    audit.record(action=action, target=target, organization_id=organization_id, now=now, before=before, after=after)
