"""Tells the control plane every few seconds that this worker lives, and what it holds."""

from collections.abc import Callable, Collection
from threading import Event

import structlog

from trainyard_spec.worker_protocol import Heartbeat, HeartbeatReply
from trainyard_worker.attempt import Attempt
from trainyard_worker.client import ControlPlane
from trainyard_worker.leftovers import Leftover
from trainyard_worker.orders import ORDER_OF, Order
from trainyard_worker.transport import CallFailed, Unauthorized

log = structlog.get_logger()

RETRIES_PER_BEAT = 4


def beat(
    control_plane: ControlPlane, attempts: Collection[Attempt | Leftover], *, has_room: bool, fault: str | None
) -> HeartbeatReply:
    """One heartbeat: renews the leases of ``attempts`` and passes on what is wanted of each; a missing one is lost.

    Raises the ``CallFailed`` of ``trainyard_worker.transport``.
    """
    held = tuple(attempt.held for attempt in attempts)
    reply = control_plane.heartbeat(Heartbeat(attempts=held, has_room=has_room, fault=fault))
    for attempt in attempts:
        desired = reply.desired.get(attempt.held.attempt_id)
        order = Order.FORGET if desired is None else ORDER_OF[desired]
        if attempt.orders.give(order):
            action = "attempt.lost" if desired is None else "attempt.ordered"
            log.info(action, desired=desired, **attempt.held.model_dump())
    return reply


def keep_beating(
    control_plane: ControlPlane,
    *,
    every_seconds: float,
    attempts: Callable[[], Collection[Attempt | Leftover]],
    has_room: Callable[[], bool],
    fault: Callable[[], str | None],
    stopped: Event,
    on_heard: Callable[[], None],
    on_unauthorized: Callable[[Unauthorized], None],
) -> None:
    """Beats until ``stopped``; sooner than usual after a beat that did not get through.

    ``every_seconds`` is how often until the control plane says otherwise.
    """
    wait = 0.0
    while not stopped.wait(wait):
        try:
            reply = beat(control_plane, attempts(), has_room=has_room(), fault=fault())
            on_heard()
            wait = every_seconds = reply.heartbeat_seconds or every_seconds
        except Unauthorized as error:
            on_unauthorized(error)
            return
        except CallFailed as error:
            wait = every_seconds / RETRIES_PER_BEAT
            log.warning("heartbeat.failed", error=str(error))
        except Exception:
            # A worker that beats no more is taken for dead while it trains.
            wait = every_seconds / RETRIES_PER_BEAT
            log.exception("heartbeat.crashed")
