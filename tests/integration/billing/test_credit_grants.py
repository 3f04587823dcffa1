"""Credit: what is used first, what expires, and that the grants always add up to the wallet."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from tests.support.billing import NOW, SECOND, assert_books_are_right, balances, keep
from trainyard.billing import holds
from trainyard.billing.books_check import check_books
from trainyard.billing.ledger import InsufficientFunds
from trainyard.billing.models import CreditGrant, CreditMovement, LedgerAccount
from trainyard.billing.queries import wallet
from trainyard.billing.wallet import settings
from trainyard.billing.wallet.granting import expire_credit, grant_credit
from trainyard.billing.wallet.settings import CurrencyInUse, OwesMore
from trainyard.core.errors import InvalidInput
from trainyard.core.tenancy import platform_scope
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization

DAY = timedelta(days=1)
PER_SECOND = 100


def give(organization: Organization, micros: int, kind: str = "promotional", **terms: Any) -> None:
    grant_credit(
        organization_id=organization.id,
        amount_micros=micros,
        kind=kind,
        actor="tests",
        now=terms.pop("now", NOW),
        **terms,
    )


def remaining() -> list[int]:
    return list(CreditGrant.objects.order_by("id").values_list("remaining_micros", flat=True))


def use(pool: Pool, micros: int) -> None:
    holds.reserve_funds(job_id="job_1", cap_micros=micros, now=NOW)
    assert keep(pool_id=pool.id, begin=0, end=micros // PER_SECOND * SECOND) == micros


def test_credit_is_used_by_priority_then_expiry_then_age(in_tenant: Organization, pool: Pool) -> None:
    give(in_tenant, 1_000, "payment")
    give(in_tenant, 1_000)
    give(in_tenant, 1_000, expires_at=NOW + 2 * DAY)
    give(in_tenant, 1_000, expires_at=NOW + DAY)
    give(in_tenant, 1_000)
    give(in_tenant, 1_000, "payment", priority=0)
    use(pool, 4_500)
    assert remaining() == [1_000, 0, 0, 0, 500, 0]
    assert_books_are_right()


def test_what_a_job_holds_uses_nothing_up(in_tenant: Organization) -> None:
    give(in_tenant, 1_000)
    holds.reserve_funds(job_id="job_1", cap_micros=1_000, now=NOW)
    assert remaining() == [1_000]
    assert (wallet().available_micros, wallet().promotional_micros) == (0, 1_000)


def test_the_wallet_says_what_it_is_made_of(in_tenant: Organization) -> None:
    give(in_tenant, 700, "payment")
    give(in_tenant, 200, expires_at=NOW + DAY)
    give(in_tenant, 100, expires_at=NOW + DAY)
    give(in_tenant, 50, expires_at=NOW + 2 * DAY)
    shown = wallet()
    assert (shown.paid_micros, shown.promotional_micros, shown.available_micros) == (700, 350, 1_050)
    assert shown.next_expiry is not None
    assert (shown.next_expiry.at, shown.next_expiry.micros) == (NOW + DAY, 300)


def test_expired_credit_goes_back_where_it_came_from_once(in_tenant: Organization) -> None:
    give(in_tenant, 1_000, expires_at=NOW + DAY)
    give(in_tenant, 500, "payment")
    assert expire_credit(now=NOW + DAY - timedelta(microseconds=1)) == 0
    assert [expire_credit(now=NOW + DAY) for _ in range(2)] == [1, 0]
    assert (balances()["wallet"], balances()["promotions"], remaining()) == (500, 0, [0, 500])
    assert_books_are_right()


def test_what_a_job_holds_does_not_expire_under_it(in_tenant: Organization, pool: Pool) -> None:
    give(in_tenant, 1_000, expires_at=NOW + DAY)
    holds.reserve_funds(job_id="job_1", cap_micros=600, now=NOW)
    assert expire_credit(now=NOW + 2 * DAY) == 1
    assert (balances()["wallet"], balances()["held"], remaining()) == (0, 600, [600])
    assert keep(pool_id=pool.id, begin=0, end=2 * SECOND, now=NOW + 2 * DAY) == 200
    holds.release_hold(job_id="job_1", now=NOW + 2 * DAY)
    assert expire_credit(now=NOW + 2 * DAY) == 1
    assert (balances()["wallet"], balances()["revenue"], remaining()) == (0, 200, [0])
    assert_books_are_right()


@pytest.mark.parametrize("terms", [{"expires_at": NOW}, {"priority": -1}, {"priority": 1_001}])
def test_impossible_credit_changes_nothing(in_tenant: Organization, terms: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        give(in_tenant, 1_000, **terms)
    assert not CreditGrant.objects.exists()


class TestPayingAfterwards:
    def test_a_wallet_goes_as_far_below_zero_as_its_limit_and_not_a_micro_unit_further(
        self, in_tenant: Organization, pool: Pool
    ) -> None:
        settings.set_credit_limit(organization_id=in_tenant.id, micros=1_000, actor="tests", now=NOW)
        give(in_tenant, 500)
        with pytest.raises(InsufficientFunds):
            holds.reserve_funds(job_id="job_1", cap_micros=1_501, now=NOW)
        use(pool, 1_500)
        assert (balances()["wallet"], remaining(), wallet().owed_micros) == (-1_000, [0], 1_000)
        assert_books_are_right()

    def test_the_database_refuses_what_goes_beyond(self, in_tenant: Organization) -> None:
        settings.set_credit_limit(organization_id=in_tenant.id, micros=1_000, actor="tests", now=NOW)
        with pytest.raises(IntegrityError), transaction.atomic():
            LedgerAccount.objects.filter(kind="wallet").update(balance_micros=-1_001)
        with pytest.raises(IntegrityError), transaction.atomic():
            LedgerAccount.objects.filter(kind="held").update(credit_limit_micros=1)

    def test_new_credit_pays_what_is_owed_first(self, in_tenant: Organization, pool: Pool) -> None:
        settings.set_credit_limit(organization_id=in_tenant.id, micros=1_000, actor="tests", now=NOW)
        use(pool, 1_000)
        give(in_tenant, 1_200, "payment")
        assert (balances()["wallet"], wallet().paid_micros, wallet().owed_micros) == (200, 200, 0)
        assert_books_are_right()

    def test_a_limit_below_what_is_owed_is_refused(self, in_tenant: Organization, pool: Pool) -> None:
        settings.set_credit_limit(organization_id=in_tenant.id, micros=1_000, actor="tests", now=NOW)
        use(pool, 800)
        with pytest.raises(OwesMore):
            settings.set_credit_limit(organization_id=in_tenant.id, micros=799, actor="tests", now=NOW)
        settings.set_credit_limit(organization_id=in_tenant.id, micros=800, actor="tests", now=NOW)


def test_a_currency_is_chosen_before_money_moves_and_never_after(organization: Organization) -> None:
    def choose(code: str) -> None:
        settings.set_currency(organization_id=organization.id, code=code, actor="tests", now=NOW)

    choose("EUR")
    give(organization, 1_000)
    with pytest.raises(CurrencyInUse):
        choose("USD")
    with pytest.raises(InvalidInput) as refusal:
        choose("DOG")
    assert refusal.value.errors[0].code == "unknown_currency"


def test_a_grant_that_does_not_add_up_is_found(in_tenant: Organization, pool: Pool) -> None:
    give(in_tenant, 1_000)
    with platform_scope():
        assert list(check_books()) == []
        CreditGrant.objects.update(remaining_micros=999)
        assert [finding.rule for finding in check_books()] == ["credit_kept"]


def test_what_moved_a_grant_is_never_changed(in_tenant: Organization, pool: Pool) -> None:
    give(in_tenant, 1_000)
    use(pool, 500)
    with pytest.raises(DatabaseError), transaction.atomic():
        CreditMovement.objects.update(amount_micros=-1)
    assert Decimal(CreditMovement.objects.get().amount_micros) == -500
