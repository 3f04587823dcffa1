"""Money in tests: a job's usage with everything filled in, and what must hold of the books at any time."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Sum

from tests.support.platform import START
from trainyard.billing.models import CreditGrant, Hold, LedgerAccount, LedgerTransaction
from trainyard.billing.operations import MeteredAttempt, bill_usage
from trainyard.billing.wallet.granting import grant_credit

SECOND = 1_000_000
NOW = START + timedelta(days=1)
UNIT = 1_000_000


def credit(organization_id: str, amount_micros: int) -> None:
    grant_credit(
        organization_id=organization_id, amount_micros=amount_micros, kind="promotional", actor="tests", now=NOW
    )


def keep(*, pool_id: str, begin: int, end: int, job_id: str = "job_1", **changes: Any) -> int:
    """Keeps ``[begin, end)``, in microseconds, of the only attempt of ``job_id``."""
    attempt = MeteredAttempt(
        job_id=job_id,
        attempt_id=f"att_of_{job_id}",
        fence=1,
        pool_id=pool_id,
        preemptible=False,
        slots=1,
        training_started_at=NOW,
    )
    of_attempt = {name: value for name, value in changes.items() if hasattr(attempt, name)}
    usage: dict[str, Any] = {"billed_by": "ckpt_1", "now": NOW, "from_microseconds": begin, "to_microseconds": end}
    usage |= {name: value for name, value in changes.items() if name not in of_attempt}
    return bill_usage(replace(attempt, **of_attempt), **usage)


def balances() -> dict[str, int]:
    """Balance by kind of account of the tenant in context."""
    return dict(LedgerAccount.objects.values_list("kind", "balance_micros"))


def assert_books_are_right() -> None:
    """Every transaction sums to zero, every balance is the sum of its entries, every hold is within its cap."""
    sums = LedgerTransaction.objects.annotate(total=Sum("entries__amount_micros")).values_list("total", flat=True)
    assert set(sums) <= {0}
    for account in LedgerAccount.objects.annotate(total=Sum("entries__amount_micros")):
        assert account.balance_micros == (account.total or 0), account.kind
    found, holds = balances(), list(Hold.objects.all())
    assert found.get("wallet", 0) >= -sum(LedgerAccount.objects.values_list("credit_limit_micros", flat=True))
    assert found.get("held", 0) == sum(hold.left_micros for hold in holds)
    assert found.get("revenue", 0) == sum(hold.posted_micros for hold in holds)
    standing = found.get("wallet", 0) + found.get("held", 0)
    assert sum(CreditGrant.objects.values_list("remaining_micros", flat=True)) == max(standing, 0)
    for grant in CreditGrant.objects.annotate(moved=Sum("movements__amount_micros")):
        assert grant.amount_micros + (grant.moved or 0) == grant.remaining_micros, grant.id
    assert all(0 <= hold.posted_micros + hold.left_micros <= hold.amount_micros for hold in holds)


def moment(seconds: float) -> datetime:
    """``seconds`` after training began."""
    return NOW + timedelta(seconds=seconds)
