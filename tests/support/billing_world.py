"""One organization whose money moves in every way that there is, for tests that take these ways in any order."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from tests.support.billing import UNIT, keep
from trainyard.billing import holds
from trainyard.billing.invoices import corrections, month_end, parties
from trainyard.billing.invoices.models import Invoice, TaxRate
from trainyard.billing.invoices.rounding import minor_unit_micros
from trainyard.billing.meters.models import MeteredUsage
from trainyard.billing.meters.prices import set_meter_price
from trainyard.billing.meters.rating import NANO_PER_UNIT, MeterEvent, rate
from trainyard.billing.models import Payment, Price, Refund
from trainyard.billing.payments.auto_top_up import run_auto_top_ups
from trainyard.billing.payments.local import LocalPayments
from trainyard.billing.payments.operations import begin_top_up, record_notice
from trainyard.billing.payments.port import (
    ChargeRequest,
    PaymentFact,
    PaymentMethod,
    PaymentNotice,
    PaymentOutcome,
    RefundNotice,
)
from trainyard.billing.payments.queries import most_refundable
from trainyard.billing.payments.refunds import record_refund_notice, request_refund
from trainyard.billing.payments.top_ups import BegunTopUp
from trainyard.billing.plans.models import Plan
from trainyard.billing.plans.operations import choose_plan
from trainyard.billing.wallet.granting import expire_credit, grant_credit
from trainyard.billing.wallet.settings import change_settings, set_currency
from trainyard.core.ids import new_id
from trainyard.core.tenancy import platform_scope, tenant_scope
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization

START = datetime(2026, 1, 1, tzinfo=UTC)
AUTO_TOP_UP_UNITS = 700
AUTO_TOP_UPS_A_MONTH = 2


class Bank(LocalPayments):
    """Answers every automatic top-up with one fact, or, with none, is slow."""

    def __init__(self, fact: PaymentFact | None) -> None:
        self.fact = fact

    def charge_saved(self, charge: ChargeRequest, method: PaymentMethod) -> PaymentOutcome:
        return PaymentOutcome(f"ref_{charge.payment_id}", fact=self.fact)


@dataclass
class World:
    """One organization, and the time."""

    organization_id: str
    pool_id: str
    currency: str
    plans: list[str | None]
    now: datetime = START + timedelta(days=9)
    number: int = 0
    disputed: list[tuple[str, str]] = field(default_factory=list)
    """Payments and what their banks call what they take back."""

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

    def auto_top_up(self, fact: PaymentFact | None) -> None:
        with platform_scope():
            run_auto_top_ups(provider=Bank(fact), now=self.now)

    def hear(self, which: int, fact: PaymentFact) -> None:
        """That a payment was settled or failed, whatever was heard of it before."""
        if (payment := self._payment(which)) is not None:
            record_notice(PaymentNotice(payment.id, fact, self.now), now=self.now)

    def dispute(self, which: int, units: int) -> None:
        if (payment := self._payment(which)) is not None:
            self.disputed.append((payment.id, f"dp_{len(self.disputed)}"))
            self._bank(self.disputed[-1], PaymentFact.REVERSED, micros=units * self.unit)

    def reinstate(self, which: int) -> None:
        if self.disputed:
            self._bank(self.disputed[which % len(self.disputed)], PaymentFact.REINSTATED)

    def end_refund(self, which: int, succeeded: bool) -> None:
        if found := list(Refund.objects.order_by("id")):
            record_refund_notice(RefundNotice(found[which % len(found)].id, succeeded), now=self.now)

    def _bank(self, disputed: tuple[str, str], fact: PaymentFact, *, micros: int | None = None) -> None:
        payment_id, name = disputed
        record_notice(PaymentNotice(payment_id, fact, self.now, chargeback=name, micros=micros), now=self.now)

    def _payment(self, which: int) -> Payment | None:
        found = list(Payment.objects.order_by("id"))
        return found[which % len(found)] if found else None


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
        amount = AUTO_TOP_UP_UNITS * minor_unit_micros(currency)
        wanted = {"threshold": 3 * amount, "amount": amount, "monthly_limit": AUTO_TOP_UPS_A_MONTH * amount}
        change_settings(auto_top_up=wanted, actor="tests", now=START)
    return World(organization.id, pool.id, currency, plans)
