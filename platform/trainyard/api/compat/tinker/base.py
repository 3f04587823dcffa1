"""Base of the Tinker views: keys in ``X-API-Key``, any ``Accept``, and the status codes that the client expects.

Facts about the client are those of ``tinker`` 0.38.0, read from its package.
"""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.actor import Actor
from trainyard.api.authentication import ApiKeyAuthentication, actor_of_key
from trainyard.api.views import TrainyardView
from trainyard.core.errors import Conflict, FieldError, InvalidInput
from trainyard.core.secrets import TINKER_ALIAS
from trainyard.tenants.models import ApiKey
from trainyard_spec.training_sessions import SeqId

KEY_HEADER = "X-API-Key"
CallNumber = Annotated[SeqId, Field(ge=1)]
"""``seq_id`` of a call of a run, which counts from 1."""

Body = TypeVar("Body", bound="TinkerBody")


class TinkerKeyAuthentication(ApiKeyAuthentication):
    """``X-API-Key: tml-ty_live_…``: an API key with the client's prefix before it."""

    def authenticate(self, request: Request) -> tuple[Actor, ApiKey] | None:
        secret = request.headers.get(KEY_HEADER, "").strip()
        return actor_of_key(secret.removeprefix(TINKER_ALIAS)) if secret else None


class ProtobufNegotiation(BaseContentNegotiation):
    """Accepts every ``Accept`` header: the client asks for protobuf, but also reads JSON where that is sent."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        content_type = (request.content_type or "").split(";")[0].strip()
        return next((parser for parser in parsers if parser.media_type == content_type), parsers[0])

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class TinkerBody(BaseModel):
    """JSON of a request. Unknown fields are refused instead of being ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    type: str = ""


class TinkerView(TrainyardView):
    """Base view. Every POST is idempotent by numbers in its body, so no ``Idempotency-Key`` is needed."""

    authentication_classes = (TinkerKeyAuthentication,)
    content_negotiation_class = ProtobufNegotiation
    idempotent_post = False

    def body(self, model: type[Body]) -> Body:
        """The request's JSON. Raises ``InvalidInput``."""
        return parsed(model, self.request.data)

    def handle_exception(self, exc: Exception) -> Response:
        """409 and 429 have the client try again for minutes: what will not change by itself is a 400."""
        response = super().handle_exception(exc)
        if isinstance(exc, Conflict) and response.status_code == Conflict.status:
            response.status_code = 400
        return response


def parsed(model: type[Body], data: Any) -> Body:
    """``data`` as ``model``. Raises ``InvalidInput``, naming each field at fault."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        found = tuple(
            FieldError(".".join(map(str, item["loc"])), item["type"], item["msg"], "") for item in error.errors()
        )
        sentences = "; ".join(f"{each.field}: {each.message}" for each in found[:5])
        raise InvalidInput(f"The request is not valid: {sentences}.", errors=found) from None
