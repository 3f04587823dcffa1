"""Channels of notification: how each kind of endpoint is sent an event."""

import json
import smtplib
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from django.conf import settings
from django.core.mail import EmailMessage

from trainyard.core.outbound.addresses import AddressRefused, Resolver, system_resolver
from trainyard.core.outbound.client import Answer, RequestFailed, TransferLimits, send
from trainyard.core.secret_box import SecretUnreadable
from trainyard.webhooks import signing
from trainyard.webhooks.models import Delivery, WebhookEndpoint
from trainyard_spec.webhook_events import sentence_of

Kind = WebhookEndpoint.Kind
EXCERPT_BYTES = 1_024
GONE = 410
USER_AGENT = "Trainyard-Webhooks/1"


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """What came of an attempt. ``error`` is empty where the endpoint answered; ``is_gone``: it wants no more."""

    delivered: bool
    status: int | None = None
    excerpt: str = ""
    error: str = ""
    detail: str = ""
    retry_after: timedelta | None = None
    is_gone: bool = False


def deliver(delivery: Delivery, *, now: datetime, resolver: Resolver = system_resolver) -> DeliveryOutcome:
    """Tells the endpoint of the event, once; needs no database. ``endpoint`` and ``event`` must be loaded."""
    try:
        if delivery.endpoint.kind == Kind.EMAIL:
            return _send_email(delivery)
        body, headers = _request(delivery, now=now)
        answer = send(
            "POST",
            delivery.endpoint.address,
            body=body,
            headers={"Content-Type": "application/json", "User-Agent": USER_AGENT, **headers},
            limits=TransferLimits(seconds=settings.ENVIRONMENT.webhook_seconds, body_bytes=EXCERPT_BYTES),
            resolver=resolver,
        )
    except AddressRefused as error:
        return DeliveryOutcome(False, error=error.code, detail=error.message)
    except RequestFailed as error:
        return DeliveryOutcome(False, error=error.code, detail=str(error))
    except SecretUnreadable as error:
        return DeliveryOutcome(False, error="secret_unreadable", detail=f"{error}: rotate it")
    return _outcome(answer, now=now)


def _request(delivery: Delivery, *, now: datetime) -> tuple[bytes, dict[str, str]]:
    event = delivery.event
    if delivery.endpoint.kind == Kind.SLACK:
        return json.dumps({"text": _escaped(sentence_of(event.type, event.data))}).encode(), {}
    body = signing.body_of(event_type=event.type, event_id=event.id, happened_at=event.created_at, data=event.data)
    secrets = signing.live_secrets(delivery.endpoint, now=now)
    return body, signing.signed_headers(secrets=secrets, message_id=event.id, body=body, now=now)


def _outcome(answer: Answer, *, now: datetime) -> DeliveryOutcome:
    return DeliveryOutcome(
        delivered=200 <= answer.status < 300,
        status=answer.status,
        excerpt=answer.body.decode("utf-8", "replace").replace("\x00", "\ufffd"),
        retry_after=_retry_after(answer.headers.get("retry-after", ""), now=now),
        is_gone=answer.status == GONE,
    )


def _send_email(delivery: Delivery) -> DeliveryOutcome:
    sentence = sentence_of(delivery.event.type, delivery.event.data)
    message = EmailMessage(
        subject=" ".join(sentence.split())[:200],
        body=f"{sentence}\n\n{delivery.event.type} {delivery.object_id}\n{settings.ENVIRONMENT.public_url}\n",
        to=[delivery.endpoint.address],
        headers={"Message-ID": f"<{delivery.id}@trainyard>", "Auto-Submitted": "auto-generated"},
    )
    try:
        message.send()
    except (smtplib.SMTPException, OSError) as error:
        return DeliveryOutcome(False, error="smtp", detail=str(error)[:200])
    return DeliveryOutcome(True)


def _escaped(text: str) -> str:
    """Slack's own markup, such as a mention of everybody, is not for names of jobs to use.

    Source: https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _retry_after(value: str, *, now: datetime) -> timedelta | None:
    """Seconds or a date (RFC 9110, section 10.2.3)."""
    if value.isdecimal() and len(value) < 10:
        return timedelta(seconds=int(value))
    try:
        return parsedate_to_datetime(value) - now
    except (ValueError, TypeError):
        return None
