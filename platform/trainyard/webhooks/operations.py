"""Writes about webhook endpoints, of the organization in context, or of the operators in ``tenant_scope("")``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F

from trainyard.core import audit, domain_events
from trainyard.core.errors import Conflict, FieldError, InvalidInput, PreconditionFailed, QuotaExceeded
from trainyard.core.outbound.addresses import allowed_networks, check_url
from trainyard.core.tenancy import current_tenant
from trainyard.tenants import queries as tenants
from trainyard.webhooks import queries, signing
from trainyard.webhooks.models import Delivery, WebhookEndpoint
from trainyard.webhooks.retries import KEPT_TRYING_FOR
from trainyard_common.did_you_mean import did_you_mean
from trainyard_spec.webhook_events import ANY, WebhookEvent, event_filters

Kind = WebhookEndpoint.Kind
MOST_ENDPOINTS = 20
MOST_REPLAYED = 1_000
CHANGEABLE = frozenset({"address", "description", "events", "enabled"})


class TooManyEndpoints(QuotaExceeded):
    code = "too_many_webhook_endpoints"


class EndpointUnsigned(Conflict):
    """Only endpoints of the kind ``webhook`` have a secret."""

    code = "endpoint_unsigned"


class DeliveryPending(Conflict):
    """The delivery is still being tried, or its endpoint is disabled."""

    code = "delivery_not_replayable"


@dataclass(frozen=True, slots=True)
class IssuedEndpoint:
    """An endpoint and its new secret, which is shown this once; empty for a kind that has none."""

    endpoint: WebhookEndpoint
    secret: str


@transaction.atomic
def create_endpoint(
    *,
    kind: str,
    address: str,
    events: Sequence[str],
    actor: str,
    now: datetime,
    description: str = "",
    enabled: bool = True,
) -> IssuedEndpoint:
    """Subscribes an address to ``events``.

    Raises ``AddressRefused`` and ``InvalidInput`` for what can never be delivered, and ``TooManyEndpoints``.
    """
    _check_address(kind, address)
    _check_events(events)
    secret = signing.new_secret() if kind == Kind.WEBHOOK else ""
    endpoint = WebhookEndpoint.objects.create(
        organization_id=current_tenant(),
        kind=kind,
        address=address,
        description=description,
        events=list(events),
        enabled=enabled,
        secret=signing.sealed(secret) if secret else "",
        created_by=actor,
        created_at=now,
    )
    if queries.endpoints().count() > MOST_ENDPOINTS:
        raise TooManyEndpoints(
            f"There are {MOST_ENDPOINTS} webhook endpoints, the most there may be.", hint="Delete one of them."
        )
    _audit("webhook_endpoint.create", endpoint.id, actor=actor, now=now, after=_shown(endpoint))
    return IssuedEndpoint(endpoint, secret)


@transaction.atomic
def change_endpoint(
    *, endpoint_id: str, revision: int | None, actor: str, now: datetime, **changes: Any
) -> WebhookEndpoint:
    """Sets what is given of ``CHANGEABLE``; with ``revision`` only if nobody changed it since then.

    Switched on, it starts with a clean record. Raises ``NotFound``, ``PreconditionFailed``, and what
    ``create_endpoint`` raises of a wrong value.
    """
    endpoint = queries.endpoint(endpoint_id)
    if "address" in changes:
        _check_address(endpoint.kind, changes["address"])
    if "events" in changes:
        _check_events(changes["events"])
    clean = {"failures": 0, "failing_since": None, "open_until": None, "disabled_reason": ""}
    set_ = {**changes, **(clean if changes.get("enabled") or "address" in changes else {})}
    rows = WebhookEndpoint.objects.filter(id=endpoint_id)
    unchanged = rows if revision is None else rows.filter(revision=revision)
    if unchanged.update(revision=F("revision") + 1, **set_) != 1:
        raise PreconditionFailed("Somebody changed this endpoint meanwhile.", hint="Read it again, then change it.")
    changed = queries.endpoint(endpoint_id)
    _audit("webhook_endpoint.change", endpoint_id, actor=actor, now=now, before=_shown(endpoint), after=_shown(changed))
    return changed


@transaction.atomic
def delete_endpoint(*, endpoint_id: str, actor: str, now: datetime) -> None:
    """Deletes an endpoint with its deliveries. Raises ``NotFound``."""
    deleted, _ = WebhookEndpoint.objects.filter(id=endpoint_id).delete()
    if not deleted:
        raise queries.not_found()
    _audit("webhook_endpoint.delete", endpoint_id, actor=actor, now=now)


@transaction.atomic
def rotate_secret(*, endpoint_id: str, overlap: timedelta, actor: str, now: datetime) -> IssuedEndpoint:
    """A new secret; for ``overlap`` the old one signs too. Raises ``NotFound`` and ``EndpointUnsigned``."""
    endpoint = queries.endpoint(endpoint_id)
    if endpoint.kind != Kind.WEBHOOK:
        raise EndpointUnsigned(f"Endpoints of the kind {endpoint.kind} have no secret.")
    secret = signing.new_secret()
    WebhookEndpoint.objects.filter(id=endpoint_id).update(
        secret=signing.sealed(secret),
        previous_secret=F("secret") if overlap else "",
        previous_secret_expires_at=now + overlap if overlap else None,
        revision=F("revision") + 1,
    )
    _audit("webhook_endpoint.rotate", endpoint_id, actor=actor, now=now, after={"overlap": overlap.total_seconds()})
    return IssuedEndpoint(queries.endpoint(endpoint_id), secret)


@transaction.atomic
def send_test(*, endpoint_id: str, now: datetime) -> Delivery:
    """A test event for this endpoint alone. Raises ``NotFound`` and ``DeliveryPending`` for one that is off."""
    endpoint = queries.endpoint(endpoint_id)
    _refuse_disabled(endpoint)
    event = domain_events.described(
        WebhookEvent.TEST, data={"id": endpoint.id}, organization_id=endpoint.organization_id, now=now
    )
    event.fanned_out_at = now
    event.save()
    return Delivery.objects.create(
        organization_id=endpoint.organization_id,
        endpoint=endpoint,
        event=event,
        object_id=event.object_id,
        next_attempt_at=now,
        gives_up_at=now + KEPT_TRYING_FOR,
        created_at=now,
    )


@transaction.atomic
def replay(*, endpoint_id: str, delivery_id: str, now: datetime) -> Delivery:
    """Sends an event again, under its id, as a delivery of its own.

    Raises ``NotFound``, and ``DeliveryPending`` for one that is not over yet.
    """
    delivery = queries.delivery(endpoint_id, delivery_id)
    _refuse_disabled(delivery.endpoint)
    if delivery.state == Delivery.State.PENDING:
        raise DeliveryPending("This delivery is still being tried.", hint="Wait until it has been delivered or failed.")
    replayed = _again(delivery, now=now)
    replayed.save(force_insert=True)
    return replayed


@transaction.atomic
def replay_failed(*, endpoint_id: str, since: datetime, now: datetime) -> int:
    """Sends every event again whose delivery failed since then and that was not sent again; returns how many.

    At most ``MOST_REPLAYED``, the oldest first. Raises as ``replay`` does.
    """
    _refuse_disabled(queries.endpoint(endpoint_id))
    failed = queries.deliveries(endpoint_id, state=Delivery.State.FAILED).filter(created_at__gte=since)
    again = Delivery.objects.filter(endpoint_id=endpoint_id).exclude(replay_of="").values("replay_of")
    rows = [_again(each, now=now) for each in failed.exclude(id__in=again).order_by("event_id")[:MOST_REPLAYED]]
    Delivery.objects.bulk_create(rows)
    return len(rows)


def _again(delivery: Delivery, *, now: datetime) -> Delivery:
    return Delivery(
        organization_id=delivery.organization_id,
        endpoint_id=delivery.endpoint_id,
        event=delivery.event,
        object_id=delivery.object_id,
        next_attempt_at=now,
        gives_up_at=now + KEPT_TRYING_FOR,
        replay_of=delivery.id,
        created_at=now,
    )


def _refuse_disabled(endpoint: WebhookEndpoint) -> None:
    if not endpoint.enabled:
        raise DeliveryPending("The endpoint is switched off.", hint='Set "enabled" to true first.')


def _check_address(kind: str, address: str) -> None:
    if kind != Kind.EMAIL:
        check_url(address, allowed=allowed_networks())
        return
    try:
        validate_email(address)
    except ValidationError:
        raise _wrong("email", "This is no e-mail address.") from None
    # The platform writes to nobody who did not join: it is no relay.
    if not tenants.is_own_address(address):
        raise _wrong("email", "This is not the address of a member.", hint="Invite its owner first.")


def _check_events(events: Sequence[str]) -> None:
    valid = event_filters(queries.audience())
    for number, event in enumerate(events):
        if event not in valid:
            hint = did_you_mean(event, valid, otherwise="GET /webhooks/event-types lists them.")
            raise _wrong(f"events.{number}", f"There is no event {event}.", hint=hint)
    if not events:
        raise _wrong("events", "Name at least one event.", hint=f'["{ANY}"] takes all of them.')


def _wrong(field: str, message: str, *, hint: str = "") -> InvalidInput:
    return InvalidInput(message, hint=hint, errors=(FieldError(field, "invalid", message, hint),))


def _shown(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {name: getattr(endpoint, name) for name in sorted(CHANGEABLE)}


def _audit(action: str, target: str, *, actor: str, now: datetime, **changes: Any) -> None:
    audit.record(action=action, target=target, organization_id=current_tenant(), actor=actor, now=now, **changes)
