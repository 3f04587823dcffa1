"""Client of the worker API, ``/api/worker/v1``, with typed calls; ``trainyard_spec.worker_protocol`` is its contract.

``register``, ``heartbeat``, the claims and ``release_host`` are sent once. All other calls are retried while the
control plane is unreachable, until their ``give_up`` event is set; the protocol makes retries harmless.
"""

from pathlib import Path
from threading import Event
from typing import Self

from trainyard_spec.files import FileEntry
from trainyard_spec.training_sessions import (
    HostRelease,
    OperationFinish,
    SessionClaimRequest,
    SessionWork,
    StateRegistration,
)
from trainyard_spec.worker_protocol import (
    CheckpointRegistration,
    Claim,
    ClaimRequest,
    ExportClaim,
    ExportFinish,
    Finish,
    Heartbeat,
    HeartbeatReply,
    PredictionClaim,
    PredictionFinish,
    PredictionParts,
    ProfileClaim,
    ProfileFinish,
    Registered,
    Registration,
    Report,
    ReportReply,
)
from trainyard_worker.transport import Transport

API_PATH = "/api/worker/v1"


class ControlPlane:
    """The control plane as one worker uses it. Raises the ``CallFailed`` of ``trainyard_worker.transport``."""

    def __init__(self, *, url: str, token: str) -> None:
        self._transport = Transport(base_url=url.rstrip("/") + API_PATH, token=token)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        self._transport.close()

    def register(self, registration: Registration) -> Registered:
        """The one call whose bearer is the enrolment token."""
        return self._transport.request("/register", registration, Registered)

    def heartbeat(self, heartbeat: Heartbeat) -> HeartbeatReply:
        return self._transport.request("/heartbeat", heartbeat, HeartbeatReply)

    def claim(self, request: ClaimRequest) -> Claim | None:
        return self._transport.request_once("/claim", request, Claim)

    def report(self, attempt_id: str, report: Report, *, give_up: Event) -> ReportReply:
        return self._transport.request(f"/attempts/{attempt_id}/reports", report, ReportReply, give_up=give_up)

    def register_checkpoint(
        self, attempt_id: str, registration: CheckpointRegistration, *, give_up: Event
    ) -> ReportReply:
        return self._transport.request(
            f"/attempts/{attempt_id}/checkpoints", registration, ReportReply, give_up=give_up
        )

    def finish(self, attempt_id: str, finish: Finish, *, give_up: Event) -> None:
        self._transport.post(f"/attempts/{attempt_id}/finish", finish, give_up=give_up)

    def download_dataset_file(self, attempt_id: str, entry: FileEntry, destination: Path, *, give_up: Event) -> None:
        path = f"/attempts/{attempt_id}/dataset/{entry.name}"
        self._transport.download(path, entry, destination, give_up=give_up)

    def download_start_file(self, attempt_id: str, entry: FileEntry, destination: Path, *, give_up: Event) -> None:
        path = f"/attempts/{attempt_id}/start/{entry.name}"
        self._transport.download(path, entry, destination, give_up=give_up)

    def download_checkpoint_file(
        self, attempt_id: str, entry: FileEntry, destination: Path, *, step: int, give_up: Event
    ) -> None:
        path = f"/attempts/{attempt_id}/checkpoints/{step}/files/{entry.name}"
        self._transport.download(path, entry, destination, give_up=give_up)

    def upload_checkpoint_file(self, attempt_id: str, source: Path, *, step: int, fence: int, give_up: Event) -> None:
        path = f"/attempts/{attempt_id}/checkpoints/{step}/files/{source.name}"
        self._transport.upload(path, source, parameters={"fence": str(fence)}, give_up=give_up)

    def upload_model_file(self, attempt_id: str, source: Path, *, fence: int, give_up: Event) -> None:
        path = f"/attempts/{attempt_id}/model/{source.name}"
        self._transport.upload(path, source, parameters={"fence": str(fence)}, give_up=give_up)

    def claim_profile(self, request: ClaimRequest) -> ProfileClaim | None:
        return self._transport.request_once("/profiles/claim", request, ProfileClaim)

    def download_profile_file(self, profile_id: str, entry: FileEntry, destination: Path, *, give_up: Event) -> None:
        path = f"/profiles/{profile_id}/dataset/{entry.name}"
        self._transport.download(path, entry, destination, give_up=give_up)

    def download_profile_start_file(
        self, profile_id: str, entry: FileEntry, destination: Path, *, give_up: Event
    ) -> None:
        path = f"/profiles/{profile_id}/start/{entry.name}"
        self._transport.download(path, entry, destination, give_up=give_up)

    def finish_profile(self, profile_id: str, finish: ProfileFinish, *, give_up: Event) -> None:
        self._transport.post(f"/profiles/{profile_id}/finish", finish, give_up=give_up)

    def claim_export(self) -> ExportClaim | None:
        return self._transport.request_once("/exports/claim", None, ExportClaim)

    def download_exported_model_file(
        self, export_id: str, entry: FileEntry, destination: Path, *, give_up: Event
    ) -> None:
        self._transport.download(f"/exports/{export_id}/model/{entry.name}", entry, destination, give_up=give_up)

    def upload_export_file(self, export_id: str, source: Path, *, root: Path, give_up: Event) -> None:
        """``source`` is below ``root``, where a hostile engine may have put links."""
        path = f"/exports/{export_id}/files/{source.relative_to(root).as_posix()}"
        self._transport.upload(path, source, root=root, parameters={}, give_up=give_up)

    def finish_export(self, export_id: str, finish: ExportFinish, *, give_up: Event) -> None:
        self._transport.post(f"/exports/{export_id}/finish", finish, give_up=give_up)

    def claim_prediction(self) -> PredictionClaim | None:
        return self._transport.request_once("/predictions/claim", None, PredictionClaim)

    def download_model_file(self, prediction_id: str, entry: FileEntry, destination: Path, *, give_up: Event) -> None:
        path = f"/predictions/{prediction_id}/model/{entry.name}"
        self._transport.download(path, entry, destination, give_up=give_up)

    def tell_parts(self, prediction_id: str, parts: PredictionParts) -> None:
        """Once: whoever reads along gets what is lost with the whole answer."""
        self._transport.request_once(f"/predictions/{prediction_id}/parts", parts, PredictionParts)

    def finish_prediction(self, prediction_id: str, finish: PredictionFinish, *, give_up: Event) -> None:
        self._transport.post(f"/predictions/{prediction_id}/finish", finish, give_up=give_up)

    def claim_session_work(self, request: SessionClaimRequest) -> SessionWork | None:
        return self._transport.request_once("/training-sessions/claim", request, SessionWork)

    def finish_operation(self, operation_id: str, finish: OperationFinish, *, give_up: Event) -> SessionWork | None:
        """What comes next, where ``finish.then`` asks for it and something does."""
        path = f"/training-sessions/operations/{operation_id}/finish"
        return self._transport.request_if_any(path, finish, SessionWork, give_up=give_up)

    def release_host(self, release: HostRelease) -> None:
        self._transport.post("/training-sessions/release", release, give_up=_at_once())

    def download_state_file(
        self, run_id: str, entry: FileEntry, destination: Path, *, seq_id: int, give_up: Event
    ) -> None:
        path = f"/training-sessions/runs/{run_id}/states/{seq_id}/{entry.name}"
        self._transport.download(path, entry, destination, give_up=give_up)

    def upload_state_file(self, run_id: str, source: Path, *, seq_id: int, fence: int, give_up: Event) -> None:
        path = f"/training-sessions/runs/{run_id}/states/{seq_id}/{source.name}"
        self._transport.upload(path, source, parameters={"fence": str(fence)}, give_up=give_up)

    def register_state(self, run_id: str, registration: StateRegistration, *, give_up: Event) -> None:
        self._transport.post(f"/training-sessions/runs/{run_id}/states", registration, give_up=give_up)


def _at_once() -> Event:
    """For a call that is made once."""
    given_up = Event()
    given_up.set()
    return given_up
