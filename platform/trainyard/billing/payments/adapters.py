"""The payment providers that are configured on this platform."""

from functools import cache

from django.conf import settings

from trainyard.billing.payments.local import LocalPayments
from trainyard.billing.payments.port import Payments


def payments() -> Payments:
    """The provider of new payments, as ``TRAINYARD_PAYMENTS`` names it."""
    return configured()[settings.ENVIRONMENT.payments]


def configured() -> dict[str, Payments]:
    """All providers by name. Those that take no new payments still send refunds of the ones they took."""
    environment = settings.ENVIRONMENT
    providers: dict[str, Payments] = {LocalPayments.name: LocalPayments()}
    if environment.stripe_secret_key:
        stripe = _stripe(
            environment.stripe_secret_key,
            environment.stripe_webhook_secret,
            environment.public_url,
            environment.stripe_api_base,
        )
        providers[stripe.name] = stripe
    return providers


@cache
def _stripe(secret_key: str, webhook_secret: str, return_url: str, api_base: str) -> Payments:
    from trainyard.billing.payments.stripe_payments import StripePayments  # its library, only where it is used

    return StripePayments(
        secret_key=secret_key, webhook_secret=webhook_secret, return_url=return_url, api_base=api_base
    )
