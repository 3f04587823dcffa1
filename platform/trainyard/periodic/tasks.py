"""The control plane's Celery tasks: one domain call each, idempotent, safe to run twice at once."""

from collections.abc import Callable
from functools import wraps

from celery import shared_task

from trainyard.billing.budgets import operations as budgets
from trainyard.billing.calendar.clock import calendar_now
from trainyard.billing.invoices import month_end
from trainyard.billing.payments import due_payments, notices
from trainyard.billing.wallet import granting, low_balance
from trainyard.core import analyze_tables, idempotency, outbox, recurring, scheduler_heartbeat
from trainyard.core.time import database_now
from trainyard.datasets import abandoned, fetching, uploads, validation
from trainyard.fine_tuning import operations as fine_tuning
from trainyard.jobs.lifecycle import leases
from trainyard.jobs.profiles import operations as speed_profiles
from trainyard.jobs.queue import candidates, notify_workers
from trainyard.jobs.reconcile import (
    disk_full_resume,
    drained_workers,
    funded_resume,
    inactive_organizations,
    overdue_stop,
    preemption,
    worker_quarantine,
)
from trainyard.jobs.reporting import checkpoints
from trainyard.periodic.schedule import SELDOM
from trainyard.pools import broker_users, health
from trainyard.portability import deletion, exports
from trainyard.registry import exports as model_exports
from trainyard.registry import predictions, purging
from trainyard.tenants import device_authorization
from trainyard.training_sessions import claiming, funding, retention, storage
from trainyard.training_sessions import orphans as session_orphans
from trainyard.webhooks import deliverer, fan_out


def seldom(task: Callable[[], None]) -> Callable[[], None]:
    """``task``, done only when it is due by ``SELDOM``."""

    @wraps(task)
    def when_due() -> None:
        with recurring.due(task.__name__, every=SELDOM[task.__name__], now=database_now()) as is_due:
            if is_due:
                task()

    return when_due


@shared_task(name="trainyard.periodic.record_scheduler_heartbeat")
def record_scheduler_heartbeat() -> None:
    scheduler_heartbeat.record()


@shared_task(name="trainyard.periodic.stop_jobs_of_inactive")
def stop_jobs_of_inactive() -> None:
    inactive_organizations.stop_jobs(now=database_now())


@shared_task(name="trainyard.periodic.stop_jobs_of_overdue")
def stop_jobs_of_overdue() -> None:
    overdue_stop.stop_jobs(now=database_now())


@shared_task(name="trainyard.periodic.prepare_exports")
def prepare_exports() -> None:
    exports.prepare_next(now=database_now())


@shared_task(name="trainyard.periodic.expire_exports")
@seldom
def expire_exports() -> None:
    exports.expire(now=database_now())


@shared_task(name="trainyard.periodic.finish_deletions")
def finish_deletions() -> None:
    deletion.finish(now=database_now())


@shared_task(name="trainyard.periodic.sweep_outbox")
def sweep_outbox() -> None:
    outbox.sweep(now=database_now())


@shared_task(name="trainyard.periodic.purge_idempotency_records")
@seldom
def purge_idempotency_records() -> None:
    idempotency.purge(now=database_now())


@shared_task(name="trainyard.periodic.purge_device_authorizations")
@seldom
def purge_device_authorizations() -> None:
    device_authorization.purge(now=database_now())


@shared_task(name="trainyard.periodic.validate_dataset_version")
def validate_dataset_version(**_: object) -> None:
    validation.validate_next(clock=database_now)


@shared_task(name="trainyard.periodic.revalidate_datasets")
def revalidate_datasets() -> None:
    validation.revalidate(now=database_now())


@shared_task(name="trainyard.periodic.fetch_imports")
def fetch_imports() -> None:
    fetching.fetch_due(clock=database_now)


@shared_task(name="trainyard.periodic.expire_predictions")
def expire_predictions() -> None:
    predictions.expire(now=database_now())


@shared_task(name="trainyard.periodic.deliver_webhooks")
def deliver_webhooks() -> None:
    deliverer.deliver_due(clock=database_now)


@shared_task(name="trainyard.periodic.sweep_datasets")
@seldom
def sweep_datasets() -> None:
    abandoned.sweep(now=database_now())


@shared_task(name="trainyard.periodic.sweep_uploads")
@seldom
def sweep_uploads() -> None:
    uploads.sweep(now=database_now())


@shared_task(name="trainyard.periodic.purge_domain_events")
@seldom
def purge_domain_events() -> None:
    fan_out.purge(now=database_now())


@shared_task(name="trainyard.periodic.expire_leases")
def expire_leases() -> None:
    leases.expire_leases(now=database_now())


@shared_task(name="trainyard.periodic.quarantine_suspects")
def quarantine_suspects() -> None:
    worker_quarantine.quarantine_suspects(now=database_now())


@shared_task(name="trainyard.periodic.retest_workers")
def retest_workers() -> None:
    health.retest(now=database_now())


@shared_task(name="trainyard.periodic.preempt")
def preempt() -> None:
    preemption.preempt(now=database_now())


@shared_task(name="trainyard.periodic.notify_waiting_pools")
def notify_waiting_pools() -> None:
    now = database_now()
    waiting = candidates.pools_with_claimable_jobs(now=now) | predictions.pools_with_queued()
    waiting |= model_exports.pools_with_queued()
    notify_workers.notify_again(pool_ids=waiting | claiming.pools_with_queued(), now=now)


@shared_task(name="trainyard.periodic.release_idle_sessions")
def release_idle_sessions() -> None:
    funding.release_idle(now=database_now())


@shared_task(name="trainyard.periodic.purge_training_sessions")
@seldom
def purge_training_sessions() -> None:
    retention.purge(now=database_now())


@shared_task(name="trainyard.periodic.purge_speed_profiles")
@seldom
def purge_speed_profiles() -> None:
    speed_profiles.purge(now=database_now())


@shared_task(name="trainyard.periodic.purge_model_exports")
@seldom
def purge_model_exports() -> None:
    model_exports.purge(now=database_now())


@shared_task(name="trainyard.periodic.grant_broker_users")
def grant_broker_users() -> None:
    broker_users.grant_all()


@shared_task(name="trainyard.periodic.resume_jobs_waiting_for_room")
def resume_jobs_waiting_for_room() -> None:
    disk_full_resume.resume_waiting(now=database_now())


@shared_task(name="trainyard.periodic.resume_jobs_waiting_for_funds")
def resume_jobs_waiting_for_funds() -> None:
    funded_resume.resume_funded(now=database_now())


@shared_task(name="trainyard.periodic.alert_budgets")
def alert_budgets() -> None:
    budgets.alert(now=database_now())


@shared_task(name="trainyard.periodic.tell_low_balances")
def tell_low_balances() -> None:
    low_balance.tell(now=database_now())


@shared_task(name="trainyard.periodic.announce_drained_workers")
def announce_drained_workers() -> None:
    drained_workers.announce_drained(now=database_now())


@shared_task(name="trainyard.periodic.catch_up_with_payments")
@seldom
def catch_up_with_payments() -> None:
    notices.catch_up(now=database_now())


@shared_task(name="trainyard.periodic.take_payments")
def take_payments() -> None:
    due_payments.run(calendar=calendar_now(), now=database_now())


@shared_task(name="trainyard.periodic.expire_credit")
def expire_credit() -> None:
    granting.expire_credit(now=database_now())


@shared_task(name="trainyard.periodic.prune_checkpoints")
def prune_checkpoints() -> None:
    checkpoints.prune(now=database_now())


@shared_task(name="trainyard.periodic.purge_uploads")
@seldom
def purge_uploads() -> None:
    purging.purge_uploads(now=database_now())


@shared_task(name="trainyard.periodic.purge_deleted")
@seldom
def purge_deleted() -> None:
    purging.purge(now=database_now())


@shared_task(name="trainyard.periodic.sweep_orphans")
@seldom
def sweep_orphans() -> None:
    session_orphans.sweep(now=database_now())


@shared_task(name="trainyard.periodic.refresh_statistics")
@seldom
def refresh_statistics() -> None:
    analyze_tables.refresh()


@shared_task(name="trainyard.periodic.close_months")
def close_months() -> None:
    month_end.run(calendar=calendar_now(), now=database_now())


@shared_task(name="trainyard.periodic.meter_storage")
@seldom
def meter_storage() -> None:
    storage.meter_hour(now=database_now())


@shared_task(name="trainyard.periodic.submit_fine_tuning_jobs")
def submit_fine_tuning_jobs() -> None:
    fine_tuning.submit_ready(now=database_now())
