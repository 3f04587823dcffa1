"""Device authorization grant (RFC 8628): log-in of a program without a browser, which gets an API key."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.parsers import FiniteJSONParser
from trainyard.api.permissions import PERSON, PUBLIC
from trainyard.api.rate_limits import check_pace
from trainyard.api.serializers import NamedChoiceField, StrictSerializer, validated
from trainyard.api.v1.organization.api_keys import ApiKeySerializer, granter
from trainyard.api.v1.organization.organizations import OrganizationSerializer
from trainyard.api.views import TrainyardView
from trainyard.core.errors import FieldError, InvalidInput, PermissionDenied
from trainyard.core.subscribers import subscriber_of
from trainyard.core.tenancy import platform_scope
from trainyard.core.time import database_now
from trainyard.tenants import device_authorization
from trainyard.tenants.device_authorization import MOST_KEY_DAYS, USUAL_KEY_DAYS, KeyRequest, StartedAuthorization
from trainyard.tenants.models import Role
from trainyard.tenants.permissions import SCOPES

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
NO_STORE = {"Cache-Control": "no-store"}
PAGE = "/device"


class UnsupportedGrantType(InvalidInput):
    """The token endpoint supports only the device code grant (RFC 6749, section 5.2)."""

    code = "unsupported_grant_type"


class InvalidScope(InvalidInput):
    """The requested scope does not exist for API keys (RFC 6749, section 5.2)."""

    code = "invalid_scope"


class DeviceAuthorizeSerializer(StrictSerializer):
    client_id = serializers.CharField(max_length=120, default="trainyard", help_text="OAuth client id of the program.")
    client_name = serializers.CharField(
        required=False, max_length=120, help_text="Name for the key, such as `trainyard on laptop`."
    )
    scope = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=1_000,
        help_text="Scopes of the key, separated by spaces; empty: everything that its role allows.",
    )
    role = NamedChoiceField(choices=Role.choices, default=Role.MEMBER)
    key_lifetime_days = serializers.IntegerField(
        min_value=1, max_value=MOST_KEY_DAYS, default=USUAL_KEY_DAYS, help_text="Lifetime of the key in days."
    )


class StartedDeviceAuthorizationSerializer(serializers.Serializer[Any]):
    """Device authorization response (RFC 8628, section 3.2)."""

    device_code = serializers.CharField(help_text="Secret with which the device polls; shown in this response only.")
    user_code = serializers.CharField(help_text="Code that the person types, such as `WDJB-MJHT`.")
    verification_uri = serializers.CharField(help_text="URL where the person types it.")
    verification_uri_complete = serializers.CharField(help_text="URL that contains the code.")
    expires_in = serializers.IntegerField(help_text="Seconds until the codes expire.")
    interval = serializers.IntegerField(help_text="Seconds to wait between two polls.")


class TokenRequestSerializer(StrictSerializer):
    grant_type = serializers.CharField(max_length=120, help_text=f"`{GRANT_TYPE}`")
    device_code = serializers.CharField(max_length=120)
    client_id = serializers.CharField(required=False, max_length=120)


class TokenSerializer(serializers.Serializer[Any]):
    """Token response (RFC 6749, section 5.1), with the properties of the API key."""

    access_token = serializers.CharField(help_text="The API key, shown in this response only.")
    token_type = serializers.ChoiceField(choices=["Bearer"])
    expires_in = serializers.IntegerField(help_text="Seconds until the key expires.")
    scope = serializers.CharField(
        help_text="Scopes of the key, separated by spaces; empty: everything that its role allows."
    )
    key = ApiKeySerializer()
    organization = OrganizationSerializer()


class DeviceAuthorizationSerializer(serializers.Serializer[Any]):
    """What a device asks for, shown to the person who decides."""

    user_code = serializers.SerializerMethodField()
    client_name = serializers.CharField()
    address = serializers.CharField(help_text="Network address of the device.")
    role = serializers.ChoiceField(choices=Role.choices)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=SCOPES),
        allow_null=True,
        help_text="Scopes that limit the key; null: everything that its role allows.",
    )
    key_lifetime_days = serializers.IntegerField(source="lifetime_days")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(help_text="Time until which it can be approved.")

    def get_user_code(self, authorization: Any) -> str:
        return shown(authorization.user_code)


class OAuthView(TrainyardView):
    """Accepts forms, which OAuth clients send, and JSON, without authentication."""

    actions = {"POST": PUBLIC}
    authentication_classes = ()
    parser_classes = (FiniteJSONParser, FormParser)
    idempotent_post = False


class AuthorizeDeviceView(OAuthView):
    @extend_schema(
        operation_id="authorizeDevice",
        auth=[],
        request=DeviceAuthorizeSerializer,
        responses=StartedDeviceAuthorizationSerializer,
    )
    def post(self, request: Request) -> Response:
        """Begins a log-in without a browser (RFC 8628).

        Show the person `user_code` and `verification_uri`, and poll `POST /oauth/token` with `device_code`.
        """
        body = validated(DeviceAuthorizeSerializer, request.data)
        address = subscriber_of(request.META.get("REMOTE_ADDR", ""))
        check_pace(f"device-authorization:{address}", per_minute=10, burst=20)
        wanted = KeyRequest(
            client_name=body.get("client_name") or body["client_id"],
            role=Role(body["role"]),
            scopes=_scopes(body["scope"]),
            lifetime_days=body["key_lifetime_days"],
        )
        started = device_authorization.start(wanted=wanted, address=address, now=database_now())
        return Response(StartedDeviceAuthorizationSerializer(_started(started)).data, headers=NO_STORE)


class TokenView(OAuthView):
    @extend_schema(
        operation_id="exchangeDeviceCode",
        auth=[],
        request=TokenRequestSerializer,
        responses=OpenApiResponse(TokenSerializer),
    )
    def post(self, request: Request) -> Response:
        """Returns the API key once a person has approved the device (RFC 8628).

        Until then the answer is 400 with `error` (and `code`) `authorization_pending`, or `slow_down`: then wait five
        seconds longer between polls. `access_denied`, `expired_token` and `invalid_grant` are final.
        """
        body = validated(TokenRequestSerializer, request.data)
        if body["grant_type"] != GRANT_TYPE:
            raise UnsupportedGrantType("There is no such grant here.", hint=f"Send grant_type={GRANT_TYPE}.")
        now = database_now()
        issued = device_authorization.redeem(device_code=body["device_code"], now=now)
        with platform_scope():
            answer = {
                "access_token": issued.secret,
                "token_type": "Bearer",
                "expires_in": 0
                if issued.key.expires_at is None
                else int((issued.key.expires_at - now).total_seconds()),
                "scope": " ".join(issued.key.scopes or ()),
                "key": issued.key,
                "organization": issued.key.organization,
            }
            return Response(TokenSerializer(answer).data, headers=NO_STORE)


class DeviceAuthorizationView(TrainyardView):
    actions = {"GET": PERSON}

    @extend_schema(operation_id="readDeviceAuthorization", responses=DeviceAuthorizationSerializer)
    def get(self, request: Request, user_code: str) -> Response:
        """What the device that shows this code asks for. After an answer: 404, `device_code_ended`."""
        _check_guesses(self.actor.name)
        found = device_authorization.waiting(user_code, now=database_now())
        return Response(DeviceAuthorizationSerializer(found).data)


class ApproveDeviceView(TrainyardView):
    actions = {"POST": "organization.manage"}
    takes_body = False
    idempotent_post = False

    @extend_schema(operation_id="approveDevice", request=None, responses=DeviceAuthorizationSerializer)
    def post(self, request: Request, user_code: str) -> Response:
        """Approves a device: it gets the API key that it asks for, of the person's current organization."""
        _check_guesses(self.actor.name)
        device_authorization.waiting(user_code, now=database_now())
        if not self.actor.is_person:
            raise PermissionDenied("Only a person who logged in may confirm a device.", hint="Log in in a browser.")
        approved = device_authorization.approve(
            user_code=user_code, granted_by=granter(self.actor), actor=self.actor.name, now=database_now()
        )
        return Response(DeviceAuthorizationSerializer(approved).data)


class DenyDeviceView(TrainyardView):
    actions = {"POST": PERSON}
    takes_body = False
    idempotent_post = False

    @extend_schema(operation_id="denyDevice", request=None, responses={204: None})
    def post(self, request: Request, user_code: str) -> Response:
        """Denies a device for good."""
        _check_guesses(self.actor.name)
        device_authorization.deny(
            user_code=user_code,
            organization_id=self.actor.organization_id,
            actor=self.actor.name,
            now=database_now(),
        )
        return Response(status=204)


def shown(user_code: str) -> str:
    """The code as people read it: in two halves."""
    half = len(user_code) // 2
    return f"{user_code[:half]}-{user_code[half:]}"


def _started(started: StartedAuthorization) -> dict[str, object]:
    page = f"{settings.ENVIRONMENT.public_url.rstrip('/')}{PAGE}"
    code = shown(started.authorization.user_code)
    return {
        "device_code": started.device_code,
        "user_code": code,
        "verification_uri": page,
        "verification_uri_complete": f"{page}?code={code}",
        "expires_in": int(device_authorization.LIFETIME.total_seconds()),
        "interval": started.authorization.interval_seconds,
    }


def _scopes(text: str) -> tuple[str, ...] | None:
    """Raises ``InvalidScope``."""
    wanted = tuple(text.split())
    if unknown := [scope for scope in wanted if scope not in SCOPES]:
        message = f"There is no scope {unknown[0]}."
        hint = f"Choose among {', '.join(SCOPES)}."
        raise InvalidScope(message, hint=hint, errors=(FieldError("scope", "invalid_choice", message, hint),))
    return wanted or None


def _check_guesses(actor: str) -> None:
    """Nobody finds somebody else's code by trying (RFC 8628, section 5.1)."""
    check_pace(f"user-code:{actor}", per_minute=20, burst=30)
