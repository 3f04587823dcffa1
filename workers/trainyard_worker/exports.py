"""Exports of models to other libraries' layouts on a worker: one at a time, on a slot."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event

import structlog
from pydantic import ValidationError

from trainyard_common.untrusted import remove_tree
from trainyard_spec.engine_protocol import MOST_FILES, ExitStatus, Failed, Fault
from trainyard_spec.files import FileEntry
from trainyard_spec.worker_protocol import ExportClaim, ExportFinish
from trainyard_worker.bounded_run import BoundedRun
from trainyard_worker.confinement import temporary_files
from trainyard_worker.context import WorkerContext
from trainyard_worker.engine import EngineProcess
from trainyard_worker.file_cache import Fetch
from trainyard_worker.forkserver_client import ForkServerDown
from trainyard_worker.host_process import Hosting
from trainyard_worker.served_model import CPU_ONLY
from trainyard_worker.slots import Slots
from trainyard_worker.transport import CallFailed, CorruptDownload, Refused

log = structlog.get_logger()

DEEPEST = 2
"""Names in a path of what is exported."""


class Exporter:
    """Claims exports while there are any and a slot is free. Used by one thread."""

    def __init__(self, context: WorkerContext, slots: Slots, hosting: Hosting) -> None:
        self._context = context
        self._control_plane = context.control_plane
        self._slots = slots
        self._hosting = hosting
        self._stopped = Event()
        self._run = BoundedRun(self._stopped)

    def stop(self) -> None:
        """Takes no more and gives up the one at hand: another worker makes it once its lease is over."""
        self._run.give_up()

    def export_waiting(self) -> None:
        """Makes what waits. Raises ``CallFailed`` when the control plane does not answer."""
        while not self._stopped.is_set():
            with self._slots.claiming:
                claim = self._control_plane.claim_export() if self._slots.free else None
                slot = self._slots.take_locked() if claim else None
            if claim is None or slot is None:
                return
            try:
                finish = self._exported(claim, slot)
            finally:
                self._slots.give_back(slot)
            if finish is not None:
                self._tell(claim, finish)

    def _tell(self, claim: ExportClaim, finish: ExportFinish) -> None:
        code = finish.failure.code if finish.failure else None
        log.info("export.finished", export_id=claim.export_id, failure=code)
        try:
            self._control_plane.finish_export(claim.export_id, finish, give_up=self._stopped)
        except Refused as error:
            log.warning("export.lost", export_id=claim.export_id, error=str(error))

    def _exported(self, claim: ExportClaim, slot: int) -> ExportFinish | None:
        """``None`` where it is given up."""
        directory = self._context.state.predictions / claim.export_id
        try:
            with self._context.models.pin(claim.model_id, claim.model_files, self._fetch(claim)) as model:
                failure = self._written(claim, slot, directory, model)
                if failure is None:
                    self._upload(claim, directory / "out")
            return None if self._stopped.is_set() else ExportFinish(failure=failure)
        except Refused as error:
            # Such as a file that is larger than the platform takes: another worker would do no better.
            return ExportFinish(failure=Failed(fault=Fault.USER, code=error.code, message=str(error)))
        except (CallFailed, CorruptDownload, ForkServerDown, OSError) as error:
            if self._stopped.is_set():
                return None
            log.exception("export.failed", export_id=claim.export_id)
            return ExportFinish(failure=_failed("export_unavailable", f"The model could not be exported: {error}"))
        finally:
            with suppress(OSError):
                remove_tree(directory)

    def _written(self, claim: ExportClaim, slot: int, directory: Path, model: Path) -> Failed | None:
        """Has the engine write ``directory``/out; why it did not."""
        with self._run.of(self._start(slot, directory, model), seconds=claim.seconds) as engine:
            failure = _failure_told(engine)
            status = engine.wait()
        if failure is not None:
            return failure
        if status != ExitStatus.SUCCEEDED:
            log.error("engine.crashed", status=status, stderr=engine.stderr_tail)
            return _failed("engine_crashed", f"The process that exports the model ended with status {status}.")
        return None

    def _start(self, slot: int, directory: Path, model: Path) -> EngineProcess:
        output, confinement = directory / "out", self._context.confinement
        output.mkdir(mode=0o700, parents=True)
        return self._context.forkserver.spawn(
            arguments=["export", "--model", str(model), "--out", str(output)],
            environment={**self._hosting.environment_of([slot]), **temporary_files(directory), **CPU_ONLY},
            directory=directory,
            policy=confinement.of_training(directory, readable=(model,), output=output, slots=1),
            limits=confinement.limits(slots=1),
            cpus=self._hosting.cpus_of([slot]),
        )

    def _upload(self, claim: ExportClaim, output: Path) -> None:
        files = list(_files_in(output))
        if not 0 < len(files) <= MOST_FILES:
            raise OSError(f"the engine left {len(files)} files")
        for path in files:
            self._control_plane.upload_export_file(claim.export_id, path, root=output, give_up=self._stopped)

    def _fetch(self, claim: ExportClaim) -> Fetch:
        def fetch(entry: FileEntry, destination: Path) -> None:
            self._control_plane.download_exported_model_file(claim.export_id, entry, destination, give_up=self._stopped)

        return fetch


def _files_in(output: Path) -> Iterator[Path]:
    """Files of ``output`` and of the directories in it, no deeper, links not followed; in a fixed order."""
    for above, directories, names in os.walk(output):
        depth = len(Path(above).relative_to(output).parts)
        directories[:] = sorted(directories) if depth + 1 < DEEPEST else []
        yield from (Path(above) / name for name in sorted(names) if not name.startswith("."))


def _failure_told(engine: EngineProcess) -> Failed | None:
    """What it says before it ends, once it has ended."""
    failure = None
    for line in engine.lines():
        try:
            failure = Failed.model_validate_json(line)
        except ValidationError:
            log.warning("engine.noise_received", line=line[:300].decode(errors="replace"))
    return failure


def _failed(code: str, message: str) -> Failed:
    return Failed(fault=Fault.INFRASTRUCTURE, code=code, message=message)
