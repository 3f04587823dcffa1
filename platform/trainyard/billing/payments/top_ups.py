"""Start of a top-up: calls the payment provider, outside any transaction because that may take long."""

from dataclasses import dataclass

from trainyard.billing.payments.adapters import payments
from trainyard.billing.payments.port import ChargeRequest, PaymentOutcome
from trainyard.billing.wallet.currencies import check_payable, currency
from trainyard.core.ids import new_pay_id


@dataclass(frozen=True, slots=True)
class BegunTopUp:
    """The provider's answer to a top-up that is not stored yet."""

    charge: ChargeRequest
    provider: str
    outcome: PaymentOutcome


def check_out(*, micros: int, return_url: str) -> BegunTopUp:
    """Asks the provider for a payment into the wallet of the tenant in context.

    Raises ``InvalidInput`` for an amount that the currency has no coins for, and ``PaymentProviderDown``.
    """
    charged_in = currency()
    check_payable(micros, charged_in)
    charge, provider = ChargeRequest(new_pay_id(), micros, charged_in), payments()
    return BegunTopUp(charge, provider.name, provider.check_out(charge, return_url=return_url))
