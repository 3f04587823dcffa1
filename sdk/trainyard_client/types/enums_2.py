"""Values that fields are limited to. Written by ``scripts/client_types.py``."""

from typing import Literal

WaitingFor = Literal["worker", "slot", "retry", "claim"]

RefundState = Literal["pending", "settled", "failed"]

WebhookEndpointKind = Literal["webhook", "slack", "email"]
