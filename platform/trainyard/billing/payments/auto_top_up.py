"""Automatic top-ups: a low wallet is filled from the saved payment method, up to a monthly limit.

A pending payment is committed before the payment provider is called, and a database constraint allows one pending
top-up per organization. So the customer is charged once, however slow the provider is and whatever else runs.
"""

from datetime import UTC, datetime, time, timedelta
from functools import partial

import structlog
from django.db import transaction
from django.db.models import F, OuterRef, Subquery

from trainyard.billing.budgets.spending import month_of
from trainyard.billing.calendar import clock
from trainyard.billing.ledger import Account, lock_books
from trainyard.billing.models import LedgerAccount
from trainyard.billing.payments.models import Payment
from trainyard.billing.payments.operations import record_outcome
from trainyard.billing.payments.port import ChargeRequest, PaymentMethod, Payments
from trainyard.billing.payments.queries import auto_topped_up
from trainyard.billing.wallet.models import BillingAccount
from trainyard.core.reconciling import due, each
from trainyard.core.tenancy import tenant_scope

logger = structlog.get_logger(__name__)

ACTOR = "auto_top_up"
RUN = "auto_top_up"
AT_ONCE = 100
ASKED_AGAIN_AFTER = timedelta(minutes=2)
"""The provider may have been asked, and whoever asked have died with the answer: asking again is asking once."""
REST_AFTER_FAILURE = timedelta(days=1)


def run_auto_top_ups(*, provider: Payments, now: datetime) -> int:
    """Tops up the wallets that ran low; returns how many payments the provider was asked for."""
    wallet = LedgerAccount.across_tenants.filter(organization=OuterRef("organization"), kind=Account.WALLET)
    low = BillingAccount.across_tenants.annotate(balance=Subquery(wallet.values("balance_micros")[:1])).filter(
        balance__lt=F("auto_top_up_threshold_micros")
    )
    rows = due(low, reconciler=RUN, now=now).order_by("organization_id")[:AT_ONCE]
    items = ((account.organization_id, partial(_top_up, account, provider=provider, now=now)) for account in list(rows))
    return each(items, reconciler=RUN, now=now)


def _top_up(account: BillingAccount, *, provider: Payments, now: datetime) -> bool:
    with tenant_scope(account.organization_id):
        payment = _claim(provider=provider.name, now=now)
        if payment is None:
            return False
        outcome = provider.charge_saved(
            ChargeRequest(payment.id, payment.amount_micros, payment.currency),
            PaymentMethod(account.provider_customer, account.payment_method),
        )
        record_outcome(payment_id=payment.id, outcome=outcome, now=now)
    logger.info("auto_top_up.asked", payment_id=payment.id, organization_id=account.organization_id)
    return True


@transaction.atomic
def _claim(*, provider: str, now: datetime) -> Payment | None:
    """The payment to ask the provider for now: a new one, or one that nobody heard of since it was asked for."""
    books = lock_books()
    account = BillingAccount.objects.get()
    threshold, micros = account.auto_top_up_threshold_micros, account.auto_top_up_amount_micros
    if threshold is None or micros is None or books[Account.WALLET].balance_micros >= threshold:
        return None
    newest = Payment.objects.filter(kind=Payment.Kind.AUTO_TOP_UP).order_by("-id").first()
    if newest is not None and newest.state == Payment.State.PENDING:
        unheard = Payment.objects.filter(id=newest.id, reference="", tried_at__lte=now - ASKED_AGAIN_AFTER)
        return newest if unheard.update(tried_at=now) == 1 else None
    if newest is not None and newest.state == Payment.State.FAILED and newest.created_at > now - REST_AFTER_FAILURE:
        return None
    month = datetime.combine(month_of(now), time.min, UTC) - clock.offset()  # payments carry the clock's time
    limit = account.auto_top_up_monthly_limit_micros or 0
    if auto_topped_up(since=month) + micros > limit:
        return None
    return Payment.objects.create(
        kind=Payment.Kind.AUTO_TOP_UP,
        amount_micros=micros,
        currency=books[Account.WALLET].currency,
        provider=provider,
        created_by=ACTOR,
        created_at=now,
        tried_at=now,
    )
