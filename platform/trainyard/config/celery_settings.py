"""Celery settings that the control worker and beat share: the broker, how a message is written, the schedule."""

from typing import Any

from trainyard.config.environment import environment
from trainyard.periodic.schedule import CONTROL_QUEUE, SCHEDULE


def broker_settings() -> dict[str, Any]:
    """How the control plane's processes reach the broker and what they send there."""
    return {
        "broker_url": environment().redis_url.replace("unix://", "redis+socket://"),
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_transport_options": {"socket_timeout": 5, "socket_connect_timeout": 2},
        "task_default_queue": CONTROL_QUEUE,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_ignore_result": True,
        "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0, "interval_step": 0.1},
        "worker_hijack_root_logger": False,
        "timezone": "UTC",
        # Of the control worker's app, too: deployments of earlier releases run beat on that one.
        "beat_schedule": SCHEDULE,
    }
