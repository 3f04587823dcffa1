"""Top-ups, promotions, usage on time and late, plans, month ends, credit notes, voids and refunds in any order.

After each step the books are right, and what is receivable is what invoices ask for and what is not invoiced yet.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Sum
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.support.billing import UNIT, balances, keep
from tests.support.fault_scale import times
from tests.support.invoices import assert_adds_up
from trainyard.billing import holds
from trainyard.billing.invoices import corrections, month_end, parties
from trainyard.billing.invoices.models import Invoice, InvoiceLine, TaxRate
from trainyard.billing.invoices.rounding import minor_unit_micros
from trainyard.billing.journal import verification
from trainyard.billing.ledger import InsufficientFunds
from trainyard.billing.meters.models import MeteredUsage
from trainyard.billing.meters.prices import set_meter_price
from trainyard.billing.meters.rating import NANO_PER_UNIT, MeterEvent, rate
from trainyard.billing.models import CreditGrant, LedgerAccount, Price, UsageRecord
from trainyard.billing.payments.operations import begin_top_up
from trainyard.billing.payments.port import ChargeRequest, PaymentFact, PaymentOutcome
from trainyard.billing.payments.queries import most_refundable
from trainyard.billing.payments.refunds import request_refund
from trainyard.billing.payments.top_ups import BegunTopUp
from trainyard.billing.plans.models import Plan
from trainyard.billing.plans.operations import choose_plan
from trainyard.billing.wallet.granting import expire_credit, grant_credit
from trainyard.billing.wallet.settings import set_currency
from trainyard.core.ids import new_id
from trainyard.core.tenancy import platform_scope, tenant_scope
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization

START = datetime(2026, 1, 1, tzinfo=UTC)
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


@dataclass
class World:
    """One organization, and the time."""

    organization_id: str
    pool_id: str
    currency: str
    plans: list[str | None]
    now: datetime = START + timedelta(days=9)
    number: int = 0

    @property
    def unit(self) -> int:
        return minor_unit_micros(self.currency)

    def top_up(self, units: int) -> None:
        charge = ChargeRequest(new_id("pay"), units * self.unit, self.currency)
        outcome = PaymentOutcome(f"local_{charge.payment_id}", fact=PaymentFact.SETTLED)
        begin_top_up(BegunTopUp(charge, "local", outcome), actor="tests", now=self.now)

    def promotion(self, units: int) -> None:
        grant_credit(
            organization_id=self.organization_id,
            amount_micros=units * self.unit,
            kind="promotional",
            expires_at=self.now + timedelta(days=20),
            actor="tests",
            now=self.now,
        )

    def train(self, microseconds: int, days_late: int) -> None:
        self.number += 1
        job = f"job_{self.number}"
        began = max(self.now - timedelta(days=days_late), START)
        holds.reserve_funds(job_id=job, cap_micros=50 * UNIT, backed_micros=0, reserve_micros=0, now=self.now)
        keep(pool_id=self.pool_id, begin=0, end=microseconds, job_id=job, training_started_at=began, now=self.now)
        holds.release_hold(job_id=job, now=self.now)

    def predict(self, days_late: int) -> None:
        self.number += 1
        at = max(self.now - timedelta(days=days_late), START)
        kind = MeteredUsage.Kind.PREDICTIONS
        rate([MeterEvent(kind, "mdl_1", f"{self.number}", NANO_PER_UNIT, "call", at, at)], now=self.now)

    def pass_days(self, days: int) -> None:
        self.now += timedelta(days=days)
        with platform_scope():
            expire_credit(now=self.now)
            month_end.run(calendar=self.now, now=self.now)

    def choose(self, which: int) -> None:
        choose_plan(plan_id=self.plans[which], actor="tests", calendar=self.now, now=self.now)

    def credit_note(self, which: int, units: int) -> None:
        self._correct(corrections.credit, which, amount_micros=units * self.unit, reason="Goodwill", line=None)

    def void(self, which: int, reissue: bool) -> None:
        self._correct(corrections.void, which, reason="Wrong name", reissue=reissue)

    def pay(self, which: int, units: int) -> None:
        self._correct(corrections.pay, which, amount_micros=units * self.unit, reference=new_id("ref"))

    def refund(self, units: int) -> None:
        if 0 < units * self.unit <= most_refundable():
            request_refund(micros=units * self.unit, actor="tests", now=self.now)

    def _correct(self, change: Callable[..., object], which: int, **about: object) -> None:
        found = list(Invoice.objects.exclude(state=Invoice.State.DRAFT).order_by("id"))
        if found:
            change(invoice_id=found[which % len(found)].id, actor="tests", calendar=self.now, now=self.now, **about)


def made(organization: Organization, pool: Pool, currency: str) -> World:
    set_currency(organization_id=organization.id, code=currency, actor="tests", now=START)
    price = {"pool": pool, "currency": currency, "effective_from": START, "created_at": START}
    Price.objects.create(per_slot_second=Decimal("0.012345678"), **price)
    set_meter_price(
        kind="predictions", unit="call", per_unit=Decimal("0.0123456"), currency=currency, effective_from=START,
        actor="tests", now=START,
    )  # fmt: skip
    TaxRate.objects.create(country="FR", percent=Decimal("20"), effective_from=START, created_at=START)
    plans: list[str | None] = [None]
    for name, fee, hours in (("small", 7, 1), ("large", 31, 3)):
        about = {"monthly_fee_micros": fee * UNIT, "included_slot_hours": hours, "currency": currency}
        plans.append(Plan.objects.create(name=name, created_at=START, **about).id)
    with tenant_scope(organization.id):
        parties.set_profile(country="FR", time_zone="America/St_Johns", actor="tests", now=START)
    return World(organization.id, pool.id, currency, plans)


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


@settings(
    max_examples=times(quick=12, full=2_000),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(steps=[("predict", 38), ("pass_days", 13), ("predict", 1), ("void", 0, True)], currency="JPY")
@given(steps=STEPS, currency=st.sampled_from(["EUR", "JPY", "KWD"]))
def test_whatever_comes_in_whatever_order_the_books_are_right(
    organization: Organization, pool: Pool, steps: list[tuple[str, int]], currency: str
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
