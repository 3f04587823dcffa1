"""Payments by Stripe: Checkout for people, off-session PaymentIntents with a saved method, refunds and webhooks.

The id of our payment or refund is both the idempotency key and a metadata value. Stripe forgets idempotency keys after
a day, so that a request that may have been sent before is looked up by its metadata first.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, cast

import stripe
import structlog

from trainyard.billing.payments.port import (
    ChargeRequest,
    ForgedNotice,
    Notice,
    PaymentFact,
    PaymentMethod,
    PaymentOutcome,
    PaymentProviderDown,
    PaymentRefused,
)
from trainyard.billing.payments.stripe_amounts import smallest_units
from trainyard.billing.payments.stripe_notices import (
    EVENTS,
    PAYMENT,
    REFUND,
    REFUND_ENDED,
    Body,
    failure_of,
    id_in,
    notice_in,
    refund_failure,
)
from trainyard.core.errors import FieldError

if TYPE_CHECKING:
    from stripe.params import EventListParams, PaymentIntentCreateParams, RefundCreateParams
    from stripe.params.checkout import SessionCreateParams

logger = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 15.0
RETRIES = 1
TRY_AGAIN_SECONDS = 60
NEWEST = 100
"""How many payments of a customer, or refunds of a payment, are looked through; and events that are listed at once."""
_NO_METHOD = "No payment method is saved. Top up once by yourself; its method is then saved."
_TOP_UP_YOURSELF = "Top up by yourself, with this card or another, which is then saved."


class StripePayments:
    """Payments of the Stripe account of ``secret_key``.

    ``return_url`` is the default page to which Checkout returns people.
    """

    name = "stripe"

    def __init__(
        self,
        *,
        secret_key: str,
        webhook_secret: str,
        return_url: str,
        api_base: str = "",
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._webhook_secret = webhook_secret
        self._return_url = return_url
        self._client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_base} if api_base else {},
            http_client=stripe.RequestsClient(timeout=timeout_seconds),
            max_network_retries=RETRIES,
        )

    def check_out(self, charge: ChargeRequest, *, return_url: str) -> PaymentOutcome:
        amount = smallest_units(charge.micros, charge.currency)
        if amount is None:
            raise _refused(f"Stripe takes no such fraction of {charge.currency}.", field="amount")
        back = return_url or self._return_url
        price = {"currency": charge.currency.lower(), "unit_amount": amount, "product_data": {"name": "Top-up"}}
        ours = {PAYMENT: charge.payment_id}
        asked = {
            "mode": "payment",
            "client_reference_id": charge.payment_id,
            "metadata": ours,
            "customer_creation": "always",
            "line_items": [{"quantity": 1, "price_data": price}],
            "payment_intent_data": {"metadata": ours, "setup_future_usage": "off_session"},
            "success_url": back,
            "cancel_url": back,
        }
        try:
            with _answering():
                session = self._client.v1.checkout.sessions.create(
                    cast("SessionCreateParams", asked), {"idempotency_key": charge.payment_id}
                )
        except stripe.InvalidRequestError as error:
            field = "return_url" if str(error.param).endswith("_url") else "amount"
            raise _refused(_said(error), field=field) from error
        return PaymentOutcome(session.id, url=session.url or "")

    def charge_saved(self, charge: ChargeRequest, method: PaymentMethod) -> PaymentOutcome:
        amount = smallest_units(charge.micros, charge.currency)
        if not method.customer or not method.method or amount is None:
            return PaymentOutcome(
                "", fact=PaymentFact.FAILED, error=_NO_METHOD if amount is not None else "No such amount is taken."
            )
        asked = {
            "amount": amount,
            "currency": charge.currency.lower(),
            "customer": method.customer,
            "payment_method": method.method,
            "confirm": True,
            "off_session": True,
            "metadata": {PAYMENT: charge.payment_id},
        }
        try:
            with _answering():
                intent = (
                    self._charged_before(charge, method)
                    or self._client.v1.payment_intents.create(
                        cast("PaymentIntentCreateParams", asked), {"idempotency_key": charge.payment_id}
                    ).to_dict()
                )
        except stripe.CardError as error:
            declined = error.error.payment_intent if error.error else None
            reason = f"{_said(error)} {_TOP_UP_YOURSELF}"
            return PaymentOutcome(declined.id if declined else "", fact=PaymentFact.FAILED, error=reason)
        except stripe.InvalidRequestError as error:
            return PaymentOutcome("", fact=PaymentFact.FAILED, error=f"{_said(error)} {_TOP_UP_YOURSELF}")
        return _outcome(intent)

    def refund(self, *, refund_id: str, payment_reference: str, micros: int, currency: str) -> PaymentOutcome:
        amount = smallest_units(micros, currency)
        if amount is None:
            return PaymentOutcome("", fact=PaymentFact.FAILED, error=f"Stripe sends no such fraction of {currency}.")
        asked = {"payment_intent": payment_reference, "amount": amount, "metadata": {REFUND: refund_id}}
        try:
            with _answering():
                made = (
                    self._refunded_before(refund_id, payment_reference)
                    or self._client.v1.refunds.create(
                        cast("RefundCreateParams", asked), {"idempotency_key": refund_id}
                    ).to_dict()
                )
        except stripe.InvalidRequestError as error:
            return PaymentOutcome("", fact=PaymentFact.FAILED, error=_said(error))
        ended = REFUND_ENDED.get(made["status"])
        fact = None if ended is None else PaymentFact.SETTLED if ended else PaymentFact.FAILED
        return PaymentOutcome(made["id"], fact=fact, error=refund_failure(made))

    def read(self, body: bytes, signature: str) -> Notice | None:
        try:
            event = self._client.construct_event(body, signature, self._webhook_secret)
        except (stripe.SignatureVerificationError, ValueError, TypeError) as error:
            message = "This is not signed by Stripe with the secret of this endpoint, or is too old."
            raise ForgedNotice(
                message, hint="Compare TRAINYARD_STRIPE_WEBHOOK_SECRET with the endpoint's secret at Stripe."
            ) from error
        return notice_in(event.to_dict(), intent_of=self._intent_of)

    def undelivered(self, *, since: datetime) -> Iterator[Notice]:
        asked = {"types": sorted(EVENTS), "delivery_success": False, "created": {"gte": int(since.timestamp())}}
        with _answering():
            events = self._client.v1.events.list(cast("EventListParams", {**asked, "limit": NEWEST}))
            for event in events.auto_paging_iter():
                if (notice := notice_in(event.to_dict(), intent_of=self._intent_of)) is not None:
                    yield notice

    def _intent_of(self, reference: str) -> Body:
        with _answering():
            return self._client.v1.payment_intents.retrieve(reference).to_dict()

    def _charged_before(self, charge: ChargeRequest, method: PaymentMethod) -> Body | None:
        listed = self._client.v1.payment_intents.list({"customer": method.customer, "limit": NEWEST})
        found = (each.to_dict() for each in listed.data)
        return next((intent for intent in found if id_in(intent, PAYMENT) == charge.payment_id), None)

    def _refunded_before(self, refund_id: str, payment_reference: str) -> Body | None:
        listed = self._client.v1.refunds.list({"payment_intent": payment_reference, "limit": NEWEST})
        found = (each.to_dict() for each in listed.data)
        return next((made for made in found if id_in(made, REFUND) == refund_id), None)


def _outcome(intent: Body) -> PaymentOutcome:
    status = intent["status"]
    if status == "succeeded":
        return PaymentOutcome(intent["id"], fact=PaymentFact.SETTLED)
    if status == "processing":
        return PaymentOutcome(intent["id"])
    return PaymentOutcome(intent["id"], fact=PaymentFact.FAILED, error=f"{failure_of(intent)} {_TOP_UP_YOURSELF}")


def _said(error: stripe.StripeError) -> str:
    return error.user_message or "Stripe refused this, and said no more."


def _refused(message: str, *, field: str) -> PaymentRefused:
    return PaymentRefused(
        message,
        hint="Nothing was charged. Choose another amount, or ask the operator of this platform.",
        errors=(FieldError(field, PaymentRefused.code, message),),
    )


@contextmanager
def _answering() -> Iterator[None]:
    """Lets through what Stripe says of a card or a request; all else is not the customer's fault."""
    try:
        yield
    except (stripe.CardError, stripe.InvalidRequestError):
        raise
    except stripe.StripeError as error:
        logger.error("payment_provider.failed", provider=StripePayments.name, error=str(error))
        raise PaymentProviderDown(
            "The payment provider does not answer.",
            hint="Try again in a minute. Whatever was asked of it is done once, however often it is asked.",
            retry_after_seconds=TRY_AGAIN_SECONDS,
        ) from error
