"""Speed profiles on a worker: seconds of a spec on free slots, aborted as soon as a job needs them."""

import json
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from threading import Event

import structlog
from pydantic import ValidationError

from trainyard_common.untrusted import remove_tree
from trainyard_spec.engine_protocol import PROFILE_MESSAGE, Failed, Fault, Profiled
from trainyard_spec.files import FileEntry
from trainyard_spec.worker_protocol import ClaimRequest, ProfileClaim, ProfileFinish
from trainyard_worker.bounded_run import BoundedRun
from trainyard_worker.confinement import temporary_files
from trainyard_worker.context import WorkerContext
from trainyard_worker.engine import EngineProcess
from trainyard_worker.file_cache import Fetch
from trainyard_worker.forkserver_client import ForkServerDown
from trainyard_worker.host_process import Hosting
from trainyard_worker.slots import Slots
from trainyard_worker.transport import AttemptLost, CallFailed, CorruptDownload, Refused

log = structlog.get_logger()

TOO_LONG = Failed(
    fault=Fault.USER,
    code="profile_too_long",
    message="Not even a few steps were done in the time that a speed profile may take.",
    hint="Train the spec for a minute: that measures it, too.",
)
LEFT_SECONDS = 10.0
"""In which the slots of a killed profile are clear."""


class Profiler:
    """Claims speed profiles while there are any, and measures one at a time, in one thread."""

    def __init__(self, context: WorkerContext, slots: Slots, hosting: Hosting, *, is_fit: Callable[[], bool]) -> None:
        self._context = context
        self._control_plane = context.control_plane
        self._slots = slots
        self._hosting = hosting
        self._is_fit = is_fit
        self._stopped = Event()
        self._given_up, self._idle = Event(), Event()
        self._idle.set()
        self._run = BoundedRun(self._given_up)

    def stop(self) -> None:
        """Takes no more and gives up the one at hand."""
        self._stopped.set()
        self.make_room()

    def make_room(self) -> None:
        """Gives up the profile at hand, for a job, and returns once its slots are free."""
        self._run.give_up()
        self._idle.wait(LEFT_SECONDS)

    def measure_waiting(self) -> None:
        """Measures what waits. Raises ``CallFailed`` when the control plane does not answer."""
        while not self._stopped.is_set() and self._is_fit():
            with self._slots.claiming:
                free = self._slots.free
                claim = self._control_plane.claim_profile(ClaimRequest(free_slots=free)) if free else None
                slots = self._slots.lend(claim.slots) if claim else None
                if claim is None or slots is None:
                    return
                self._given_up.clear()
                if self._stopped.is_set():
                    self._given_up.set()
                self._idle.clear()
            try:
                finish = self._measured(claim, slots)
            finally:
                for slot in slots:
                    self._slots.give_back(slot)
                self._idle.set()
            self._tell(claim, finish)

    def _tell(self, claim: ProfileClaim, finish: ProfileFinish) -> None:
        code = finish.failure.code if finish.failure else None
        log.info("profile.finished", profile_id=claim.profile_id, measured=finish.timings is not None, failure=code)
        try:
            self._control_plane.finish_profile(claim.profile_id, finish, give_up=self._stopped)
        except (AttemptLost, Refused) as error:
            log.warning("profile.lost", profile_id=claim.profile_id, error=str(error))

    def _measured(self, claim: ProfileClaim, slots: Sequence[int]) -> ProfileFinish:
        directory = self._context.state.predictions / claim.profile_id
        start = self._fetch(claim, self._control_plane.download_profile_start_file)
        try:
            data = claim.dataset_key, claim.dataset_files, self._fetch(claim, self._control_plane.download_profile_file)
            models = self._context.models
            with (
                self._context.datasets.pin(*data) as readable,
                models.pin(claim.start_key, claim.start_files, start) if claim.start_key else nullcontext() as model,
                self._run.of(self._start(claim, slots, directory, readable, model), seconds=claim.seconds) as engine,
            ):
                last = _last_message(engine)
                return self._finish_of(last, engine)
        except (CallFailed, CorruptDownload, ForkServerDown, OSError) as error:
            if self._given_up.is_set():
                return ProfileFinish()
            log.exception("profile.failed", profile_id=claim.profile_id)
            return _failure("profile_unavailable", f"The speed could not be measured: {error}")
        finally:
            with suppress(OSError):
                remove_tree(directory)

    def _finish_of(self, last: Profiled | Failed | None, engine: EngineProcess) -> ProfileFinish:
        if self._given_up.is_set():
            return ProfileFinish()
        match last:
            case Profiled(timings=timings):
                return ProfileFinish(timings=timings)
            case Failed():
                return ProfileFinish(failure=last)
        status = engine.wait()
        if engine.overuse is not None:
            return ProfileFinish(failure=engine.overuse)
        if self._run.has_timed_out:
            return ProfileFinish(failure=TOO_LONG)
        log.error("engine.crashed", status=status, stderr=engine.stderr_tail)
        return _failure("engine_crashed", f"The process that measures the speed ended with status {status}.")

    def _start(
        self, claim: ProfileClaim, slots: Sequence[int], directory: Path, data: Path, model: Path | None
    ) -> EngineProcess:
        output, spec = directory / "out", directory / "spec.json"
        output.mkdir(mode=0o700, parents=True)
        spec.write_text(json.dumps(claim.spec))
        readable = (spec, data) if model is None else (spec, data, model)
        threads = claim.slots * self._context.threads
        arguments = ["profile", "--spec", str(spec), "--data", str(data), "--out", str(output)]
        arguments += ["--threads", str(threads), "--seconds", str(claim.step_seconds)]
        confinement = self._context.confinement
        return self._context.forkserver.spawn(
            arguments=arguments if model is None else [*arguments, "--init-from", str(model)],
            environment={**self._hosting.environment_of(slots), **temporary_files(directory)},
            directory=directory,
            policy=confinement.of_training(directory, readable=readable, output=output, slots=claim.slots),
            limits=confinement.limits(slots=claim.slots),
            cpus=self._hosting.cpus_of(slots),
        )

    def _fetch(self, claim: ProfileClaim, download: Callable[..., None]) -> Fetch:
        def fetch(entry: FileEntry, destination: Path) -> None:
            download(claim.profile_id, entry, destination, give_up=self._given_up)

        return fetch


def _last_message(engine: EngineProcess) -> Profiled | Failed | None:
    """What it said last, once it has ended."""
    last: Profiled | Failed | None = None
    for line in engine.lines():
        try:
            last = PROFILE_MESSAGE.validate_json(line)
        except ValidationError:
            log.warning("engine.noise_received", line=line[:300].decode(errors="replace"))
    return last


def _failure(code: str, message: str) -> ProfileFinish:
    return ProfileFinish(failure=Failed(fault=Fault.INFRASTRUCTURE, code=code, message=message))
