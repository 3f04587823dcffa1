"""Heartbeat of the worker: reports every few seconds the attempts that it holds, which renews their leases."""

from collections.abc import Callable, Collection
from threading import Event

import structlog

from trainyard_spec.worker_protocol import Heartbeat, HeartbeatReply
from trainyard_worker.attempt_runner import AttemptRunner
from trainyard_worker.client import ControlPlane
from trainyard_worker.leftovers import Leftover
from trainyard_worker.stop_signal import STOP_LEVEL_OF, StopLevel
from trainyard_worker.transport import CallFailed, Unauthorized

log = structlog.get_logger()

RETRIES_PER_HEARTBEAT = 4


def send_heartbeat(
    control_plane: ControlPlane, attempts: Collection[AttemptRunner | Leftover], *, has_room: bool, fault: str | None
) -> HeartbeatReply:
    """One heartbeat: renews the leases of ``attempts`` and passes on what is wanted of each; a missing one is lost.

    Raises the ``CallFailed`` of ``trainyard_worker.transport``.
    """
    held = tuple(attempt.held for attempt in attempts)
    reply = control_plane.heartbeat(Heartbeat(attempts=held, has_room=has_room, fault=fault))
    for attempt in attempts:
        desired = reply.desired.get(attempt.held.attempt_id)
        level = StopLevel.LOST if desired is None else STOP_LEVEL_OF[desired]
        if attempt.stop_signal.raise_to(level):
            about = {"desired": desired, **attempt.held.model_dump()}
            log.info("attempt.lost" if desired is None else "attempt.stop_requested", **about)
    return reply


def run_heartbeat(
    control_plane: ControlPlane,
    *,
    every_seconds: float,
    attempts: Callable[[], Collection[AttemptRunner | Leftover]],
    has_room: Callable[[], bool],
    fault: Callable[[], str | None],
    stopped: Event,
    on_heard: Callable[[], None],
    on_unauthorized: Callable[[Unauthorized], None],
) -> None:
    """Sends heartbeats until ``stopped``; sooner than usual after a heartbeat that did not get through.

    ``every_seconds`` is how often until the control plane says otherwise.
    """
    wait = 0.0
    while not stopped.wait(wait):
        try:
            reply = send_heartbeat(control_plane, attempts(), has_room=has_room(), fault=fault())
            on_heard()
            wait = every_seconds = reply.heartbeat_seconds or every_seconds
        except Unauthorized as error:
            on_unauthorized(error)
            return
        except CallFailed as error:
            wait = every_seconds / RETRIES_PER_HEARTBEAT
            log.warning("heartbeat.failed", error=str(error))
        except Exception:
            # A worker that sends no more heartbeats is taken for dead while it trains.
            wait = every_seconds / RETRIES_PER_HEARTBEAT
            log.exception("heartbeat.crashed")
