"""Dunning on the calendar: retries after 1, 3, 5 and 7 days, then no new jobs, then running ones stop."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core import mail

from tests.support.billing import UNIT, balances, credit
from tests.support.dunning import Declining
from tests.support.jobs import Bench, make_version, make_worker
from tests.support.platform import Caller
from trainyard.billing.dunning import operations as dunning
from trainyard.billing.dunning.queries import own_case
from trainyard.billing.invoices import closing, corrections
from trainyard.billing.invoices.models import Invoice
from trainyard.billing.meters.models import MeteredUsage, MeterPrice
from trainyard.billing.meters.rating import MeterEvent, rate
from trainyard.billing.models import BillingAccount, LedgerTransaction, Payment
from trainyard.billing.payments.operations import record_notice
from trainyard.billing.payments.port import PaymentFact, PaymentNotice
from trainyard.billing.wallet.settings import set_credit_limit
from trainyard.core.models import DomainEvent
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.accounting.overdue import PaymentOverdue
from trainyard.jobs.reconcile import funded_resume, overdue_stop
from trainyard.pools.models import Pool
from trainyard.tenants.models import Membership, Organization, Role, User
from trainyard_spec.webhook_events import WebhookEvent

MARCH = datetime.fromisoformat("2026-03-02T12:00:00+00:00")


Day = Callable[[float], int]


@pytest.fixture
def provider() -> Declining:
    return Declining()


@pytest.fixture
def bench(organization: Organization, pool: Pool) -> Bench:
    """Nothing in its wallet; it may owe 5.00 and has a saved payment method."""
    set_credit_limit(organization_id=organization.id, micros=5 * UNIT, actor="tests", now=MARCH)
    with tenant_scope(organization.id):
        BillingAccount.objects.create(
            organization=organization,
            currency="USD",
            provider_customer="cus_1",
            payment_method="pm_1",
            auto_resume=True,
            created_at=MARCH,
        )
    return Bench(organization, pool, make_worker(pool, now=MARCH).worker, make_version(organization), now=MARCH)


@pytest.fixture
def invoice(bench: Bench) -> Invoice:
    """3.00, due on April 15."""
    with tenant_scope(bench.organization.id):
        price = MeterPrice(id="price_of_calls", per_unit=3, effective_from=MARCH)
        event = MeterEvent(MeteredUsage.Kind.PREDICTIONS, "mdl_1", "call", 10**9, "call", MARCH, MARCH, price=price)
        rate([event], now=MARCH)
        closing.open_first_month(now=MARCH)
        closing.close_months(organization_id=bench.organization.id, calendar=_april(1), now=MARCH)
        found = Invoice.objects.get(finalized_at__isnull=False)
    assert (found.due_micros, found.due_at) == (3 * UNIT, _april(15))
    return found


@pytest.fixture
def day(bench: Bench, provider: Declining, invoice: Invoice) -> Day:
    """Lets dunning run, twice, so many days after the invoice was due."""

    def run(days: float) -> int:
        at = _april(15) + timedelta(days=days)
        return sum(dunning.run(provider=provider, calendar=at, now=bench.now) for _ in range(2))

    return run


def test_a_payment_is_tried_again_after_1_3_5_and_7_days(
    bench: Bench, provider: Declining, day: Day, invoice: Invoice
) -> None:
    assert [day(days) for days in (-1, 0, 0.9, 1, 2, 3, 4.9, 5, 6, 7, 7.5)] == [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0]
    assert {(charge.micros, charge.currency) for charge in provider.asked} == {(3 * UNIT, "USD")}
    assert len({charge.payment_id for charge in provider.asked}) == 5
    told = DomainEvent.objects.filter(type=WebhookEvent.INVOICE_OVERDUE)
    assert [event.data["stage"] for event in told] == ["retrying"] * 5


def test_then_nothing_new_starts_and_then_what_runs_stops_with_a_checkpoint(
    bench: Bench, day: Day, provider: Declining, owner: Caller, outsider: Caller
) -> None:
    run = bench.run(limits={"max_cost": "1.00"})
    waiting = bench.submit(limits={"max_cost": "1.00"})
    day(7)
    assert owner.get("/overdue").json()["overdue"]["stage"] == "retrying"
    day(8)
    with pytest.raises(PaymentOverdue):
        bench.submit(limits={"max_cost": "1.00"})
    assert bench.claim(make_worker(bench.pool, name="free", now=bench.now).worker) is None
    waiting.refresh_from_db()
    assert (waiting.state, waiting.reason) == ("paused", "payment_overdue")
    assert overdue_stop.stop_jobs(now=bench.now) == 0
    day(10)
    assert overdue_stop.stop_jobs(now=bench.now) == 1
    assert overdue_stop.stop_jobs(now=bench.now) == 0
    assert run.train(10, step=10) == "stop_with_checkpoint"
    run.checkpoint(10)
    run.finish()
    assert (run.job.state, run.job.reason) == ("paused", "payment_overdue")
    shown = owner.get("/overdue").json()["overdue"]
    assert (shown["stage"], shown["next_at"]) == ("jobs_stopped", None)
    assert outsider.get("/overdue").json() == {"overdue": None}


def test_the_next_credit_pays_the_invoice_and_jobs_go_on(bench: Bench, day: Day, invoice: Invoice) -> None:
    run = bench.run(limits={"max_cost": "1.00"})
    day(10)
    overdue_stop.stop_jobs(now=bench.now)
    run.train(10, step=10)
    run.checkpoint(10)
    run.finish()
    assert funded_resume.resume_funded(now=bench.now) == 0
    credit(bench.organization.id, 4 * UNIT)
    day(10.1)
    invoice.refresh_from_db()
    assert (invoice.state, invoice.paid_micros) == ("paid", 3 * UNIT)
    with tenant_scope(bench.organization.id):
        assert own_case() is None
        assert balances()["receivable"] == 0
    assert funded_resume.resume_funded(now=bench.now) == 1
    resumed = bench.claim()
    assert resumed is not None
    assert resumed.claim.resume is not None
    assert resumed.claim.resume.step == 10


def test_a_payment_that_is_taken_pays_the_invoice_once(
    bench: Bench, provider: Declining, day: Day, invoice: Invoice
) -> None:
    provider.fact = PaymentFact.SETTLED
    day(0)
    day(1)
    invoice.refresh_from_db()
    assert (invoice.state, len(provider.asked)) == ("paid", 1)
    with tenant_scope(bench.organization.id):
        assert (balances()["receivable"], balances()["wallet"], balances()["payments"]) == (0, 0, -3 * UNIT)
        assert sum(balances().values()) == 0


def test_while_a_payment_is_pending_no_step_is_taken(
    bench: Bench, provider: Declining, day: Day, invoice: Invoice
) -> None:
    provider.fact = None
    assert [day(days) for days in (0, 1, 8, 30)] == [1, 0, 0, 0]
    assert len(provider.asked) == 1
    [charge] = provider.asked
    record_notice(PaymentNotice(charge.payment_id, PaymentFact.SETTLED, bench.now), now=bench.now)
    record_notice(PaymentNotice(charge.payment_id, PaymentFact.SETTLED, bench.now), now=bench.now)
    invoice.refresh_from_db()
    assert invoice.state == "paid"


def test_a_payment_settled_then_failed_then_the_invoice_is_not_void(
    bench: Bench, provider: Declining, day: Day, invoice: Invoice
) -> None:
    provider.fact = PaymentFact.SETTLED
    day(0)
    later = bench.now + timedelta(days=2)
    record_notice(PaymentNotice(provider.asked[0].payment_id, PaymentFact.FAILED, later), now=later)
    with tenant_scope(bench.organization.id):
        assert Payment.objects.get().state == "reversed"
        assert balances()["chargeback"] == -3 * UNIT
        with pytest.raises(corrections.InvoiceCredited):
            corrections.void(invoice_id=invoice.id, reason="x", reissue=False, actor="tests", calendar=later, now=later)
        credit(bench.organization.id, 3 * UNIT)
        assert (balances()["chargeback"], balances()["wallet"]) == (0, 0)
        assert set(LedgerTransaction.objects.values_list("kind", flat=True)) >= {"payment", "reversal"}
        assert sum(balances().values()) == 0


def test_a_void_invoice_is_dunned_no_more(bench: Bench, provider: Declining, day: Day, invoice: Invoice) -> None:
    day(8)
    with tenant_scope(bench.organization.id):
        corrections.void(
            invoice_id=invoice.id, reason="x", reissue=False, actor="tests", calendar=_april(24), now=bench.now
        )
        assert own_case() is None
    assert day(30) == 0
    assert bench.submit(limits={"max_cost": "1.00"}).state == "queued"


def test_the_credit_limit_counts_what_was_invoiced_and_is_not_paid(
    bench: Bench, invoice: Invoice, owner: Caller
) -> None:
    assert owner.get("/wallet").json()["available"] == "2.000000"
    with pytest.raises(Exception, match=r"2\.000000 USD is available"):
        bench.submit(limits={"max_cost": "2.50"})
    bench.submit(limits={"max_cost": "2.00"})


def test_those_who_pay_are_told_by_mail(
    bench: Bench, day: Day, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    user = User.objects.create(email="billing@example.org", created_at=MARCH)
    Membership.objects.create(organization=bench.organization, user=user, role=Role.BILLING, created_at=MARCH)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        day(8)
    assert [message.to for message in mail.outbox] == [["billing@example.org"]] * 6


def _april(day: int) -> datetime:
    return datetime.fromisoformat(f"2026-04-{day:02}T00:00:00+00:00")
