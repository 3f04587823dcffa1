"""Signing secrets and signatures by the Standard Webhooks specification, https://www.standardwebhooks.com."""

import base64
import json
import secrets as random
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from standardwebhooks.webhooks import Webhook

from trainyard.core.secret_box import seal, unseal
from trainyard.webhooks.models import WebhookEndpoint

SECRET_KIND = "whsec_"  # noqa: S105  a prefix that says what kind of secret follows
SECRET_BYTES = 32
PURPOSE = "webhook secret"


def new_secret() -> str:
    return SECRET_KIND + base64.b64encode(random.token_bytes(SECRET_BYTES)).decode()


def sealed(secret: str) -> str:
    """As it is stored."""
    return seal(secret, purpose=PURPOSE)


def live_secrets(endpoint: WebhookEndpoint, *, now: datetime) -> list[str]:
    """The secret, and the one before it while both are valid. Raises ``SecretUnreadable``."""
    ends_at = endpoint.previous_secret_expires_at
    stored = [endpoint.secret]
    if endpoint.previous_secret and ends_at is not None and ends_at > now:
        stored.append(endpoint.previous_secret)
    return [unseal(secret, purpose=PURPOSE) for secret in stored]


def body_of(*, event_type: str, event_id: str, happened_at: datetime, data: Mapping[str, Any]) -> bytes:
    """The payload that is sent and signed, in UTF-8."""
    payload = {
        "id": event_id,
        "type": event_type,
        "timestamp": happened_at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "data": dict(data),
    }
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()


def signed_headers(*, secrets: list[str], message_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """The three headers; one signature for each of ``secrets``."""
    signatures = [Webhook(secret).sign(message_id, now, body.decode()) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
