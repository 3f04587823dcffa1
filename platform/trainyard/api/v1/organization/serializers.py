"""Bodies of the organization, its people, keys and audit trail."""

from typing import Any

from rest_framework import serializers

from trainyard.api.serializers import PageSerializer, StrictSerializer
from trainyard.tenants.models import Organization, Role


class OrganizationSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=Organization.State.choices)
    created_at = serializers.DateTimeField()


class MembershipSerializer(serializers.Serializer[Any]):
    """An organization that the caller may act for."""

    id = serializers.CharField(source="organization.id")
    name = serializers.CharField(source="organization.name")
    role = serializers.ChoiceField(choices=Role.choices)


class MeSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(source="actor.name", help_text="Of the user or the API key.")
    kind = serializers.ChoiceField(source="identity.kind", choices=["user", "api_key"])
    name = serializers.CharField(source="identity.name")
    email = serializers.EmailField(source="identity.email", allow_null=True)
    is_operator = serializers.BooleanField(source="actor.is_operator")
    organization = OrganizationSerializer(
        source="identity.organization", allow_null=True, help_text="The one this request acts for."
    )
    role = serializers.ChoiceField(choices=Role.choices, allow_null=True)
    permissions = serializers.ListField(child=serializers.CharField(), help_text="What this caller may do.")
    organizations = MembershipSerializer(
        source="identity.organizations",
        many=True,
        help_text="A user with several names one in the header Trainyard-Organization.",
    )


class MemberSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    user_id = serializers.CharField()
    email = serializers.EmailField(source="user.email")
    name = serializers.CharField(source="user.name")
    role = serializers.ChoiceField(choices=Role.choices)
    created_at = serializers.DateTimeField()


class MemberPageSerializer(PageSerializer):
    data = MemberSerializer(many=True)


class ApiKeySerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    prefix = serializers.CharField(help_text="How the secret begins.")
    role = serializers.ChoiceField(choices=Role.choices)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class ApiKeyPageSerializer(PageSerializer):
    data = ApiKeySerializer(many=True)


class IssuedApiKeySerializer(ApiKeySerializer):
    secret = serializers.CharField(
        allow_null=True, help_text="Shown this once; null where an Idempotency-Key replays the answer."
    )


class ApiKeyCreateSerializer(StrictSerializer):
    name = serializers.CharField(max_length=120)
    role = serializers.ChoiceField(choices=Role.choices, default=Role.MEMBER)
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class ApiKeyRotateSerializer(StrictSerializer):
    overlap_seconds = serializers.IntegerField(
        min_value=0, max_value=7 * 86_400, default=0, help_text="How long the old key keeps working."
    )


class AuditEventSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    actor = serializers.CharField(help_text="Id of the user or API key.")
    action = serializers.CharField()
    target = serializers.CharField()
    address = serializers.CharField(help_text="The network address of whoever called; empty where nobody did.")
    before = serializers.DictField(help_text="The values that were changed.")
    after = serializers.DictField(help_text="What they became.")
    details = serializers.DictField(source="data")
    sequence = serializers.IntegerField(help_text="Counts the organization's events without gaps, from 1.")
    hash = serializers.CharField(help_text="SHA-256 over this event and all before it.")
    created_at = serializers.DateTimeField()


class AuditEventPageSerializer(PageSerializer):
    data = AuditEventSerializer(many=True)
