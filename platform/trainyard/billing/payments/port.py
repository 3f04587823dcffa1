"""The payment port: what the platform asks of whoever moves real money."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from trainyard.core.errors import InvalidInput, TrainyardError


class PaymentProviderDown(TrainyardError):
    """The payment provider does not answer; nothing was charged."""

    status = 503
    code = "payment_provider_unavailable"


class PaymentRefused(InvalidInput):
    """The payment provider does not take such a payment; nothing was charged."""

    code = "payment_refused"


class PaymentFact(StrEnum):
    """What a provider can tell of a payment."""

    SETTLED = "settled"
    FAILED = "failed"
    REVERSED = "reversed"
    REINSTATED = "reinstated"


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """``micros`` of ``currency`` asked for as payment ``payment_id``, by which a repetition is known."""

    payment_id: str
    micros: int
    currency: str


@dataclass(frozen=True, slots=True)
class PaymentOutcome:
    """What the provider made of a request: by which name it knows it, where a person goes on, and what is known yet."""

    reference: str
    url: str = ""
    fact: PaymentFact | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """What a customer has left with the provider, to be charged while they are away."""

    customer: str
    method: str


@dataclass(frozen=True, slots=True)
class PaymentNotice:
    """One event of a provider about a payment, by the provider's clock.

    What is taken back or reinstated are ``micros`` of it, or all without, by the name ``chargeback`` at the provider.
    """

    payment_id: str
    fact: PaymentFact
    at: datetime
    reference: str = ""
    error: str = ""
    left_method: PaymentMethod | None = None
    chargeback: str = ""
    micros: int | None = None


@dataclass(frozen=True, slots=True)
class RefundNotice:
    """One event of a provider about a refund, which has ended."""

    refund_id: str
    succeeded: bool
    reference: str = ""
    error: str = ""


Notice = PaymentNotice | RefundNotice


class Payments(Protocol):
    """Asking twice for one payment or refund asks once. None of it is called inside a transaction."""

    name: str

    def check_out(self, charge: ChargeRequest, *, return_url: str) -> PaymentOutcome:
        """Begins a payment that a person makes. Raises ``PaymentRefused`` and ``PaymentProviderDown``."""

    def charge_saved(self, charge: ChargeRequest, method: PaymentMethod) -> PaymentOutcome:
        """Takes a payment by a saved method, with nobody there. Raises ``PaymentProviderDown``."""

    def refund(self, *, refund_id: str, payment_reference: str, micros: int, currency: str) -> PaymentOutcome:
        """Sends a part of a payment back. Raises ``PaymentProviderDown``."""

    def read(self, body: bytes, signature: str) -> Notice | None:
        """The notice in a webhook's body; ``None`` for what does not matter. Raises ``ForgedNotice``."""

    def undelivered(self, *, since: datetime) -> Iterator[Notice]:
        """What the provider wanted to tell since then and could not. Raises ``PaymentProviderDown``."""


class ForgedNotice(TrainyardError):
    """A payment notice without the payment provider's signature."""

    status = 400
    code = "invalid_signature"
