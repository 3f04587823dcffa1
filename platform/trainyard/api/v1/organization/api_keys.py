"""API keys of the organization."""

from datetime import timedelta
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.actor import Actor
from trainyard.api.allowed_actions import AllowedActionsField, seen_by
from trainyard.api.object_actions import API_KEY_ACTIONS
from trainyard.api.pagination import paginate
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.serializers import (
    AmountField,
    MoneyField,
    NamedChoiceField,
    PageSerializer,
    StrictSerializer,
    validated,
)
from trainyard.api.views import TrainyardView
from trainyard.core.time import database_now
from trainyard.tenants import api_keys, queries
from trainyard.tenants.api_keys import Granter, IssuedKey, KeyTerms
from trainyard.tenants.models import Role
from trainyard.tenants.permissions import SCOPES


class ApiKeySerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    prefix = serializers.CharField(help_text="First characters of the secret.")
    role = serializers.ChoiceField(choices=Role.choices)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=SCOPES),
        allow_null=True,
        help_text="Scopes that limit the key; null: everything that its role allows.",
    )
    monthly_cap = MoneyField(
        source="monthly_cap_micros",
        allow_null=True,
        help_text="Most that its jobs and predictions may cost per calendar month (UTC).",
    )
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="Last use, to the minute.")
    revoked_at = serializers.DateTimeField(allow_null=True)


class ListedApiKeySerializer(ApiKeySerializer):
    allowed_actions = AllowedActionsField(API_KEY_ACTIONS)


class ApiKeyPageSerializer(PageSerializer):
    data = ListedApiKeySerializer(many=True)


class IssuedApiKeySerializer(ApiKeySerializer):
    secret = serializers.CharField(
        allow_null=True, help_text="Secret, shown in this response only; null in replays by an Idempotency-Key."
    )


class ApiKeyCreateSerializer(StrictSerializer):
    name = serializers.CharField(max_length=120)
    role = NamedChoiceField(choices=Role.choices, default=Role.MEMBER)
    scopes = serializers.ListField(
        child=NamedChoiceField(choices=SCOPES),
        required=False,
        allow_null=True,
        allow_empty=False,
        default=None,
        help_text="Scopes that limit the key; null: everything that its role allows.",
    )
    monthly_cap = AmountField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Most that the key's jobs may cost per calendar month (UTC); a job that could exceed it is refused.",
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class ApiKeyRotateSerializer(StrictSerializer):
    overlap_seconds = serializers.IntegerField(
        min_value=0, max_value=7 * 86_400, default=0, help_text="Seconds for which the old key keeps working."
    )


def issued_key(issued: IssuedKey) -> dict[str, object]:
    """The body of a new key, with the secret."""
    return {**ApiKeySerializer(issued.key).data, "secret": issued.secret}


def granter(actor: Actor) -> Granter:
    """The caller as somebody who makes, rotates or ends keys."""
    return Granter(Role(actor.role), ends_at=actor.ends_at, scopes=actor.scopes)


def _terms(body: dict[str, Any]) -> KeyTerms:
    return KeyTerms(
        name=body["name"],
        role=Role(body["role"]),
        scopes=None if body["scopes"] is None else tuple(body["scopes"]),
        monthly_cap_micros=body["monthly_cap"],
        expires_at=body["expires_at"],
    )


class ApiKeysView(TrainyardView):
    actions = {"GET": "organization.read", "POST": "organization.manage"}
    unstored_fields = frozenset({"secret"})

    @extend_schema(operation_id="listApiKeys", parameters=PAGE_PARAMETERS, responses=ApiKeyPageSerializer)
    def get(self, request: Request) -> Response:
        """API keys of the organization, including revoked ones, without their secrets."""
        page = paginate(queries.api_keys(), request)
        context = seen_by(self, now=database_now())
        return Response(page.body(ListedApiKeySerializer(page.rows, many=True, context=context).data))

    @extend_schema(operation_id="createApiKey", request=ApiKeyCreateSerializer, responses={201: IssuedApiKeySerializer})
    def post(self, request: Request) -> Response:
        """Creates an API key; its secret is in this response only."""
        terms = _terms(validated(ApiKeyCreateSerializer, request.data))
        issued = api_keys.create_api_key(
            terms=terms, granted_by=granter(self.actor), actor=self.actor.name, now=database_now()
        )
        return Response(issued_key(issued), status=201)


class ApiKeyView(TrainyardView):
    actions = {"DELETE": "organization.manage"}

    @extend_schema(operation_id="revokeApiKey", responses={204: None})
    def delete(self, request: Request, key_id: str) -> Response:
        """Revokes an API key at once; repeating the call changes nothing."""
        api_keys.revoke_api_key(
            key_id=key_id, granted_by=granter(self.actor), actor=self.actor.name, now=database_now()
        )
        return Response(status=204)


class ApiKeyRotateView(TrainyardView):
    actions = {"POST": "organization.manage"}
    unstored_fields = frozenset({"secret"})

    @extend_schema(operation_id="rotateApiKey", request=ApiKeyRotateSerializer, responses={201: IssuedApiKeySerializer})
    def post(self, request: Request, key_id: str) -> Response:
        """Creates a key with the same role, scopes and cap; the old key expires after `overlap_seconds`."""
        body = validated(ApiKeyRotateSerializer, request.data)
        issued = api_keys.rotate_api_key(
            key_id=key_id,
            overlap=timedelta(seconds=body["overlap_seconds"]),
            granted_by=granter(self.actor),
            actor=self.actor.name,
            now=database_now(),
        )
        return Response(issued_key(issued), status=201)
