"""Webhooks of payment providers, authenticated by their signature."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.permissions import PUBLIC
from trainyard.api.views import TrainyardView
from trainyard.billing.payments import notices
from trainyard.core.time import database_now


class StripeWebhookView(TrainyardView):
    actions = {"POST": PUBLIC}
    authentication_classes = ()
    idempotent_post = False

    @extend_schema(
        operation_id="receiveStripeEvent",
        tags=["payments"],
        auth=[],
        parameters=[OpenApiParameter("Stripe-Signature", str, OpenApiParameter.HEADER)],
        request={"application/json": {"type": "object", "additionalProperties": True}},
        responses={204: None},
    )
    def post(self, request: Request) -> Response:
        """Webhook for Stripe: payment, refund and dispute events, in any order and repeated."""
        signature = request.headers.get("Stripe-Signature", "")
        body = request._request.body  # noqa: SLF001  REST framework has no other way to the raw body
        notices.receive(provider="stripe", body=body, signature=signature, now=database_now())
        return Response(status=204)
