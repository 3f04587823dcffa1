"""Overdue invoices in tests: who does not pay them, and a provider that takes no payment."""

from dataclasses import dataclass, field
from datetime import datetime

from tests.support.invoices import close
from trainyard.billing.invoices import closing
from trainyard.billing.invoices.models import Invoice
from trainyard.billing.meters.models import MeteredUsage, MeterPrice
from trainyard.billing.meters.rating import NANO_PER_UNIT, MeterEvent, rate
from trainyard.billing.payments.local import LocalPayments
from trainyard.billing.payments.port import ChargeRequest, PaymentFact, PaymentMethod, PaymentOutcome
from trainyard.billing.wallet.models import BillingAccount
from trainyard.billing.wallet.settings import set_credit_limit
from trainyard.core.tenancy import tenant_scope
from trainyard.tenants.models import Organization

MOST_OWED = 100_000_000


@dataclass
class Declining(LocalPayments):
    """Takes no payment until it is told to; remembers what it was asked for."""

    name: str = "local"
    fact: PaymentFact | None = PaymentFact.FAILED
    asked: list[ChargeRequest] = field(default_factory=list)

    def charge_saved(self, charge: ChargeRequest, method: PaymentMethod) -> PaymentOutcome:
        self.asked.append(charge)
        return PaymentOutcome(f"local_{charge.payment_id}", fact=self.fact, error="declined" if self.fact else "")


def finalized_invoice(
    organization: Organization, *, units: int, currency: str = "USD", method: str = "pm_1", now: datetime
) -> Invoice:
    """One of so many whole units, for predictions at ``now``, finalized at the end of that month and not paid.

    Without a ``method`` the organization has no saved payment method.
    """
    with tenant_scope(organization.id):
        account = {"provider_customer": "cus_1", "payment_method": method, "currency": currency, "created_at": now}
        BillingAccount.objects.get_or_create(organization=organization, defaults=account)
    set_credit_limit(organization_id=organization.id, micros=MOST_OWED, actor="tests", now=now)
    with tenant_scope(organization.id):
        price = MeterPrice(id="price_of_calls", per_unit=units, currency=currency, effective_from=now)
        call = f"call:{now.isoformat()}"
        kind = MeteredUsage.Kind.PREDICTIONS
        rate([MeterEvent(kind, "mdl_1", call, NANO_PER_UNIT, "call", now, now, price=price)], now=now)
        closing.open_first_month(now=now)
    month_end = datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=now.tzinfo)
    return close(organization.id, month_end)[-1]
