"""Currency of an organization's books: that of its billing account, else the platform's default."""

from collections.abc import Collection, Iterable

from django.conf import settings
from django.db.models import QuerySet
from iso4217 import Currency

from trainyard.billing.wallet.models import BillingAccount
from trainyard.core.errors import FieldError, InvalidInput
from trainyard.core.money import format_micros
from trainyard.core.tenancy import current_tenant

DECIMALS: dict[str, int] = {each.code: each.exponent for each in Currency if each.exponent is not None}
"""Currencies of ISO 4217 that are money, with the decimals of their smallest unit."""


def default_currency() -> str:
    """The currency of organizations that were given none, as ``TRAINYARD_CURRENCY`` names it."""
    name: str = settings.ENVIRONMENT.currency
    return name


def currency() -> str:
    """The currency of the tenant in context."""
    return currencies_of([current_tenant()])[current_tenant()]


def currencies_of(organization_ids: Collection[str]) -> dict[str, str]:
    """The currency of each of ``organization_ids``, in one query."""
    return currencies_with(chosen_currencies(organization_ids), organization_ids)


def chosen_currencies(organization_ids: Collection[str]) -> QuerySet[BillingAccount, tuple[str, str]]:
    """What ``currencies_of`` reads: the organizations that have one of their own, each with it."""
    accounts = BillingAccount.across_tenants.filter(organization_id__in=set(organization_ids))
    return accounts.values_list("organization_id", "currency")


def currencies_with(found: Iterable[tuple[str, str]], organization_ids: Collection[str]) -> dict[str, str]:
    """``currencies_of`` of what ``chosen_currencies`` found."""
    chosen = dict(found)
    return {organization_id: chosen.get(organization_id, default_currency()) for organization_id in organization_ids}


def checked_currency(code: str, *, field: str = "currency") -> str:
    """``code``, which is a currency of ISO 4217. Raises ``InvalidInput``."""
    if code not in DECIMALS:
        message = f"{code} is no currency of ISO 4217."
        raise InvalidInput(message, errors=(FieldError(field, "unknown_currency", message),))
    return code


def check_payable(micros: int, code: str, *, field: str = "amount") -> None:
    """Raises ``InvalidInput`` for an amount that the currency has no coins for: nobody can pay it, or be paid it."""
    smallest = smallest_unit_micros(code)
    if micros % smallest:
        message = f"{code} is paid in units of {format_micros(smallest)}."
        raise InvalidInput(message, errors=(FieldError(field, "over_precise", message),))


def smallest_unit_micros(code: str) -> int:
    """The smallest amount of a currency that can be paid, such as a cent, in micro-units."""
    micros: int = 10 ** (6 - DECIMALS[code])
    return micros
