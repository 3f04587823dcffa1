from typing import Any

from django.db import migrations
from django.db.models import Exists, OuterRef

from trainyard.core.scope import platform_scope

FORMER = "user"
PAUSED, CANCELLED, RESUMED = "user_paused", "user_cancelled", "user_resumed"


def split(apps: Any, schema_editor: Any) -> None:
    """What a user asked for, under one reason until now, by what came of it. Events are append-only: see their model."""
    jobs, attempts = (apps.get_model("jobs", name)._base_manager for name in ("Job", "Attempt"))
    with platform_scope():
        for desired, reason in (("cancel", CANCELLED), ("stop_with_checkpoint", PAUSED)):
            asked = jobs.filter(desired=desired, desired_reason=FORMER)
            asked.filter(reason=FORMER).update(reason=reason)
            asked.update(desired_reason=reason)
        for state, reason in (("queued", RESUMED), ("paused", PAUSED), ("cancelled", CANCELLED)):
            jobs.filter(state=state, reason=FORMER).update(reason=reason)
        cancelled = jobs.filter(id=OuterRef("job_id"), state="cancelled", fence=OuterRef("fence"))
        attempts.filter(Exists(cancelled), reason=FORMER).update(reason=CANCELLED)
        attempts.filter(reason=FORMER).update(reason=PAUSED)


def join(apps: Any, schema_editor: Any) -> None:
    jobs, attempts = (apps.get_model("jobs", name)._base_manager for name in ("Job", "Attempt"))
    with platform_scope():
        for rows, column in ((jobs, "reason"), (jobs, "desired_reason"), (attempts, "reason")):
            rows.filter(**{f"{column}__in": [PAUSED, CANCELLED, RESUMED]}).update(**{column: FORMER})


class Migration(migrations.Migration):
    dependencies = [("jobs", "0021_jobs_by_creator")]

    operations = [migrations.RunPython(split, join)]
