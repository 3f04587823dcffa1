"""Low-balance alert: billing contacts are notified once when the balance falls below the organization's threshold.

Money that jobs have reserved counts as available here, because a hold is released unless it is used. Reserving alone
therefore triggers no alert.
"""

from datetime import datetime
from functools import partial
from typing import Any

import structlog
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from trainyard.billing.ledger import CUSTOMERS
from trainyard.billing.models import LedgerAccount
from trainyard.billing.wallet.models import BillingAccount
from trainyard.core import domain_events
from trainyard.core.mail import outgoing
from trainyard.core.money import format_micros
from trainyard.core.reconciling import due, each
from trainyard.core.tenancy import tenant_scope
from trainyard.tenants.models import Membership
from trainyard.tenants.permissions import PAYERS
from trainyard_spec.webhook_events import WebhookEvent

logger = structlog.get_logger(__name__)

TELL = "low_balances"
TOLD_AT_ONCE = 200
_IS_NEWS = Q(low_balance_told=False, balance__lt=F("low_balance_micros"))


def tell(*, now: datetime) -> int:
    """Tells of every wallet that has fallen below its threshold since it was last above it; returns how many."""
    _accounts().filter(low_balance_told=True, balance__gte=F("low_balance_micros")).update(low_balance_told=False)
    low = due(_accounts().filter(_IS_NEWS), reconciler=TELL, now=now)
    found = list(low.order_by("organization_id").values_list("organization_id", flat=True)[:TOLD_AT_ONCE])
    return each(((tenant, partial(_tell, tenant, now=now)) for tenant in found), reconciler=TELL, now=now)


def _accounts() -> QuerySet[Any]:
    """Accounts with a threshold, each with the ``balance`` that its organization has in wallet and holds."""
    own = LedgerAccount.across_tenants.filter(organization_id=OuterRef("organization_id"), kind__in=CUSTOMERS)
    total = own.order_by().values("organization_id").values(total=Sum("balance_micros"))
    chosen = BillingAccount.across_tenants.filter(low_balance_micros__isnull=False)
    return chosen.annotate(balance=Coalesce(Subquery(total), Value(0)))


@transaction.atomic
def _tell(organization_id: str, *, now: datetime) -> bool:
    account = _accounts().get(organization_id=organization_id)
    if _accounts().filter(_IS_NEWS, organization_id=organization_id).update(low_balance_told=True) != 1:
        return False
    data = {
        "id": organization_id,
        "balance": format_micros(account.balance),
        "threshold": format_micros(account.low_balance_micros or 0),
        "currency": account.currency,
    }
    domain_events.record(WebhookEvent.WALLET_LOW_BALANCE, data=data, organization_id=organization_id, now=now)
    with tenant_scope(organization_id):
        people = Membership.objects.filter(organization_id=organization_id, role__in=PAYERS)
        _mail([*people.values_list("user__email", flat=True)], data)
    logger.info("low_balance.alerted", organization_id=organization_id)
    return True


def _mail(to: list[str], told: dict[str, str]) -> None:
    left, threshold, currency = told["balance"], told["threshold"], told["currency"]
    text = (
        f"{left} {currency} are left, below the {threshold} {currency} at which you are told. Jobs stop with a "
        "checkpoint when nothing is left, and go on once there is credit again."
    )
    outgoing.send(EmailMessage(f"Your balance is {left} {currency}", text, to=to))
