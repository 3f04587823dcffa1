"""Celery part of the worker: a queue on which the control plane sends notifications, and nothing else.

The database is authoritative; a message only asks the worker to poll now. A lost message costs one poll interval.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import structlog
from celery import Celery, signals
from celery.apps.worker import Worker
from kombu import Exchange, Queue

log = structlog.get_logger()

RING_TASK = "trainyard_worker.ring"
CONNECT_SECONDS = 3.0


def make_app(*, broker_url: str, queue: str, ring: Callable[[], None]) -> Celery:
    """An app whose one task calls ``ring``, whatever arguments it is sent.

    It only takes messages off ``queue``: it binds nothing and acknowledges nothing, because its user at the broker may
    do no more (``trainyard.pools.broker_users``).
    """
    app = Celery("trainyard_worker", broker=broker_url, set_as_current=False)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=False,
        task_default_queue=queue,
        task_default_exchange="",
        task_queues=[Queue(queue, Exchange(""), routing_key=queue, no_ack=True)],
        worker_pool="threads",
        worker_concurrency=1,
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_cancel_long_running_tasks_on_connection_loss=True,
        broker_connection_timeout=CONNECT_SECONDS,
        broker_connection_retry=True,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "socket_connect_timeout": CONNECT_SECONDS,
            "socket_keepalive": True,
            "ack_emulation": False,
        },
    )

    @app.task(name=RING_TASK)
    def notification_task(*_: object, **__: object) -> None:
        ring()

    return app


def broker_url_of(url: str, *, username: str, password: str) -> str:
    """``url`` as ``username``, unless it names somebody already."""
    parts = urlsplit(url)
    if "@" in parts.netloc:
        log.warning("broker.credential_given", hint="Leave user and password out: this worker has a user of its own.")
        return url
    return urlunsplit(parts._replace(netloc=f"{quote(username)}:{quote(password)}@{parts.netloc}"))


def make_celery_worker(app: Celery, *, name: str) -> Worker:
    """Celery's worker for ``app``, without the parts that talk to other workers. ``start`` runs it until a signal."""
    # Without a receiver Celery would set up logging its own way.
    signals.setup_logging.connect(_keep_logging, weak=False)
    return app.Worker(
        hostname=f"trainyard@{name}",
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )


def _keep_logging(**_: Any) -> None:
    """Does nothing, which is the point: its being connected keeps Celery from configuring logging."""
