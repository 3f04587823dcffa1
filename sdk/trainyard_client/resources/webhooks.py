"""Webhook endpoints: what is told to whom, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trainyard_client.core.calls import delete, get, given, pages, patch, post
from trainyard_client.core.methods import M, Resource, listing, method
from trainyard_client.core.steps import Flow, Steps
from trainyard_client.types import (
    Delivery,
    DeliveryDetail,
    EventTypes,
    Replayed,
    WebhookEndpoint,
    WebhookEndpointWithSecret,
)


class Webhooks(Resource[M]):
    """Webhook endpoints: the organization's, or with ``admin.webhooks`` the platform's own."""

    def __init__(self, driver: Any, prefix: str = "") -> None:
        super().__init__(driver)
        self._root = f"{prefix}webhooks"

    @method
    def event_types(self) -> Steps[EventTypes]:
        """What there is to be told of."""
        return get(EventTypes, f"{self._root}/event-types")

    @method
    def create(
        self,
        *,
        events: Sequence[str],
        url: str | None = None,
        email: str | None = None,
        kind: str | None = None,
        description: str | None = None,
        enabled: bool | None = None,
    ) -> Steps[WebhookEndpointWithSecret]:
        """An endpoint for ``events``, such as ``["job.*"]``; its ``secret`` is told this once.

        Verify what arrives with it by any library of Standard Webhooks.
        """
        body = given({"url": url, "email": email, "kind": kind, "description": description, "enabled": enabled})
        return post(WebhookEndpointWithSecret, self._endpoints, {"events": [*events], **body})

    @method
    def get(self, endpoint_id: str) -> Steps[WebhookEndpoint]:
        """One endpoint."""
        return get(WebhookEndpoint, f"{self._endpoints}/{endpoint_id}")

    @method
    def change(
        self,
        endpoint_id: str,
        *,
        events: Sequence[str] | None = None,
        url: str | None = None,
        description: str | None = None,
        enabled: bool | None = None,
    ) -> Steps[WebhookEndpoint]:
        """Changes what is given."""
        chosen = None if events is None else [*events]
        changes = given({"events": chosen, "url": url, "description": description, "enabled": enabled})
        return patch(WebhookEndpoint, f"{self._endpoints}/{endpoint_id}", changes)

    @method
    def delete(self, endpoint_id: str) -> Steps[None]:
        """Ends an endpoint."""
        return delete(f"{self._endpoints}/{endpoint_id}")

    @method
    def rotate(self, endpoint_id: str, *, overlap_seconds: int | None = None) -> Steps[WebhookEndpointWithSecret]:
        """A new secret; for ``overlap_seconds`` the old one signs beside it."""
        path, body = f"{self._endpoints}/{endpoint_id}/rotate", given({"overlap_seconds": overlap_seconds})
        return post(WebhookEndpointWithSecret, path, body)

    @method
    def test(self, endpoint_id: str) -> Steps[Delivery]:
        """Sends a test event."""
        return post(Delivery, f"{self._endpoints}/{endpoint_id}/test")

    @listing
    def deliveries(
        self, endpoint_id: str, *, state: str | None = None, event: str | None = None, limit: int | None = None
    ) -> Flow[Delivery]:
        """What was or is to be sent, newest first."""
        return pages(Delivery, f"{self._endpoints}/{endpoint_id}/deliveries", limit=limit, state=state, event=event)

    @method
    def delivery(self, endpoint_id: str, delivery_id: str) -> Steps[DeliveryDetail]:
        """A delivery with each attempt of it."""
        return get(DeliveryDetail, f"{self._endpoints}/{endpoint_id}/deliveries/{delivery_id}")

    @method
    def replay(self, endpoint_id: str, delivery_id: str) -> Steps[Delivery]:
        """Sends a delivery again."""
        return post(Delivery, f"{self._endpoints}/{endpoint_id}/deliveries/{delivery_id}/replay")

    @method
    def replay_failed(self, endpoint_id: str, *, since: str) -> Steps[Replayed]:
        """Sends again what failed since then (ISO 8601)."""
        return post(Replayed, f"{self._endpoints}/{endpoint_id}/replay", {"since": since})

    @listing
    def list(self, *, limit: int | None = None) -> Flow[WebhookEndpoint]:
        """Endpoints, newest first."""
        return pages(WebhookEndpoint, self._endpoints, limit=limit)

    @property
    def _endpoints(self) -> str:
        return f"{self._root}/endpoints"
