"""Payment settings of an organization: automatic top-ups, credit limit, currency."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from trainyard.billing.ledger import Account, lock_books
from trainyard.billing.models import LedgerAccount, LedgerTransaction
from trainyard.billing.wallet.currencies import check_payable, checked_currency, currency
from trainyard.billing.wallet.models import BillingAccount
from trainyard.core import audit
from trainyard.core.errors import Conflict, FieldError, InvalidInput, NotFound
from trainyard.core.tenancy import current_tenant, tenant_scope
from trainyard.tenants.models import Organization

AUTO_TOP_UP = {
    "threshold": "auto_top_up_threshold_micros",
    "amount": "auto_top_up_amount_micros",
    "monthly_limit": "auto_top_up_monthly_limit_micros",
}


class CurrencyInUse(Conflict):
    """Money has moved in the organization's currency, which therefore cannot be changed."""

    code = "currency_in_use"


class OwesMore(Conflict):
    """The organization owes more than the requested credit limit."""

    code = "owes_more"


def wallet_settings() -> Mapping[str, Any]:
    """Wallet settings of the tenant in context."""
    return _shown(BillingAccount.objects.first() or BillingAccount(currency=currency()))


@transaction.atomic
def change_settings(*, actor: str, now: datetime, **changes: Any) -> Mapping[str, Any]:
    """Sets ``auto_top_up`` (threshold, amount and monthly limit, or ``None``), ``auto_resume`` and
    ``low_balance_micros``, as far as given.

    Raises ``InvalidInput`` for a monthly limit below one top-up, and for an amount that nobody can pay.
    """
    lock_books()
    account = _account(now=now)
    before = _shown(account)
    if "auto_top_up" in changes:
        wanted = changes.pop("auto_top_up")
        if wanted is not None:
            check_payable(wanted["amount"], account.currency, field="auto_top_up.amount")
        if wanted is not None and wanted["monthly_limit"] < wanted["amount"]:
            message = "The monthly limit does not allow one top-up."
            raise InvalidInput(message, errors=(FieldError("auto_top_up.monthly_limit", "invalid", message),))
        for name, column in AUTO_TOP_UP.items():
            setattr(account, column, None if wanted is None else wanted[name])
    if changes.get("low_balance_micros", account.low_balance_micros) != account.low_balance_micros:
        account.low_balance_told = False  # another threshold is another crossing
    for name, value in changes.items():
        setattr(account, name, value)
    account.save()
    after = _shown(account)
    audit.record(
        actor=actor,
        action="wallet.settings",
        target=account.organization_id,
        organization_id=account.organization_id,
        now=now,
        before=before,
        after=after,
    )
    return after


@transaction.atomic
def set_currency(*, organization_id: str, code: str, actor: str, now: datetime) -> str:
    """The currency of an organization that has moved no money. Raises ``InvalidInput`` and ``CurrencyInUse``."""
    checked_currency(code)
    _require_organization(organization_id)
    with tenant_scope(organization_id):
        lock_books()
        account = _account(now=now)
        before = account.currency
        if before != code and LedgerTransaction.objects.exists():
            raise CurrencyInUse(f"The organization has moved money in {before}, which cannot be converted.")
        LedgerAccount.objects.update(currency=code)
        BillingAccount.objects.update(currency=code)
    audit.record(
        actor=actor,
        action="billing.currency",
        target=organization_id,
        organization_id=organization_id,
        now=now,
        before={"currency": before},
        after={"currency": code},
    )
    return code


@transaction.atomic
def set_credit_limit(*, organization_id: str, micros: int, actor: str, now: datetime) -> int:
    """How far below zero the wallet of an organization that is trusted may go: it pays afterwards.

    Raises ``NotFound``, and ``OwesMore`` for less than it owes already.
    """
    _require_organization(organization_id)
    with tenant_scope(organization_id):
        wallet = lock_books()[Account.WALLET]
        if wallet.balance_micros < -micros:
            raise OwesMore("The organization owes more than that already.")
        LedgerAccount.objects.filter(pk=wallet.pk).update(credit_limit_micros=micros)
    audit.record(
        actor=actor,
        action="billing.credit_limit",
        target=organization_id,
        organization_id=organization_id,
        now=now,
        before={"credit_limit_micros": wallet.credit_limit_micros},
        after={"credit_limit_micros": micros},
    )
    return micros


def _require_organization(organization_id: str) -> None:
    if not Organization.objects.filter(id=organization_id).exists():
        raise NotFound("There is no organization by that id.")


def _account(*, now: datetime) -> BillingAccount:
    account, _ = BillingAccount.objects.get_or_create(
        organization_id=current_tenant(), defaults={"currency": currency(), "created_at": now}
    )
    return account


def _shown(account: BillingAccount) -> dict[str, Any]:
    is_on = account.auto_top_up_threshold_micros is not None
    return {
        "auto_top_up": {column: getattr(account, column) for column in AUTO_TOP_UP.values()} if is_on else None,
        "auto_resume": account.auto_resume,
        "low_balance_micros": account.low_balance_micros,
        "has_payment_method": bool(account.payment_method),
        "currency": account.currency,
    }
