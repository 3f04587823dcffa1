"""Bodies of webhook endpoints and deliveries."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from trainyard.api.allowed_actions import AllowedActionsField
from trainyard.api.object_actions import DELIVERY_ACTIONS, ENDPOINT_ACTIONS
from trainyard.api.serializers import NamedChoiceField, PageSerializer, StrictSerializer
from trainyard.webhooks.models import Delivery, WebhookEndpoint
from trainyard_spec.webhook_events import CATALOGUE, Audience, event_filters

KINDS = WebhookEndpoint.Kind.choices
DELIVERY_STATES = Delivery.State.choices
EVENTS = [event.value for event in CATALOGUE]
MOST_OVERLAP_SECONDS = 7 * 86_400


SUBSCRIBABLE = [event for audience in Audience for event in event_filters(audience)]


@extend_schema_field(
    {
        "type": "array",
        "items": {"type": "string", "enum": list(dict.fromkeys(SUBSCRIBABLE))},
        "minItems": 1,
        "maxItems": 100,
    }
)
class EventsField(serializers.ListField):
    """Event types of the catalogue, ``job.*`` for all of one kind, or ``*`` for all."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=serializers.CharField(max_length=40), min_length=1, max_length=100, **kwargs)


class WebhookEndpointChangeSerializer(StrictSerializer):
    url = serializers.CharField(max_length=2048, required=False, help_text="URL, for the kinds `webhook` and `slack`.")
    email = serializers.CharField(
        max_length=254, required=False, help_text="E-mail address of a member, for the kind `email`."
    )
    events = EventsField(
        required=False, help_text="Event types as in `GET /webhooks/event-types`, such as `job.*`, or `*` for all."
    )
    description = serializers.CharField(max_length=200, required=False, allow_blank=True)
    enabled = serializers.BooleanField(required=False)


class WebhookEndpointCreateSerializer(WebhookEndpointChangeSerializer):
    kind = NamedChoiceField(choices=KINDS, required=False, default="webhook")
    events = EventsField(help_text="Event types as in `GET /webhooks/event-types`, such as `job.*`, or `*` for all.")


class WebhookEndpointSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=KINDS)
    url = serializers.CharField(allow_null=True, help_text="URL; null for the kind `email`.")
    email = serializers.CharField(allow_null=True, help_text="E-mail address; null for other kinds.")
    events = serializers.ListField(child=serializers.CharField())
    description = serializers.CharField()
    enabled = serializers.BooleanField()
    disabled_reason = serializers.CharField(
        help_text="Why the platform disabled it: `failing` (for days) or `gone` (it answered 410); else empty."
    )
    failures = serializers.IntegerField(help_text="Consecutive failed attempts.")
    paused_until = serializers.DateTimeField(
        source="open_until", allow_null=True, help_text="Time until which nothing is sent, after several failures."
    )
    previous_secret_expires_at = serializers.DateTimeField(
        allow_null=True, help_text="Time until which the previous secret also signs."
    )
    created_at = serializers.DateTimeField()
    allowed_actions = AllowedActionsField(ENDPOINT_ACTIONS)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        row = instance
        is_email = row.kind == WebhookEndpoint.Kind.EMAIL
        row.url, row.email = (None, row.address) if is_email else (row.address, None)
        return super().to_representation(row)


class WebhookEndpointWithSecretSerializer(WebhookEndpointSerializer):
    secret = serializers.CharField(
        allow_null=True, help_text="Signing secret, shown in this response only; null for kinds that are not signed."
    )


class WebhookEndpointPageSerializer(PageSerializer):
    data = WebhookEndpointSerializer(many=True)


class RotateSecretSerializer(StrictSerializer):
    overlap_seconds = serializers.IntegerField(
        min_value=0,
        max_value=MOST_OVERLAP_SECONDS,
        default=86_400,
        help_text="Seconds for which the old secret signs messages beside the new one.",
    )


class DeliveryFilterSerializer(StrictSerializer):
    state = NamedChoiceField(choices=DELIVERY_STATES, required=False)
    event = NamedChoiceField(choices=EVENTS, required=False)
    created_after = serializers.DateTimeField(required=False)


class DeliveryAttemptSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    duration_ms = serializers.IntegerField()
    status = serializers.IntegerField(allow_null=True, help_text="HTTP status; null without a response.")
    error = serializers.CharField(help_text="Error code if no response came, else empty.")
    detail = serializers.CharField()
    response_excerpt = serializers.CharField(help_text="First kilobyte of the response body.")


class DeliverySerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    endpoint_id = serializers.CharField()
    event_id = serializers.CharField(
        source="event.id", help_text="Id of the event, sent as `webhook-id` with every attempt."
    )
    event = serializers.ChoiceField(choices=EVENTS, source="event.type")
    object_id = serializers.CharField()
    state = serializers.ChoiceField(choices=DELIVERY_STATES)
    attempts_count = serializers.IntegerField()
    next_attempt_at = serializers.SerializerMethodField()
    response_status = serializers.SerializerMethodField(
        help_text="HTTP status of the last attempt; null without a response."
    )
    replay_of = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    allowed_actions = AllowedActionsField(DELIVERY_ACTIONS)

    def get_next_attempt_at(self, delivery: Delivery) -> str | None:
        if delivery.state != Delivery.State.PENDING:
            return None
        return str(serializers.DateTimeField().to_representation(delivery.next_attempt_at))

    def get_response_status(self, delivery: Delivery) -> int | None:
        return delivery.attempts[-1]["status"] if delivery.attempts else None

    def get_replay_of(self, delivery: Delivery) -> str | None:
        return delivery.replay_of or None


class DeliveryDetailSerializer(DeliverySerializer):
    payload = serializers.DictField(source="event.data", help_text="`data` of the event.")
    attempts = DeliveryAttemptSerializer(many=True)


class DeliveryPageSerializer(PageSerializer):
    data = DeliverySerializer(many=True)


class ReplayFailedSerializer(StrictSerializer):
    since = serializers.DateTimeField(help_text="Start time: later deliveries that failed are sent again.")


class ReplayedSerializer(serializers.Serializer[Any]):
    replayed = serializers.IntegerField(help_text="Number of deliveries, at most 1,000; repeat the call for the rest.")


class EventTypeSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=EVENTS)
    description = serializers.CharField()
    data: Any = serializers.DictField(child=serializers.CharField(), help_text="Fields of `data` with their meaning.")


class EventTypesSerializer(serializers.Serializer[Any]):
    data: Any = EventTypeSerializer(many=True)
    filters = serializers.ListField(child=serializers.CharField(), help_text="Valid values of an endpoint's `events`.")
