"""Conversion between the API's ``url`` and ``email`` and the single address that an endpoint stores."""

from collections.abc import Mapping
from typing import Any

from trainyard.api.v1.webhooks.serializers import WebhookEndpointSerializer
from trainyard.core.errors import FieldError, InvalidInput
from trainyard.webhooks.models import WebhookEndpoint
from trainyard.webhooks.operations import IssuedEndpoint

FIELD_OF_KIND = {
    WebhookEndpoint.Kind.WEBHOOK: "url",
    WebhookEndpoint.Kind.SLACK: "url",
    WebhookEndpoint.Kind.EMAIL: "email",
}


def address_of(body: Mapping[str, Any]) -> str:
    """The address of a new endpoint. Raises ``InvalidInput`` where it is missing, or belongs to another kind."""
    kind = WebhookEndpoint.Kind(body["kind"])
    field = FIELD_OF_KIND[kind]
    if field not in body:
        raise _wrong(field, f"An endpoint of the kind {kind} needs {field}.")
    for other in {"url", "email"} - {field}:
        if other in body:
            raise _wrong(other, f"An endpoint of the kind {kind} has no {other}.")
    return str(body[field])


def changes_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """``body`` in the words of ``change_endpoint``, which holds the address against the endpoint's kind."""
    changes = {name: value for name, value in body.items() if name not in {"url", "email"}}
    given = [name for name in ("url", "email") if name in body]
    if len(given) > 1:
        raise _wrong("email", "An endpoint has either url or email.")
    return changes | ({"address": body[given[0]]} if given else {})


def issued_body(issued: IssuedEndpoint, *, context: dict[str, Any]) -> dict[str, Any]:
    """An endpoint with its secret, for whom ``context`` names."""
    return {**WebhookEndpointSerializer(issued.endpoint, context=context).data, "secret": issued.secret or None}


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput(message, errors=(FieldError(field, "invalid", message),))
