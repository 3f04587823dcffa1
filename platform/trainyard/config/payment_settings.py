"""Settings of payments, which ``environment`` adds to all others."""

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings


class PaymentSettings(BaseSettings):
    """Who moves real money, and by which keys."""

    payments: Literal["local", "stripe"] = Field(
        default="local",
        description="Who takes new payments. local: nobody, a top-up is credit at once; stripe: Stripe.",
    )
    stripe_secret_key: str = Field(default="", description="sk_… or rk_… of the Stripe account.")
    stripe_webhook_secret: str = Field(
        default="", description="whsec_… of the endpoint at Stripe that leads to /api/v1/payments/stripe/webhook."
    )
    stripe_api_base: str = Field(default="", description="Another address than Stripe's own, for a stand-in in tests.")

    @field_validator("stripe_api_base")
    @classmethod
    def _is_a_web_address(cls, value: str) -> str:
        address = urlsplit(value)
        if value and (address.scheme not in ("http", "https") or not address.hostname):
            raise ValueError("must be https://HOST or http://HOST:PORT")
        return value

    @model_validator(mode="after")
    def _knows_its_keys(self) -> Self:
        given = (bool(self.stripe_secret_key), bool(self.stripe_webhook_secret))
        if any(given) and not all(given):
            raise ValueError(
                "TRAINYARD_STRIPE_SECRET_KEY and TRAINYARD_STRIPE_WEBHOOK_SECRET go together: both or neither"
            )
        if self.payments == "stripe" and not all(given):
            raise ValueError(
                "TRAINYARD_PAYMENTS=stripe needs TRAINYARD_STRIPE_SECRET_KEY and TRAINYARD_STRIPE_WEBHOOK_SECRET"
            )
        return self
