"""Local payment adapter: settles every payment at once and charges nobody, for platforms without real payments."""

from collections.abc import Iterator
from datetime import datetime

from trainyard.billing.payments.port import (
    ChargeRequest,
    ForgedNotice,
    Notice,
    PaymentFact,
    PaymentMethod,
    PaymentOutcome,
)


class LocalPayments:
    name = "local"

    def check_out(self, charge: ChargeRequest, *, return_url: str) -> PaymentOutcome:
        return PaymentOutcome(f"local_{charge.payment_id}", fact=PaymentFact.SETTLED)

    def charge_saved(self, charge: ChargeRequest, method: PaymentMethod) -> PaymentOutcome:
        return PaymentOutcome(f"local_{charge.payment_id}", fact=PaymentFact.SETTLED)

    def refund(self, *, refund_id: str, payment_reference: str, micros: int, currency: str) -> PaymentOutcome:
        return PaymentOutcome(f"local_{refund_id}", fact=PaymentFact.SETTLED)

    def read(self, body: bytes, signature: str) -> Notice | None:
        raise ForgedNotice("Local payments send no notices.")

    def undelivered(self, *, since: datetime) -> Iterator[Notice]:
        return iter(())
