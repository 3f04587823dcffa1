"""Identity of this worker at the control plane: enrolled once, stored in the state directory."""

from pathlib import Path

import structlog
from pydantic import ValidationError
from tenacity import RetryCallState, Retrying, retry_if_exception_type

from trainyard_common.atomic_io import PRIVATE, write_atomically
from trainyard_spec.worker_protocol import Heartbeat, HeldAttempt, Registered, Registration
from trainyard_worker.client import ControlPlane
from trainyard_worker.transport import BACKOFF, Refused, Unauthorized, Unreachable

log = structlog.get_logger()

IDENTITY_FILE = "worker.json"


class NotEnrolled(Exception):
    """The worker has no valid credential and cannot get one; the message says what to do."""


def obtain_identity(
    *,
    state_dir: Path,
    control_plane_url: str,
    enrolment_token: str | None,
    registration: Registration,
    held: tuple[HeldAttempt, ...],
) -> Registered:
    """The stored identity if the control plane still accepts it, else a new one by ``enrolment_token``.

    With the stored one the worker keeps those attempts from before that are ``held``, and lets go of all others.

    Waits for a control plane that is not reachable yet. Raises ``NotEnrolled``.
    """
    stored = _read(state_dir / IDENTITY_FILE)
    if stored and _is_accepted(stored, control_plane_url, Heartbeat(about=registration, attempts=held)):
        log.info("identity.reused", worker_id=stored.worker_id)
        return stored
    if enrolment_token is None:
        reason = "does not accept this worker's stored credential" if stored else "does not know this worker yet"
        raise NotEnrolled(
            f"The control plane at {control_plane_url} {reason}. "
            "Get an enrolment token of the pool and set TRAINYARD_WORKER_ENROLMENT_TOKEN."
        )
    identity = _enrol(control_plane_url, enrolment_token, registration)
    _write(state_dir / IDENTITY_FILE, identity)
    log.info("worker.enrolled", worker_id=identity.worker_id, pool=identity.pool)
    return identity


def _is_accepted(identity: Registered, control_plane_url: str, first: Heartbeat) -> bool:
    """Asks by a heartbeat that says what this worker is by now. Raises ``NotEnrolled`` when it fits no longer."""
    with ControlPlane(url=control_plane_url, token=identity.token) as control_plane:
        try:
            _retrying()(control_plane.heartbeat, first)
        except Unauthorized:
            return False
        except Refused as error:
            raise NotEnrolled(f"The control plane at {control_plane_url} refused this worker: {error}") from error
    return True


def _enrol(control_plane_url: str, enrolment_token: str, registration: Registration) -> Registered:
    with ControlPlane(url=control_plane_url, token=enrolment_token) as control_plane:
        try:
            return _retrying()(control_plane.register, registration)
        except Refused as error:
            raise NotEnrolled(
                f"The control plane at {control_plane_url} refused to enrol this worker: {error}"
            ) from error


def _retrying() -> Retrying:
    return Retrying(retry=retry_if_exception_type(Unreachable), wait=BACKOFF, before_sleep=_report_wait, reraise=True)


def _report_wait(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    log.warning("identity.retried", tries=state.attempt_number, error=str(error))


def _read(file: Path) -> Registered | None:
    try:
        return Registered.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        log.warning("identity.read_failed", error=str(error))
        return None


def _write(file: Path, identity: Registered) -> None:
    write_atomically(file, identity.model_dump_json().encode(), mode=PRIVATE)
