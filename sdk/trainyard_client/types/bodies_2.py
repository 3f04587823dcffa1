"""Bodies of requests, as dictionaries. Written by ``scripts/client_types.py``."""

from typing import NotRequired, TypedDict

from trainyard_client.types.enums import Events
from trainyard_client.types.enums_2 import WebhookEndpointKind


class WebhookEndpointCreateRequest(TypedDict):
    url: NotRequired[str]
    """Of the kinds `webhook` and `slack`."""
    email: NotRequired[str]
    """Of the kind `email`: the address of a member."""
    events: list[Events]
    """As `GET /webhooks/event-types` names them; `job.*`, or `*`."""
    description: NotRequired[str]
    enabled: NotRequired[bool]
    kind: NotRequired[WebhookEndpointKind]
