"""The payment port: the interface to payment providers."""

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
    """The payment provider refuses the payment; nothing was charged."""

    code = "payment_refused"


class PaymentFact(StrEnum):
    """Kinds of events that a provider reports about a payment."""

    SETTLED = "settled"
    FAILED = "failed"
    REVERSED = "reversed"
    REINSTATED = "reinstated"


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """Request to charge ``micros`` of ``currency`` for payment ``payment_id``, which also serves as idempotency key."""

    payment_id: str
    micros: int
    currency: str


@dataclass(frozen=True, slots=True)
class PaymentOutcome:
    """Answer of the provider to a charge: its reference, the URL where a person continues, the facts known so far."""

    reference: str
    url: str = ""
    fact: PaymentFact | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """Payment method that a customer has saved with the provider for off-session charges."""

    customer: str
    method: str


@dataclass(frozen=True, slots=True)
class PaymentNotice:
    """One event of a provider about a payment, with the time of the provider's clock.

    ``micros`` is the amount that is taken back or reinstated, ``None`` the whole payment; ``chargeback`` is the
    provider's reference of that chargeback.
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
    """One event of a provider about a refund that has settled or failed."""

    refund_id: str
    succeeded: bool
    reference: str = ""
    error: str = ""


Notice = PaymentNotice | RefundNotice


class Payments(Protocol):
    """Payment provider. Requests are idempotent per payment or refund. Never called inside a database transaction."""

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
    """The payment notice lacks a valid signature of the payment provider."""

    status = 400
    code = "invalid_signature"
