"""Worker protocol: base of its views, and the calls of a worker about itself."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, ClassVar, TypeVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from pydantic import BaseModel, ValidationError
from rest_framework import status
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from trainyard.api.body_limits import ANY_TYPE, Limit, of_worker_message
from trainyard.api.uploads import UploadTooLarge
from trainyard.core.errors import FieldError, InvalidInput
from trainyard.core.tenancy import platform_scope
from trainyard.core.time import database_now
from trainyard.jobs.lifecycle import claiming, leases
from trainyard.pools import workers
from trainyard.pools.models import Worker
from trainyard.training_sessions import finishing as training_sessions
from trainyard_spec.names import UNSTORABLE, unstorable_in
from trainyard_spec.worker_protocol import ClaimRequest, Heartbeat, HeartbeatReply, Registered, Registration

Body = TypeVar("Body", bound=BaseModel)


class WorkerAuthentication(BaseAuthentication):
    """``Authorization: Bearer`` with the token that the worker got at registration."""

    def authenticate(self, request: Request) -> tuple[Worker, None]:
        worker = workers.authenticate(secret=bearer(request))
        if worker is None:
            raise AuthenticationFailed("This worker token is unknown, or the worker was removed.")
        return worker, None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="trainyard workers"'


class WorkerView(APIView):
    """Call of a registered worker, which serves all tenants. Bodies are validated once, by the contract's models."""

    authentication_classes: Sequence[type[BaseAuthentication]] = [WorkerAuthentication]
    permission_classes = ()
    throttle_classes = ()
    body_limits: ClassVar[dict[str, Limit]] = {ANY_TYPE: of_worker_message}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with platform_scope(), ExitStack() as self.request_scope:
            return super().dispatch(request, *args, **kwargs)

    @property
    def worker(self) -> Worker:
        worker: Any = self.request.user
        assert isinstance(worker, Worker)  # noqa: S101  WorkerAuthentication let nobody else through
        return worker

    def body(self, model: type[Body]) -> Body:
        """The request's JSON. Raises ``InvalidInput`` and ``UploadTooLarge``."""
        try:
            raw = self.request._request.body  # noqa: SLF001  no other way to the raw body
            message = model.model_validate_json(raw)
        except RequestDataTooBig:
            raise UploadTooLarge("The message is too large.") from None
        except ValidationError as error:
            raise InvalidInput(
                "The message does not follow the worker protocol.",
                errors=tuple(
                    FieldError(".".join(map(str, item["loc"])), item["type"], item["msg"]) for item in error.errors()
                ),
            ) from None
        if b"\\u0000" in raw and (unstorable := tuple(unstorable_in(message.model_dump()))):
            errors = tuple(FieldError(path, "invalid", UNSTORABLE) for path in unstorable)
            raise InvalidInput("The message holds a text that cannot be stored.", errors=errors)
        return message


class RegisterView(WorkerView):
    authentication_classes: Sequence[type[BaseAuthentication]] = []
    body_limits: ClassVar[dict[str, Limit]] = {}

    def post(self, request: Request) -> Response:
        enrolled = workers.register(
            enrolment_secret=bearer(request), registration=self.body(Registration), now=database_now()
        )
        return answer(
            Registered(
                worker_id=enrolled.worker.id,
                token=enrolled.token,
                pool=enrolled.worker.pool.name,
                queue=enrolled.worker.pool.queue,
                heartbeat_seconds=settings.ENVIRONMENT.heartbeat_seconds,
                lease_seconds=settings.ENVIRONMENT.lease_seconds,
            )
        )


class HeartbeatView(WorkerView):
    def post(self, request: Request) -> Response:
        now = database_now()
        heartbeat = self.body(Heartbeat)
        state = workers.record_heartbeat(worker=self.worker, heartbeat=heartbeat, now=now)
        if heartbeat.about is not None:
            leases.take_over(worker=self.worker, held=heartbeat.attempts, now=now)
            # Its hosts of before ended with it.
            training_sessions.release(worker=self.worker, host=None, now=now)
        reply = {
            "state": state,
            "desired": leases.renew_leases(worker=self.worker, held=heartbeat.attempts, now=now),
            "heartbeat_seconds": settings.ENVIRONMENT.heartbeat_seconds,
            "lease_seconds": settings.ENVIRONMENT.lease_seconds,
        }
        return answer(HeartbeatReply.model_validate(reply))


class ClaimView(WorkerView):
    def post(self, request: Request) -> Response:
        free_slots = self.body(ClaimRequest).free_slots
        with transaction.atomic():  # so that SQLite's clock is read when it is this claim's turn to write
            claim = claiming.claim(worker=self.worker, free_slots=free_slots, now=database_now())
        return Response(status=status.HTTP_204_NO_CONTENT) if claim is None else answer(claim)


def bearer(request: Request) -> str:
    """The bearer secret of a request; empty when there is none."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def answer(message: BaseModel) -> Response:
    """A message of the worker protocol as JSON."""
    return Response(message.model_dump(mode="json"))
