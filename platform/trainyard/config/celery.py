"""The control plane's Celery app: ``celery -A trainyard.config.celery worker -Q control -P threads``.

Messages are notifications: JSON, acknowledged early, without results. What must happen is found again in the database
by the periodic tasks.
"""

import gc
import os
from typing import Any

from celery import Celery, Task
from celery.signals import celeryd_init, worker_init, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trainyard.config.settings")
# Django's checks import all views, and find what a test of them has found before.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

from trainyard.config.broker_watchdog import exit_when_silent
from trainyard.config.celery_settings import broker_settings
from trainyard.config.environment import environment
from trainyard.core.scope import platform_scope
from trainyard_common.inspection import forbid_inspection


class PlatformTask(Task):  # type: ignore[type-arg]
    """A task of the control worker serves every tenant."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with platform_scope():
            return super().__call__(*args, **kwargs)


forbid_inspection()

app = Celery("trainyard", set_as_current=True, task_cls=PlatformTask)
app.conf.update(
    broker_settings(),
    task_acks_late=False,
    # A place for each validation, which takes long, and two for all that must not wait behind them.
    worker_concurrency=environment().validation_slots + 2,
    worker_prefetch_multiplier=1,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    imports=["trainyard.periodic.tasks"],
)


@celeryd_init.connect
def import_without_collecting(**_: object) -> None:
    gc.disable()  # what the worker imports stays: each collection would look through it


@worker_ready.connect
def collect_again(**_: object) -> None:
    gc.freeze()
    gc.enable()


@worker_init.connect
def check_books(**_: object) -> None:
    from trainyard.config.books import require_currency  # Django is set up by now, and not before

    require_currency()


@worker_init.connect
def check_sandbox(**_: object) -> None:
    from trainyard.config.sandbox_requirement import require_sandbox  # here for the same reason

    require_sandbox()


exit_when_silent(silent_seconds=environment().silent_seconds)
