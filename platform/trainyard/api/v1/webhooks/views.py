"""Webhook endpoints of an organization and, by the subclasses in ``admin.webhooks``, of the operators."""

from datetime import timedelta
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.allowed_actions import seen_by
from trainyard.api.etags import IF_MATCH, etag_headers, expected_revision
from trainyard.api.pagination import filters, paginate
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.serializers import validated
from trainyard.api.v1.webhooks import serializers
from trainyard.api.v1.webhooks.bodies import address_of, changes_of, issued_body
from trainyard.api.views import TrainyardView
from trainyard.core.time import database_now
from trainyard.webhooks import operations, queries

READ, MANAGE = "webhooks.read", "webhooks.manage"


class EventTypesView(TrainyardView):
    actions: ClassVar = {"GET": READ}

    @extend_schema(operation_id="listWebhookEventTypes", responses=serializers.EventTypesSerializer)
    def get(self, request: Request) -> Response:
        """All event types that endpoints can subscribe to, with the data of each."""
        types = [
            {"type": event, "description": about.when, "data": about.data} for event, about in queries.event_types()
        ]
        body = {"data": types, "filters": queries.filters()}
        return Response(serializers.EventTypesSerializer(body).data)


class EndpointsView(TrainyardView):
    actions: ClassVar = {"GET": READ, "POST": MANAGE}
    unstored_fields: ClassVar = frozenset({"secret"})

    @extend_schema(
        operation_id="listWebhookEndpoints",
        parameters=PAGE_PARAMETERS,
        responses=serializers.WebhookEndpointPageSerializer,
    )
    def get(self, request: Request) -> Response:
        """Webhook endpoints, newest first."""
        page = paginate(queries.endpoints(), request)
        return Response(
            page.body(serializers.WebhookEndpointSerializer(page.rows, many=True, context=seen_by(self)).data)
        )

    @extend_schema(
        operation_id="createWebhookEndpoint",
        request=serializers.WebhookEndpointCreateSerializer,
        responses={201: serializers.WebhookEndpointWithSecretSerializer},
    )
    def post(self, request: Request) -> Response:
        """Creates a webhook endpoint. The signing secret is in this response only."""
        body = validated(serializers.WebhookEndpointCreateSerializer, request.data)
        issued = operations.create_endpoint(
            kind=body["kind"],
            address=address_of(body),
            events=body["events"],
            description=body.get("description", ""),
            enabled=body.get("enabled", True),
            actor=self.actor.name,
            now=database_now(),
        )
        headers = etag_headers(issued.endpoint.revision)
        return Response(issued_body(issued, context=seen_by(self)), status=status.HTTP_201_CREATED, headers=headers)


class EndpointView(TrainyardView):
    actions: ClassVar = {"GET": READ, "PATCH": MANAGE, "DELETE": MANAGE}

    @extend_schema(operation_id="getWebhookEndpoint", responses=serializers.WebhookEndpointSerializer)
    def get(self, request: Request, endpoint_id: str) -> Response:
        """One webhook endpoint; its `ETag` is for `If-Match`."""
        endpoint = queries.endpoint(endpoint_id)
        body = serializers.WebhookEndpointSerializer(endpoint, context=seen_by(self)).data
        return Response(body, headers=etag_headers(endpoint.revision))

    @extend_schema(
        operation_id="changeWebhookEndpoint",
        parameters=[IF_MATCH],
        request=serializers.WebhookEndpointChangeSerializer,
        responses=serializers.WebhookEndpointSerializer,
    )
    def patch(self, request: Request, endpoint_id: str) -> Response:
        """Changes the given fields. Enabling an endpoint or changing its URL resets its failure count."""
        body = validated(serializers.WebhookEndpointChangeSerializer, request.data)
        endpoint = operations.change_endpoint(
            endpoint_id=endpoint_id,
            revision=expected_revision(request),
            actor=self.actor.name,
            now=database_now(),
            **changes_of(body),
        )
        shown = serializers.WebhookEndpointSerializer(endpoint, context=seen_by(self)).data
        return Response(shown, headers=etag_headers(endpoint.revision))

    @extend_schema(operation_id="deleteWebhookEndpoint", responses={204: None})
    def delete(self, request: Request, endpoint_id: str) -> Response:
        """Deletes an endpoint and its delivery log."""
        operations.delete_endpoint(endpoint_id=endpoint_id, actor=self.actor.name, now=database_now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class RotateSecretView(TrainyardView):
    actions: ClassVar = {"POST": MANAGE}
    unstored_fields: ClassVar = frozenset({"secret"})

    @extend_schema(
        operation_id="rotateWebhookSecret",
        request=serializers.RotateSecretSerializer,
        responses=serializers.WebhookEndpointWithSecretSerializer,
    )
    def post(self, request: Request, endpoint_id: str) -> Response:
        """Creates a new signing secret.

        Until the old one expires, both sign each message, so that you can change it without refusing any.
        """
        overlap = validated(serializers.RotateSecretSerializer, request.data)["overlap_seconds"]
        issued = operations.rotate_secret(
            endpoint_id=endpoint_id, overlap=timedelta(seconds=overlap), actor=self.actor.name, now=database_now()
        )
        return Response(issued_body(issued, context=seen_by(self)))


class TestEventView(TrainyardView):
    actions: ClassVar = {"POST": MANAGE}
    takes_body = False

    @extend_schema(operation_id="testWebhookEndpoint", request=None, responses={201: serializers.DeliverySerializer})
    def post(self, request: Request, endpoint_id: str) -> Response:
        """Sends `webhook.test` to this endpoint; read the delivery to see the result."""
        delivery = operations.send_test(endpoint_id=endpoint_id, now=database_now())
        return Response(
            serializers.DeliverySerializer(delivery, context=seen_by(self)).data, status=status.HTTP_201_CREATED
        )


class DeliveriesView(TrainyardView):
    actions: ClassVar = {"GET": READ}

    @extend_schema(
        operation_id="listWebhookDeliveries",
        parameters=[*PAGE_PARAMETERS, serializers.DeliveryFilterSerializer],
        responses=serializers.DeliveryPageSerializer,
    )
    def get(self, request: Request, endpoint_id: str) -> Response:
        """Deliveries to an endpoint, sent and pending, newest first; kept for 30 days."""
        wanted: dict[str, Any] = filters(serializers.DeliveryFilterSerializer, request)
        page = paginate(queries.deliveries(endpoint_id, **wanted), request)
        return Response(page.body(serializers.DeliverySerializer(page.rows, many=True, context=seen_by(self)).data))


class DeliveryView(TrainyardView):
    actions: ClassVar = {"GET": READ}

    @extend_schema(operation_id="getWebhookDelivery", responses=serializers.DeliveryDetailSerializer)
    def get(self, request: Request, endpoint_id: str, delivery_id: str) -> Response:
        """One delivery with each attempt: status code, time, and the beginning of the response body."""
        found = queries.delivery(endpoint_id, delivery_id)
        return Response(serializers.DeliveryDetailSerializer(found, context=seen_by(self)).data)


class ReplayView(TrainyardView):
    actions: ClassVar = {"POST": MANAGE}
    takes_body = False

    @extend_schema(operation_id="replayWebhookDelivery", request=None, responses={201: serializers.DeliverySerializer})
    def post(self, request: Request, endpoint_id: str, delivery_id: str) -> Response:
        """Sends an event again, with the same `webhook-id`, as a new delivery."""
        delivery = operations.replay(endpoint_id=endpoint_id, delivery_id=delivery_id, now=database_now())
        return Response(
            serializers.DeliverySerializer(delivery, context=seen_by(self)).data, status=status.HTTP_201_CREATED
        )


class ReplayFailedView(TrainyardView):
    actions: ClassVar = {"POST": MANAGE}

    @extend_schema(
        operation_id="replayFailedWebhookDeliveries",
        request=serializers.ReplayFailedSerializer,
        responses=serializers.ReplayedSerializer,
    )
    def post(self, request: Request, endpoint_id: str) -> Response:
        """Sends again the deliveries that failed since a time and were not sent again yet."""
        since = validated(serializers.ReplayFailedSerializer, request.data)["since"]
        replayed = operations.replay_failed(endpoint_id=endpoint_id, since=since, now=database_now())
        return Response(serializers.ReplayedSerializer({"replayed": replayed}).data)
