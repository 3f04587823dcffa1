"""Payments that the platform starts without a person: automatic top-ups, overdue invoices, requested refunds."""

from datetime import datetime

from trainyard.billing.dunning import operations as dunning
from trainyard.billing.payments.adapters import configured, payments
from trainyard.billing.payments.auto_top_up import run_auto_top_ups
from trainyard.billing.payments.refunds import send_refunds


def run(*, calendar: datetime, now: datetime) -> None:
    """Safe to run twice at once, and to end half-way: each payment and refund is asked for once."""
    run_auto_top_ups(provider=payments(), now=now)
    dunning.run(provider=payments(), calendar=calendar, now=now)
    for provider in configured().values():
        send_refunds(provider=provider, now=now)
