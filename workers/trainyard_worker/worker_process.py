"""Worker process: assembles a worker, runs it, and shuts it down in time."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from queue import SimpleQueue
from threading import Event, Thread
from time import monotonic
from typing import NoReturn

import structlog
from celery import signals
from celery.apps.worker import Worker as CeleryWorker

from trainyard_common.inspection import forbid_inspection
from trainyard_common.logs import configure_logs
from trainyard_common.sandbox import Sandbox
from trainyard_common.sandbox.host import SandboxRequired, sandbox_of_host
from trainyard_spec.pretrained_models import NOT_TRAINABLE
from trainyard_spec.worker_protocol import Claim, Registered, Registration, broker_password
from trainyard_worker import gpu_health
from trainyard_worker.attempt_runner import AttemptRunner
from trainyard_worker.celery_app import broker_url_of, make_app, make_celery_worker
from trainyard_worker.client import ControlPlane
from trainyard_worker.confinement import Confinement
from trainyard_worker.context import WorkerContext
from trainyard_worker.file_cache import FileCache
from trainyard_worker.forkserver_client import ForkServerClient, engine_environment
from trainyard_worker.gpu_memory import clear_gpu_memory
from trainyard_worker.hardware import Host, NoGpu, detect_host, processors_of
from trainyard_worker.identity import NotEnrolled, obtain_identity
from trainyard_worker.leftovers import Leftovers
from trainyard_worker.poller import Poller
from trainyard_worker.registration import registration_of
from trainyard_worker.settings import InvalidSettings, WorkerSettings, load_settings
from trainyard_worker.state_dir import StateDir, StateDirInUse
from trainyard_worker.supervisor import Supervisor
from trainyard_worker.training_sessions import Hosting
from trainyard_worker.transport import Unauthorized
from trainyard_worker.worker_health import WorkerHealth

log = structlog.get_logger()

LAST_SECONDS = 1.0
CACHES_SWEPT_SECONDS = 300.0
"""How much longer than the grace period a stop may take before the process just ends."""
CELERY_ENDED = "celery ended"
QUIET_LIBRARIES = ("httpx", "httpcore", "kombu", "amqp")


def main() -> int:
    """Returns the exit status: 0 after a signal, 1 when it could not go on, 2 when it cannot run as it is set up."""
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    threading.excepthook = _exit_after_thread_death
    forbid_inspection()
    try:
        settings = load_settings()
        configure_logs(settings.log_level, quiet=QUIET_LIBRARIES)
        with ExitStack() as stack:
            return _run(settings, stack)
    except (InvalidSettings, StateDirInUse, NoGpu, NotEnrolled, SandboxRequired) as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _leave(_number: int, _frame: object) -> NoReturn:
    """What a signal does until Celery's own handlers are in place."""
    sys.exit(0)


def _exit_after_thread_death(died: threading.ExceptHookArgs) -> None:
    """Ends the process when a thread dies, so that a supervisor restarts it instead of seeing a live worker."""
    name = died.thread.name if died.thread else ""
    error = (died.exc_type, died.exc_value or died.exc_type(), died.exc_traceback)
    log.critical("worker.thread_died", thread=name, exc_info=error)
    sys.stderr.flush()
    os._exit(1)


def _run(settings: WorkerSettings, stack: ExitStack) -> int:
    host = detect_host(slot_kind=settings.slot_kind, environment=os.environ)
    slots = settings.slots or len(host.gpus) or 1
    host.check_slots(slots)
    threads = settings.threads_per_slot or max(1, host.cores // slots)
    state = StateDir(settings.state_dir, min_free_bytes=settings.min_free_bytes)
    stack.callback(state.close)
    state.clear_leftovers()
    leftovers = Leftovers(state.attempts)
    # Importing torch takes seconds: it begins before the control plane is even asked who we are.
    environment = engine_environment(os.environ, threads=threads, models=settings.pretrained_models)
    sandbox = _sandbox(settings, environment)
    forkserver = ForkServerClient(python=settings.python, environment=environment, sandbox=sandbox)
    forkserver.start()
    stack.callback(forkserver.stop)
    health = WorkerHealth()
    if host.gpus:
        _watch_gpu_errors(host, health)
    for name in settings.refused_names:
        log.warning("pretrained_model.refused", model=name, hint=NOT_TRAINABLE)
    about = registration_of(settings, host, sandbox, slots=slots)
    identity = _identity(settings, state, about, leftovers)
    control_plane = ControlPlane(url=str(settings.control_plane_url), token=identity.token)
    context = WorkerContext(
        control_plane=stack.enter_context(control_plane),
        forkserver=forkserver,
        datasets=FileCache(state.datasets, limit_bytes=settings.dataset_cache_bytes),
        models=FileCache(state.models, limit_bytes=settings.model_cache_bytes),
        state=state,
        threads=threads,
        report_seconds=settings.report_seconds,
        watchdog_limits=settings.watchdog_limits,
        health=health,
        confinement=_confinement(settings, host, state, sandbox, slots=slots),
    )
    process = WorkerProcess(settings, identity=identity, host=host, about=about, context=context, leftovers=leftovers)
    return process.run_until_stopped()


def _identity(settings: WorkerSettings, state: StateDir, about: Registration, leftovers: Leftovers) -> Registered:
    """Raises ``NotEnrolled``."""
    return obtain_identity(
        state_dir=state.root,
        control_plane_url=str(settings.control_plane_url),
        enrolment_token=settings.enrolment_token.get_secret_value() if settings.enrolment_token else None,
        registration=about,
        held=leftovers.held,
    )


def _confinement(settings: WorkerSettings, host: Host, state: StateDir, sandbox: Sandbox, *, slots: int) -> Confinement:
    return Confinement(
        sandbox=sandbox,
        slot_memory_bytes=host.memory_bytes // slots,
        slot_disk_bytes=settings.slot_disk_bytes or state.slot_disk_bytes(slots),
        gpus=bool(host.gpus),
        models=settings.pretrained_models,
    )


def _supervisor(
    settings: WorkerSettings,
    *,
    identity: Registered,
    host: Host,
    about: Registration,
    context: WorkerContext,
    leftovers: Leftovers,
    on_unauthorized: Callable[[Unauthorized], None],
) -> Supervisor:
    # Of GPU slots the GPU sets the pace.
    available = () if host.gpus else sorted(os.sched_getaffinity(0))

    def cpus_of(slots: Sequence[int]) -> Sequence[int]:
        return processors_of(slots, of=about.slots, threads=context.threads, available=available)

    def make_attempt(claim: Claim, slots: Sequence[int]) -> AttemptRunner:
        environment = host.slot_environment(slots)
        return AttemptRunner(claim, context=context, environment=environment, cpus=cpus_of(slots))

    def clear_slot(slot: int) -> None:
        if host.gpus:
            clear_gpu_memory(python=settings.python, environment=host.slot_environment([slot]))

    return Supervisor(
        context=context,
        leftovers=leftovers,
        about=about,
        make_attempt=make_attempt,
        clear_slot=clear_slot,
        slots=about.slots,
        hosting=_hosting(settings, host=host, about=about, cpus_of=cpus_of),
        poll_seconds=settings.poll_seconds,
        heartbeat_seconds=identity.heartbeat_seconds,
        on_unauthorized=on_unauthorized,
    )


def _hosting(
    settings: WorkerSettings, *, host: Host, about: Registration, cpus_of: Callable[[Sequence[int]], Sequence[int]]
) -> Hosting:
    return Hosting(
        has_models=bool(about.language_models),
        environment_of=host.slot_environment,
        cpus_of=cpus_of,
        idle_seconds=settings.session_idle_seconds,
        hang_seconds=settings.hang_floor_seconds,
    )


def _sandbox(settings: WorkerSettings, environment: Mapping[str, str]) -> Sandbox:
    """Raises ``SandboxRequired``."""
    sandbox = sandbox_of_host(settings.sandbox, python=settings.python, environment=environment)
    for sentence in sandbox.missing:
        log.warning("sandbox.weakened", kind=sandbox.kind, missing=sentence)
    return sandbox


def _cache_sweeper(context: WorkerContext, *, unused_seconds: float) -> Poller:
    forget = partial(context.forget_unused, seconds=unused_seconds)
    return Poller("caches", forget, every_seconds=min(unused_seconds, CACHES_SWEPT_SECONDS))


def _watch_gpu_errors(host: Host, health: WorkerHealth) -> None:
    import pynvml  # type: ignore[import-untyped]  # there, because it found the GPUs

    listening = {"uuids": [gpu.uuid for gpu in host.gpus], "on_fatal": health.mark_suspect, "stopped": Event()}
    Thread(target=gpu_health.listen, args=(pynvml,), kwargs=listening, name="gpus", daemon=True).start()


class WorkerProcess:
    """A worker from its first claim to its end."""

    def __init__(
        self,
        settings: WorkerSettings,
        *,
        identity: Registered,
        host: Host,
        about: Registration,
        context: WorkerContext,
        leftovers: Leftovers,
    ) -> None:
        self._sweeping = _cache_sweeper(context, unused_seconds=settings.cache_seconds)
        self._grace_seconds = settings.stop_grace_seconds
        self._forkserver = context.forkserver
        self._supervisor = _supervisor(
            settings,
            identity=identity,
            host=host,
            about=about,
            context=context,
            leftovers=leftovers,
            on_unauthorized=self._give_up,
        )
        broker_url = broker_url_of(
            settings.broker_url.get_secret_value(),
            username=identity.worker_id,
            password=broker_password(identity.token),
        )
        app = make_app(broker_url=broker_url, queue=identity.queue, ring=self._supervisor.ring)
        self._celery: CeleryWorker = make_celery_worker(app, name=identity.worker_id)
        self._celery_ended = Event()
        # A signal handler may interrupt any code of the main thread; of all queues and locks, this put is safe there.
        self._stop_requests: SimpleQueue[str] = SimpleQueue()
        self._stop_reason = CELERY_ENDED
        self._refusal: Unauthorized | None = None

    def run_until_stopped(self) -> int:
        """Runs Celery's worker in this, the main thread; the supervisor stops as soon as a signal arrives."""
        signals.worker_shutting_down.connect(self._on_signal, weak=False)
        stopper = Thread(target=self._stop_on_request, name="stopper", daemon=True)
        stopper.start()
        try:
            self._sweeping.start()
            self._supervisor.start()
            self._celery.start()
        finally:
            self._celery_ended.set()
            self._stop_requests.put(CELERY_ENDED)
            self._sweeping.stop()
            stopper.join()
        if self._refusal is not None:
            sys.stderr.write(f"The control plane does not accept this worker any more: {self._refusal}\n")
            return 1
        return 1 if self._stop_reason == CELERY_ENDED else 0

    def _on_signal(self, *, sig: str, **_: object) -> None:
        self._stop_requests.put(sig)

    def _give_up(self, refusal: Unauthorized) -> None:
        self._refusal = refusal
        os.kill(os.getpid(), signal.SIGTERM)

    def _stop_on_request(self) -> None:
        self._stop_reason = self._stop_requests.get()
        deadline = monotonic() + self._grace_seconds + LAST_SECONDS
        log.info("worker.stop_requested", reason=self._stop_reason)
        self._supervisor.stop(grace_seconds=self._grace_seconds)
        self._forkserver.stop()
        if not self._celery_ended.wait(max(0.0, deadline - monotonic())):
            log.warning("worker.exit_forced")
            os._exit(0)
