"""Invoices of any usage: every charge is on exactly one, and each adds up, however the usage was cut or came."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.support.billing import SECOND, UNIT, balances, credit, keep
from tests.support.invoices import assert_adds_up, close
from trainyard.billing import holds
from trainyard.billing.invoices import corrections, parties
from trainyard.billing.invoices.membership import facts_of
from trainyard.billing.invoices.models import CreditNote, Invoice, TaxRate
from trainyard.billing.invoices.rounding import minor_unit_micros
from trainyard.billing.meters.rating import PICO, rated_amount
from trainyard.billing.models import JournalEntry, Price
from trainyard.billing.wallet.settings import set_currency
from trainyard.core.tenancy import tenant_scope
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 150
FEW = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@contextmanager
def undone() -> Iterator[None]:
    """Ends an example without a trace."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


usage = st.tuples(st.integers(1, DAYS), st.integers(1, 10**9), st.integers(0, 40))
"""Day on which it ended, microseconds, days after which it was booked."""


@FEW
@given(events=st.lists(usage, min_size=1, max_size=8))
def test_every_charge_is_on_exactly_one_invoice(
    organization: Organization, pool: Pool, events: list[tuple[int, int, int]]
) -> None:
    with undone():
        credit(organization.id, 10**6 * UNIT)
        booked = sorted((day + late, day, length, number) for number, (day, length, late) in enumerate(events))
        for on, day, length, number in booked:
            close(organization.id, START + timedelta(days=on))
            with tenant_scope(organization.id):
                began = START + timedelta(days=day) - timedelta(microseconds=length)
                job = f"job_{number}"
                holds.reserve_funds(job_id=job, cap_micros=10**9, backed_micros=0, reserve_micros=0, now=began)
                keep(pool_id=pool.id, begin=0, end=length, job_id=job, training_started_at=began, now=began)
        invoices = close(organization.id, START + timedelta(days=400))
        with tenant_scope(organization.id):
            on_some = [fact.id for invoice in invoices for fact in facts_of(invoice)]
            assert sorted(on_some) == sorted(JournalEntry.objects.filter(kind="usage").values_list("id", flat=True))
            for invoice in invoices:
                assert_adds_up(invoice)
            assert sum(balances().values()) == 0
            assert sum(each.total_micros for each in invoices) == balances()["revenue"] + balances()["rounding"]


@FEW
@given(cuts=st.lists(st.integers(1, 10**8), min_size=1, max_size=6), slots=st.integers(1, 8))
def test_splitting_a_period_changes_no_total(
    organization: Organization, pool: Pool, cuts: list[int], slots: int
) -> None:
    edges = sorted({*cuts, 10**8 + 1})
    charged = []
    for split in (edges, edges[-1:]):
        with undone():
            credit(organization.id, 10**6 * UNIT)
            with tenant_scope(organization.id):
                holds.reserve_funds(job_id="job_1", cap_micros=10**9, backed_micros=0, reserve_micros=0, now=START)
                for end in split:
                    keep(pool_id=pool.id, begin=0, end=end, slots=slots, training_started_at=START, now=START)
            [invoice] = close(organization.id, START + timedelta(days=40))
            charged.append((invoice.total_micros, invoice.rounding_micros))
    assert charged[0] == charged[1]


@FEW
@given(asked=st.lists(st.integers(1, 40), max_size=8))
def test_credit_notes_reconcile(organization: Organization, pool: Pool, asked: list[int]) -> None:
    with undone():
        credit(organization.id, UNIT)
        with tenant_scope(organization.id):
            holds.reserve_funds(job_id="job_1", cap_micros=10**9, backed_micros=0, reserve_micros=0, now=START)
            keep(pool_id=pool.id, begin=0, end=7_770 * SECOND, training_started_at=START, now=START)
        [invoice] = close(organization.id, START + timedelta(days=40))
        given_back = 0
        with tenant_scope(organization.id):
            for cents in asked:
                amount = cents * UNIT // 100
                try:
                    corrections.credit(
                        invoice_id=invoice.id,
                        amount_micros=amount,
                        reason="Goodwill",
                        line=None,
                        actor="tests",
                        calendar=START,
                        now=START,
                    )
                except corrections.BeyondInvoice:
                    assert given_back + amount > invoice.total_micros
                    continue
                given_back += amount
            assert given_back <= invoice.total_micros
            assert balances()["wallet"] == UNIT - invoice.total_micros + given_back
            assert sum(balances().values()) == 0


@FEW
@given(
    asked=st.lists(st.integers(1, 40), max_size=30),
    country=st.sampled_from(["FR", "LU", "US"]),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
)
@example(asked=[2] * 30, country="FR", currency="EUR")
def test_credit_notes_share_the_tax_of_their_invoice(
    organization: Organization, pool: Pool, asked: list[int], country: str, currency: str
) -> None:
    """Each to the smallest unit, whatever was given back before: none gives back tax alone, or less than nothing."""
    with undone():
        taxed(country, organization.id, pool, currency)
        credit(organization.id, 1_000 * UNIT)
        with tenant_scope(organization.id):
            holds.reserve_funds(job_id="job_1", cap_micros=10**9, backed_micros=0, reserve_micros=0, now=START)
            keep(pool_id=pool.id, begin=0, end=77_770 * SECOND, training_started_at=START, now=START)
        [invoice] = close(organization.id, START + timedelta(days=40))
        unit = minor_unit_micros(currency)
        with tenant_scope(organization.id):
            notes = []
            for units in asked:
                with suppress(corrections.BeyondInvoice):
                    notes.append(give_back(invoice, units * unit))
            credited = sum(note.total_micros for note in notes)
            if credited < invoice.total_micros:
                notes.append(give_back(invoice, invoice.total_micros - credited))
            for note in notes:
                exact = Decimal(invoice.tax_micros) * note.total_micros / invoice.total_micros
                assert min(note.net_micros, note.tax_micros) >= 0
                assert abs(note.tax_micros - exact) < unit * Decimal("1.01")
                assert note.tax_micros % unit == note.total_micros % unit == 0
            assert sum(note.tax_micros for note in notes) == invoice.tax_micros
            assert (balances()["wallet"], balances()["tax"]) == (1_000 * UNIT, 0)
            assert sum(balances().values()) == 0


def taxed(country: str, organization_id: str, pool: Pool, currency: str) -> None:
    """Who buys is in ``country``, of which two have a rate, and pays in ``currency``."""
    for of, percent in (("FR", "20"), ("LU", "17.5")):
        TaxRate.objects.create(country=of, percent=Decimal(percent), effective_from=START, created_at=START)
    set_currency(organization_id=organization_id, code=currency, actor="tests", now=START)
    Price.objects.create(
        pool=pool, per_slot_second=Decimal("0.01"), currency=currency, effective_from=START, created_at=START
    )
    with tenant_scope(organization_id):
        parties.set_profile(country=country, actor="tests", now=START)


def give_back(invoice: Invoice, amount_micros: int) -> CreditNote:
    return corrections.credit(
        invoice_id=invoice.id,
        amount_micros=amount_micros,
        reason="Goodwill",
        line=None,
        actor="tests",
        calendar=START,
        now=START,
    )


@given(quantities=st.lists(st.integers(0, 10**15), max_size=30), price=st.integers(0, 10**12))
def test_rounding_of_a_meter_is_that_of_its_sum(quantities: list[int], price: int) -> None:
    charged, carry = 0, 0
    for quantity in quantities:
        amount, carry = rated_amount(quantity_nano=quantity, price_nano=price, carry_pico=carry)
        charged += amount
        assert abs(carry) * 2 <= PICO
    assert charged * PICO + carry == sum(quantities) * price
    assert abs(Decimal(charged) - Decimal(sum(quantities) * price) / PICO) <= Decimal("0.5")
