"""Supervisor of a worker: claims attempts and predictions, runs them, and sends heartbeats for what it holds."""

from collections.abc import Callable, Sequence
from threading import Event, Thread
from time import monotonic

from trainyard_spec.worker_protocol import Claim, ClaimRequest, Registration
from trainyard_worker.attempt_runner import AttemptRunner
from trainyard_worker.context import WorkerContext
from trainyard_worker.exports import Exporter
from trainyard_worker.heartbeat import run_heartbeat
from trainyard_worker.leftovers import Leftovers
from trainyard_worker.poller import Poller
from trainyard_worker.predictions import Predictor
from trainyard_worker.profiles import Profiler
from trainyard_worker.slots import Slots
from trainyard_worker.training_sessions import Hosting, SessionPlaces
from trainyard_worker.transport import Unauthorized

CLAIM_SECONDS = 1.0
LAST_HEARTBEAT_SECONDS = 0.5
SESSION_SECONDS = 3.0
"""What hosts of training sessions get to store the states of their runs, on which no work depends."""
PREDICTIONS_AT_ONCE = 2
"""Of different organizations: a slow model of one does not hold up another's."""


class Supervisor:
    """``start`` starts its threads, ``ring`` makes it poll for work at once, ``stop`` ends everything in time."""

    def __init__(
        self,
        *,
        context: WorkerContext,
        leftovers: Leftovers,
        about: Registration,
        make_attempt: Callable[[Claim, Sequence[int]], AttemptRunner],
        clear_slot: Callable[[int], None],
        slots: int,
        hosting: Hosting,
        poll_seconds: float,
        heartbeat_seconds: float,
        on_unauthorized: Callable[[Unauthorized], None],
    ) -> None:
        self._control_plane, self._forkserver = context.control_plane, context.forkserver
        self._leftovers, self._about = leftovers, about
        self._has_room = context.state.has_room
        self._stopped = Event()
        self._claims = Poller("claims", self._claim_while_free, every_seconds=poll_seconds)
        self._predictor = Predictor(context)
        self._health = context.health
        self._slots = Slots(
            slots,
            make_attempt=make_attempt,
            clear=clear_slot,
            on_free=self._claims.ring,
            on_suspect=context.health.mark_suspect,
        )
        self._profiler = Profiler(context, self._slots, hosting, is_fit=self._is_fit)
        self._exporter = Exporter(context, self._slots, hosting)
        self._sessions = SessionPlaces(context, self._slots, hosting, slots=slots, poll_seconds=poll_seconds)
        self._others = self._pollers_beside_claims(every_seconds=poll_seconds)
        self._heart = self._heartbeat(context, every_seconds=heartbeat_seconds, on_unauthorized=on_unauthorized)

    def _pollers_beside_claims(self, *, every_seconds: float) -> list[Poller]:
        """What looks for predictions, profiles, exports and training sessions."""
        work = [self._predictor.answer_waiting] * PREDICTIONS_AT_ONCE
        work += [self._profiler.measure_waiting, self._exporter.export_waiting]
        pollers = [Poller(f"beside-{n}", each, every_seconds=every_seconds) for n, each in enumerate(work)]
        return pollers + self._sessions.pollers

    def _heartbeat(
        self, context: WorkerContext, *, every_seconds: float, on_unauthorized: Callable[[Unauthorized], None]
    ) -> Thread:
        return Thread(
            target=run_heartbeat,
            kwargs={
                "control_plane": context.control_plane,
                "every_seconds": every_seconds,
                "attempts": lambda: [*self._slots.attempts, *self._leftovers.waiting],
                "has_room": context.state.has_room,
                "fault": lambda: context.health.fault,
                "stopped": self._stopped,
                "on_heard": context.state.mark_heartbeat,
                "on_unauthorized": on_unauthorized,
            },
            name="heartbeat",
            daemon=True,
        )

    def start(self) -> None:
        self._heart.start()
        self._claims.start()
        for place in self._others:
            place.start()

    def ring(self) -> None:
        self._claims.ring()
        for place in self._others:
            place.ring()

    def stop(self, *, grace_seconds: float) -> None:
        """Takes no more work; running attempts get ``grace_seconds`` to write and hand over a checkpoint."""
        deadline = monotonic() + grace_seconds
        self._leftovers.stop()
        self._predictor.stop()
        self._sessions.stopped.set()
        self._profiler.stop()
        self._exporter.stop()
        for place in self._others:
            place.stop()
        self._claims.stop()
        # A claim that is just being answered has to be among the attempts to stop.
        self._claims.join(min(CLAIM_SECONDS, grace_seconds))
        for place in self._sessions.pollers:
            place.join(max(0.0, min(SESSION_SECONDS, deadline - monotonic())))
        self._slots.stop(grace_seconds=deadline - monotonic())
        # Beating goes on until here: the leases of attempts that hand over their last checkpoint must hold.
        self._stopped.set()
        if self._heart.is_alive():
            # The connection it may be using is closed next.
            self._heart.join(LAST_HEARTBEAT_SECONDS)

    def _claim_while_free(self) -> None:
        self._leftovers.hand_over(self._control_plane, about=self._about)
        while not self._claims.stopped and self._is_fit():
            with self._slots.claiming:
                free = self._slots.claimable
                claim = self._control_plane.claim(ClaimRequest(free_slots=free)) if free else None
                if claim is None:
                    return
                if claim.slots > self._slots.free:
                    self._profiler.make_room()
                self._slots.run(claim)

    def _is_fit(self) -> bool:
        return self._health.fault is None and not self._forkserver.keeps_dying and self._has_room()
