"""Invariant check of the ledger of all tenants. Reads only, with a fixed number of queries."""

from collections.abc import Iterator

from django.db.models import F, Sum
from django.db.models.functions import Coalesce

from trainyard.billing.ledger import CUSTOMERS
from trainyard.billing.models import CreditGrant, Hold, LedgerAccount, LedgerTransaction, UsageRecord
from trainyard.billing.usage_rollup import verification as rollup
from trainyard.core.check_results import CheckResult

RULES = {
    "balanced": "The entries of every ledger transaction sum to zero.",
    "balance_kept": "The balance of every account is the sum of its entries.",
    "credit_kept": "The remainders of an organization's credit grants sum to its wallet plus its holds.",
    "usage_posted": "The charges of a job are the sum of its usage records, within its hold and its cap.",
    rollup.RULE: rollup.MEANING,
}


def check_books() -> Iterator[CheckResult]:
    """Every breach of ``RULES``."""
    unbalanced = LedgerTransaction.across_tenants.annotate(total=Sum("entries__amount_micros")).exclude(total=0)
    for transaction_id, total in unbalanced.values_list("id", "total"):
        yield CheckResult("balanced", transaction_id, f"its entries sum to {total}")
    summed = LedgerAccount.across_tenants.annotate(total=Coalesce(Sum("entries__amount_micros"), 0))
    for account in summed.exclude(total=F("balance_micros")):
        message = f"its balance is {account.balance_micros}, its entries sum to {account.total}"
        yield CheckResult("balance_kept", f"{account.organization_id} {account.kind}", message)
    yield from _check_credit()
    yield from rollup.check_rollup()
    charged = dict(UsageRecord.across_tenants.values_list("job_id").annotate(total=Sum("amount_micros")).order_by())
    columns = ("job_id", "posted_micros", "amount_micros", "cap_micros")
    for job_id, posted, amount, cap in Hold.across_tenants.values_list(*columns):
        used = charged.pop(job_id, 0)
        if used != posted or not posted <= amount <= cap:
            message = f"used {used}, was charged {posted}, reserved {amount}, may cost {cap}"
            yield CheckResult("usage_posted", job_id, message)
    for job_id, used in charged.items():
        yield CheckResult("usage_posted", job_id, f"used {used} and never reserved anything")


def _check_credit() -> Iterator[CheckResult]:
    grants = CreditGrant.across_tenants.values_list("organization_id")
    remaining = dict(grants.annotate(total=Sum("remaining_micros")).order_by())
    customers = LedgerAccount.across_tenants.filter(kind__in=CUSTOMERS).values_list("organization_id")
    for organization_id, standing in customers.annotate(total=Sum("balance_micros")).order_by():
        left = remaining.pop(organization_id, 0)
        if left != max(standing, 0):
            yield CheckResult("credit_kept", organization_id, f"{left} remain of its grants, and it has {standing}")
    for organization_id, left in remaining.items():
        if left:
            yield CheckResult("credit_kept", organization_id, f"{left} remain of its grants, and it has no accounts")
