"""Schedule of periodic tasks: names, seconds and queues only, so that Celery reads it before Django is set up."""

from datetime import timedelta
from typing import Any

CONTROL_QUEUE = "control"


ASKED_SECONDS = 60.0
"""So often is asked whether what is seldom to be done is due."""

SELDOM: dict[str, timedelta] = {
    "expire_exports": timedelta(minutes=10),
    "purge_deleted": timedelta(minutes=5),
    "purge_uploads": timedelta(minutes=10),
    "sweep_uploads": timedelta(minutes=5),
    "sweep_datasets": timedelta(hours=1),
    "purge_domain_events": timedelta(minutes=10),
    "purge_training_sessions": timedelta(minutes=10),
    "purge_speed_profiles": timedelta(minutes=10),
    "purge_model_exports": timedelta(minutes=10),
    "purge_idempotency_records": timedelta(minutes=10),
    "purge_device_authorizations": timedelta(hours=1),
    "refresh_statistics": timedelta(hours=1),
    "meter_storage": timedelta(minutes=15),
    "sweep_orphans": timedelta(days=1),
    "catch_up_with_payments": timedelta(minutes=10),
}
"""Due by the database's clock (``core.recurring``): beat counts from its own start, and may be restarted often."""


def _every(seconds: float, task: str) -> dict[str, Any]:
    # A tick that nobody took is stale once the next is due.
    return {"task": f"trainyard.periodic.{task}", "schedule": seconds, "options": {"expires": seconds}}


SCHEDULE: dict[str, dict[str, Any]] = {
    "expire-leases": _every(2, "expire_leases"),
    "record-scheduler-heartbeat": _every(10, "record_scheduler_heartbeat"),
    "sweep-outbox": _every(5, "sweep_outbox"),
    "preempt": _every(5, "preempt"),
    "prepare-exports": _every(5, "prepare_exports"),
    "finish-deletions": _every(5, "finish_deletions"),
    "stop-jobs-of-inactive": _every(5, "stop_jobs_of_inactive"),
    "stop-jobs-of-overdue": _every(5, "stop_jobs_of_overdue"),
    "quarantine-suspects": _every(15, "quarantine_suspects"),
    "retest-workers": _every(30, "retest_workers"),
    "notify-waiting-pools": _every(10, "notify_waiting_pools"),
    "grant-broker-users": _every(10, "grant_broker_users"),
    "revalidate-datasets": _every(15, "revalidate_datasets"),
    "fetch-imports": _every(2, "fetch_imports"),
    "submit-fine-tuning-jobs": _every(2, "submit_fine_tuning_jobs"),
    "deliver-webhooks": _every(1, "deliver_webhooks"),
    "expire-predictions": _every(5, "expire_predictions"),
    "resume-jobs-waiting-for-room": _every(15, "resume_jobs_waiting_for_room"),
    "resume-jobs-waiting-for-funds": _every(10, "resume_jobs_waiting_for_funds"),
    "alert-budgets": _every(15, "alert_budgets"),
    "tell-low-balances": _every(15, "tell_low_balances"),
    "announce-drained-workers": _every(5, "announce_drained_workers"),
    "take-payments": _every(5, "take_payments"),
    "expire-credit": _every(60, "expire_credit"),
    "prune-checkpoints": _every(60, "prune_checkpoints"),
    "purge-uploads": _every(ASKED_SECONDS, "purge_uploads"),
    "purge-deleted": _every(ASKED_SECONDS, "purge_deleted"),
    "expire-exports": _every(ASKED_SECONDS, "expire_exports"),
    "sweep-orphans": _every(ASKED_SECONDS, "sweep_orphans"),
    "sweep-uploads": _every(ASKED_SECONDS, "sweep_uploads"),
    "sweep-datasets": _every(ASKED_SECONDS, "sweep_datasets"),
    "purge-domain-events": _every(ASKED_SECONDS, "purge_domain_events"),
    "purge-training-sessions": _every(ASKED_SECONDS, "purge_training_sessions"),
    "purge-speed-profiles": _every(ASKED_SECONDS, "purge_speed_profiles"),
    "purge-model-exports": _every(ASKED_SECONDS, "purge_model_exports"),
    "release-idle-sessions": _every(15, "release_idle_sessions"),
    "purge-idempotency-records": _every(ASKED_SECONDS, "purge_idempotency_records"),
    "purge-device-authorizations": _every(ASKED_SECONDS, "purge_device_authorizations"),
    "meter-storage": _every(ASKED_SECONDS, "meter_storage"),
    "catch-up-with-payments": _every(ASKED_SECONDS, "catch_up_with_payments"),
    "close-months": _every(2, "close_months"),
    "refresh-statistics": _every(ASKED_SECONDS, "refresh_statistics"),
}
