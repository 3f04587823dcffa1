"""Creation of promo codes, and redemption once per organization."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from trainyard.billing.ledger import Account, lock_books
from trainyard.billing.models import LedgerTransaction
from trainyard.billing.promotions.models import PromoCode, PromoRedemption
from trainyard.billing.wallet.currencies import checked_currency, default_currency
from trainyard.billing.wallet.granting import grant_credit
from trainyard.core import audit
from trainyard.core.errors import Conflict, FieldError, InvalidInput
from trainyard.core.tenancy import current_tenant


class PromoCodeExists(Conflict):
    """A promo code of this name exists already."""

    code = "promo_code_exists"


class PromoCodeRedeemed(Conflict):
    """The organization has redeemed this promo code before."""

    code = "promo_code_redeemed"


class PromoCodeInvalid(InvalidInput):
    """The promo code does not exist, has expired, is used up or is for another currency."""

    code = "promo_code_invalid"


def promo_codes() -> QuerySet[PromoCode]:
    """All of them, for operators."""
    return PromoCode.objects.all()


@transaction.atomic
def create_promo_code(
    *,
    code: str,
    amount_micros: int,
    actor: str,
    now: datetime,
    currency: str | None = None,
    max_redemptions: int | None = None,
    credit_days: int | None = None,
    ends_at: datetime | None = None,
) -> PromoCode:
    """A code worth ``amount_micros`` of promotional credit, which expires ``credit_days`` after it was redeemed.

    Raises ``PromoCodeExists``, and ``InvalidInput`` for an unknown currency.
    """
    try:
        with transaction.atomic():
            promo = PromoCode.objects.create(
                code=code.upper(),
                amount_micros=amount_micros,
                currency=checked_currency(currency or default_currency()),
                max_redemptions=max_redemptions,
                credit_days=credit_days,
                ends_at=ends_at,
                created_at=now,
            )
    except IntegrityError:
        raise PromoCodeExists(f"There is a promo code {code.upper()} already.") from None
    audit.record(
        actor=actor,
        action="promo_code.create",
        target=promo.id,
        now=now,
        after={"code": promo.code, "amount_micros": amount_micros, "max_redemptions": max_redemptions},
    )
    return promo


@transaction.atomic
def redeem(*, code: str, actor: str, now: datetime) -> LedgerTransaction:
    """Grants the tenant in context what ``code`` is worth, once ever.

    Raises ``PromoCodeRedeemed`` and ``PromoCodeInvalid``, which does not tell why: codes are not to be guessed.
    """
    books = lock_books()
    promo = PromoCode.objects.filter(code=code.strip().upper(), currency=books[Account.WALLET].currency).first()
    if promo is None:
        raise _invalid()
    if PromoRedemption.objects.filter(promo_code=promo).exists():
        raise PromoCodeRedeemed("Your organization has redeemed this promo code.")
    usable = PromoCode.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now), id=promo.id)
    within = Q(max_redemptions=None) | Q(redemptions__lt=F("max_redemptions"))
    if usable.filter(within).update(redemptions=F("redemptions") + 1) != 1:
        raise _invalid()
    PromoRedemption.objects.create(promo_code=promo, redeemed_by=actor, created_at=now)
    return grant_credit(
        organization_id=current_tenant(),
        amount_micros=promo.amount_micros,
        kind="promotional",
        expires_at=None if promo.credit_days is None else now + timedelta(days=promo.credit_days),
        dedupe_key=f"promo:{promo.id}",
        actor=actor,
        now=now,
    )


def _invalid() -> PromoCodeInvalid:
    message = "This promo code is not valid."
    return PromoCodeInvalid(message, errors=(FieldError("code", "promo_code_invalid", message),))
