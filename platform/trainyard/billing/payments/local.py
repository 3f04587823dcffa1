"""Local payments: settled at once and by nobody, for a platform that charges no one real money."""

from collections.abc import Iterator
from datetime import datetime

from trainyard.billing.payments.port import Charge, Fact, ForgedNotice, Notice, Outcome, PaymentMethod


class LocalPayments:
    name = "local"

    def check_out(self, charge: Charge, *, return_url: str) -> Outcome:
        return Outcome(f"local_{charge.payment_id}", fact=Fact.SETTLED)

    def charge_saved(self, charge: Charge, method: PaymentMethod) -> Outcome:
        return Outcome(f"local_{charge.payment_id}", fact=Fact.SETTLED)

    def refund(self, *, refund_id: str, payment_reference: str, micros: int, currency: str) -> Outcome:
        return Outcome(f"local_{refund_id}", fact=Fact.SETTLED)

    def read(self, body: bytes, signature: str) -> Notice | None:
        raise ForgedNotice("Local payments send no notices.")

    def undelivered(self, *, since: datetime) -> Iterator[Notice]:
        return iter(())
