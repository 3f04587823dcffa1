"""Start-up of the client: configuration, session and telemetry."""

from typing import Any, ClassVar

from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.compat.tinker.base import TinkerBody, TinkerView
from trainyard.api.permissions import AUTHENTICATED
from trainyard.billing.holds import InsufficientFunds
from trainyard.core.errors import TrainyardError
from trainyard.core.money import format_micros
from trainyard.core.time import database_now
from trainyard.training_sessions import bases, funding, queries, sessions
from trainyard.training_sessions.models import TrainingSession

PAUSE_SECONDS = 7 * 86_400
"""How long a client waits for a top-up before it gives up."""


class ConfigBody(TinkerBody):
    sdk_version: str = Field(max_length=100)


class SessionBody(TinkerBody):
    tags: list[str] = Field(max_length=100)
    user_metadata: dict[str, Any] | None = None
    sdk_version: str
    project_id: str | None = None
    display_name: str | None = None


class HeartbeatBody(TinkerBody):
    session_id: str


class ConfigView(TinkerView):
    actions: ClassVar = {"POST": AUTHENTICATED}

    def post(self, request: Request) -> Response:
        """Flags that are not named have the client's defaults, which this platform serves."""
        self.body(ConfigBody)
        return Response({"billing_exception_max_pause_duration_sec": PAUSE_SECONDS})


class DynamicConfigView(TinkerView):
    actions: ClassVar = {"POST": AUTHENTICATED}

    def post(self, request: Request) -> Response:
        self.body(ConfigBody)
        return Response({"refresh_interval_sec": 300, "sample_cancel_enabled": False})


class CreateSessionView(TinkerView):
    actions: ClassVar = {"POST": "jobs.write"}

    def post(self, request: Request) -> Response:
        """A session, with its quote as a message that the client prints."""
        asked, now = self.body(SessionBody), database_now()
        session = sessions.open_session(
            created_by=self.actor.name,
            tags=asked.tags,
            user_metadata=asked.user_metadata,
            sdk_version=asked.sdk_version,
            project_id=asked.project_id or "",
            display_name=asked.display_name or "",
            now=now,
        )
        return Response({"type": "create_session", "session_id": session.id, **_messages(session)})


def _messages(session: TrainingSession) -> dict[str, str]:
    now = database_now()
    cap = f"this session may cost {format_micros(session.cap_micros)} in all"
    for base_model in bases.base_models(now=now):
        try:
            pool = bases.pool_with(base_model, now=now)
            price = funding.price_text(session, pool_id=pool.id, now=now)
        except TrainyardError:
            continue
        return {"info_message": f"In the pool {pool.name} {price}; {cap}."}
    return {"warning_message": "No worker that is running has a base model for training sessions."}


class SessionHeartbeatView(TinkerView):
    actions: ClassVar = {"POST": "jobs.write"}

    def post(self, request: Request) -> Response:
        sessions.record_heartbeat(session_id=self.body(HeartbeatBody).session_id, now=database_now())
        return Response({"type": "session_heartbeat"})


class FinishBody(TinkerBody):
    reason: dict[str, Any]
    detail: str | None = None


class FinishSessionView(TinkerView):
    actions: ClassVar = {"POST": "jobs.write"}

    def post(self, request: Request, session_id: str) -> Response:
        """The client is done: what the session holds and does not need goes back at once."""
        self.body(FinishBody)
        sessions.finish(session_id=session_id, now=database_now())
        return Response(status=204)


class TelemetryView(TinkerView):
    """Accepts the client's telemetry and discards it."""

    actions: ClassVar = {"POST": AUTHENTICATED}

    def post(self, request: Request) -> Response:
        return Response({"status": "accepted"})


class CapabilitiesView(TinkerView):
    actions: ClassVar = {"GET": "catalogue.read"}

    def get(self, request: Request) -> Response:
        """Base models of running workers; 402 where the wallet is empty, as the client's check for billing expects."""
        if queries.spendable_micros() <= 0:
            raise InsufficientFunds("The wallet is empty.", hint="Add credit.")
        found = bases.base_models(now=database_now())
        return Response(
            {
                "supported_models": [
                    {"model_name": name, "max_context_length": longest, "trainable": True, "sampleable": True}
                    for name, longest in found.items()
                ]
            }
        )
