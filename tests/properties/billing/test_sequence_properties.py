"""Top-ups, chargebacks, promotions, usage on time and late, plans, month ends, corrections and refunds in any order.

After each step the books are right, and what is receivable is what invoices ask for and what is not invoiced yet.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import transaction
from django.db.models import F, Sum
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.support.billing import balances
from tests.support.billing_world import AUTO_TOP_UPS_A_MONTH, World, made
from tests.support.fault_scale import times
from tests.support.invoices import assert_adds_up
from trainyard.billing.budgets.spending import month_of
from trainyard.billing.invoices import corrections
from trainyard.billing.invoices.models import Invoice, InvoiceLine
from trainyard.billing.journal import verification
from trainyard.billing.ledger import InsufficientFunds
from trainyard.billing.meters.models import MeteredUsage
from trainyard.billing.models import CreditGrant, LedgerAccount, Payment, UsageRecord
from trainyard.billing.payments.port import PaymentFact
from trainyard.billing.payments.queries import most_refundable
from trainyard.billing.payments.standing import standing_micros
from trainyard.core.tenancy import platform_scope, tenant_scope
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization

REFUSED = (corrections.BeyondInvoice, corrections.InvoiceCredited, corrections.InvoiceNotStanding, InsufficientFunds)
UNITS = st.integers(1, 5_000)
"""Of the currency's smallest."""
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("top_up"), UNITS),
        st.tuples(st.just("promotion"), UNITS),
        st.tuples(st.just("train"), st.integers(1, 10**9), st.integers(0, 40)),
        st.tuples(st.just("predict"), st.integers(0, 40)),
        st.tuples(st.just("pass_days"), st.integers(1, 45)),
        st.tuples(st.just("choose"), st.integers(0, 2)),
        st.tuples(st.just("credit_note"), st.integers(0, 9), UNITS),
        st.tuples(st.just("void"), st.integers(0, 9), st.booleans()),
        st.tuples(st.just("pay"), st.integers(0, 9), UNITS),
        st.tuples(st.just("refund"), UNITS),
        st.tuples(st.just("end_refund"), st.integers(0, 9), st.booleans()),
        st.tuples(st.just("auto_top_up"), st.sampled_from([None, PaymentFact.SETTLED, PaymentFact.FAILED])),
        st.tuples(st.just("hear"), st.integers(0, 9), st.sampled_from([PaymentFact.SETTLED, PaymentFact.FAILED])),
        st.tuples(st.just("dispute"), st.integers(0, 9), UNITS),
        st.tuples(st.just("reinstate"), st.integers(0, 9)),
    ),
    min_size=4,
    max_size=14,
)


@contextmanager
def undone() -> Iterator[None]:
    """Ends an example without a trace."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def open_micros() -> int:
    """What was charged and is on no invoice yet."""
    charged: int = UsageRecord.objects.aggregate(n=Sum("amount_micros"))["n"] or 0
    charged += MeteredUsage.objects.aggregate(n=Sum("amount_micros"))["n"] or 0
    lines = InvoiceLine.objects.filter(invoice__replaces=None)
    return charged - (lines.aggregate(n=Sum("exact_micros"))["n"] or 0)


def assert_right(world: World) -> None:
    found = balances()
    assert sum(found.values()) == 0
    for account in LedgerAccount.objects.annotate(total=Sum("entries__amount_micros")):
        assert account.balance_micros == (account.total or 0), account.kind
    standing = found.get("wallet", 0) + found.get("held", 0)
    left = sum(CreditGrant.objects.values_list("remaining_micros", flat=True))
    assert left == max(standing, 0), "grants are what is in the wallet"
    asked = Invoice.objects.filter(state=Invoice.State.FINALIZED).aggregate(n=Sum(F("due_micros") - F("paid_micros")))
    not_invoiced = -found.get("receivable", 0) - (asked["n"] or 0)
    assert 0 <= not_invoiced <= open_micros(), "what is owed is asked for"
    for invoice in Invoice.objects.filter(finalized_at__isnull=False):
        assert_adds_up(invoice)
        paid = invoice.total_micros - invoice.due_micros + invoice.paid_micros
        assert 0 <= invoice.credited_micros <= invoice.total_micros
        assert invoice.due_micros <= invoice.total_micros, "nobody is asked for more than an invoice is about"
        assert invoice.total_micros % world.unit == invoice.tax_micros % world.unit == 0
        if invoice.state == Invoice.State.PAID:
            assert paid == invoice.total_micros
    assert_payments_are_right()


def assert_payments_are_right() -> None:
    payments = list(Payment.objects.all())
    automatic = [payment for payment in payments if payment.kind == Payment.Kind.AUTO_TOP_UP]
    taken = [payment for payment in automatic if payment.state != Payment.State.FAILED]
    by_month = Counter(month_of(payment.created_at) for payment in taken)
    assert max(by_month.values(), default=0) <= AUTO_TOP_UPS_A_MONTH
    assert sum(payment.state == Payment.State.PENDING for payment in automatic) <= 1
    assert sum(map(standing_micros, payments)) == -balances().get("payments", 0), "what was paid is what is kept of it"
    assert 0 <= most_refundable() <= sum(standing_micros(payment) for payment in payments)


@settings(
    max_examples=times(quick=12, full=2_000),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(steps=[("predict", 38), ("pass_days", 13), ("predict", 1), ("void", 0, True)], currency="JPY")
@given(steps=STEPS, currency=st.sampled_from(["EUR", "JPY", "KWD"]))
def test_whatever_comes_in_whatever_order_the_books_are_right(
    organization: Organization, pool: Pool, steps: list[tuple[Any, ...]], currency: str
) -> None:
    with undone():
        world = made(organization, pool, currency)
        with tenant_scope(organization.id):
            for name, *values in steps:
                with suppress(*REFUSED), transaction.atomic():
                    getattr(world, name)(*values)
                assert_right(world)
            world.pass_days(45)
            assert_right(world)
        with platform_scope():
            assert verification.check()[1] == []
