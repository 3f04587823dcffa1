"""Reads of the payments and refunds of the current tenant."""

from datetime import datetime
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Case, F, Q, QuerySet, Sum, When
from django.db.models.functions import Least

from trainyard.billing.models import LedgerAccount
from trainyard.billing.payments.models import Payment, Refund
from trainyard.billing.wallet.currencies import currency, smallest_unit_micros
from trainyard.billing.wallet.models import CreditGrant

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


class RefundableGrant(TypedDict):
    refundable_micros: int


def payments() -> QuerySet[Payment]:
    return Payment.objects.all()


def refunds() -> QuerySet[Refund]:
    return Refund.objects.select_related("payment")


def refundable() -> "QuerySet[WithAnnotations[CreditGrant, RefundableGrant]]":
    """Grants with something to send back of their payment, newest first; each has ``refundable_micros``, in coins."""
    smallest = smallest_unit_micros(currency())
    unused = Least(
        "remaining_micros", F("payment__amount_micros") - F("payment__refunded_micros") - F("payment__reversed_micros")
    )
    paid = CreditGrant.objects.filter(payment__state=Payment.State.SETTLED, remaining_micros__gt=0)
    return paid.annotate(refundable_micros=unused - unused % smallest).filter(refundable_micros__gt=0).order_by("-id")


def refundable_parts() -> list[tuple[CreditGrant, int]]:
    """What of each grant can be sent back, newest first: of several from one payment together no more than it was.

    A payment has several where a refund of it failed, whose credit came back as a grant of its own.
    """
    left: dict[str, int] = {}
    parts: list[tuple[CreditGrant, int]] = []
    for grant in refundable().select_related("payment"):
        payment = grant.payment
        assert payment is not None  # noqa: S101  these grants come from payments
        part = min(grant.refundable_micros, left.setdefault(payment.id, payment.kept_micros))
        if part > 0:
            parts.append((grant, part))
            left[payment.id] -= part
    return parts


def most_refundable() -> int:
    """The most that can be refunded now: unused paid credit that no job reserves, in coins of its currency.

    The one place that says so.
    """
    unused = sum(part for _, part in refundable_parts())
    wallet = LedgerAccount.objects.filter(kind=LedgerAccount.Kind.WALLET)
    free = wallet.aggregate(total=Sum(Case(When(Q(balance_micros__gt=0), then="balance_micros"), default=0)))["total"]
    most: int = min(unused, free or 0)
    return most - most % smallest_unit_micros(currency())


def auto_topped_up(*, since: datetime) -> int:
    """What automatic top-ups have taken, or may still take, since ``since``."""
    counted = (Payment.State.PENDING, Payment.State.SETTLED, Payment.State.REVERSED)
    taken = Payment.objects.filter(kind=Payment.Kind.AUTO_TOP_UP, state__in=counted, created_at__gte=since)
    return taken.aggregate(total=Sum("amount_micros"))["total"] or 0
