"""Which payment provider this platform has."""

from trainyard.billing.payments.local import LocalPayments
from trainyard.billing.payments.port import Payments


def payments() -> Payments:
    """The provider of new payments."""
    return LocalPayments()
