"""Runs in a host's memory: restored to the state of the journal, then continued operation by operation."""

import base64
from pathlib import Path
from threading import Event
from time import monotonic
from uuid import uuid4

import structlog

from trainyard_common.untrusted import remove_tree
from trainyard_spec.engine_protocol import Failed, Fault
from trainyard_spec.training_sessions import (
    Done,
    HeldRun,
    HostRequest,
    OperationFinish,
    OperationKind,
    OperationWork,
    RunWork,
    SessionClaimRequest,
    SessionWork,
    StateRegistration,
    StoredState,
)
from trainyard_worker.client import ControlPlane
from trainyard_worker.host_process import HostLost, HostProcess
from trainyard_worker.transport import AttemptLost, Refused

log = structlog.get_logger()

STATE_SECONDS = 30.0
"""A run's state is stored so often at most; what came since is executed again where a host ends."""
STATE_SHARE = 20.0
"""And so many times as long as storing it took goes by first: it may cost a twentieth of the time."""
SAVES = (OperationKind.SAVE, OperationKind.SAVE_FOR_SAMPLER)
FORGOTTEN = ("stale_fence", "not_found")


class _Held:
    """A run in memory: its fence, the newest executed operation, and when its state is stored next."""

    def __init__(self, fence: int, *, stored_seq: int) -> None:
        self.fence = fence
        self.seq_id = stored_seq
        self.stored_seq = stored_seq
        self.store_at = monotonic() + STATE_SECONDS


class HostedRuns:
    """Each result is delivered before the next operation begins. Raises ``HostLost`` when the process is gone."""

    def __init__(
        self, process: HostProcess, control_plane: ControlPlane, asks: SessionClaimRequest, *, stopped: Event
    ) -> None:
        self._process = process
        self._control_plane = control_plane
        self._asks = asks
        self._host = asks.host
        self._stopped = stopped
        # What a host still has to hand over when the worker stops is not given up at once.
        self._give_up = Event()
        self._held: dict[str, _Held] = {}
        self.used_at = monotonic()
        """When it last had something to hand over."""

    def claim_request(self) -> SessionClaimRequest:
        """How this host asks for work, by what is in its memory now."""
        held = tuple(HeldRun(run_id=run_id, fence=held.fence) for run_id, held in self._held.items())
        return self._asks.model_copy(update={"held": held})

    def serve(self, work: SessionWork) -> SessionWork | None:
        """Executes ``work``; what comes next, if the answer to its last result brings something."""
        following = self._execute(work.run) if work.run is not None else None
        for number, sample in enumerate(work.samples, 1):
            following = self._sample(sample, is_last=number == len(work.samples))
        return following

    def _execute(self, work: RunWork) -> SessionWork | None:
        """Executes ``work.operations``; a run that was taken away meanwhile is forgotten."""
        following = None
        try:
            held = self._held.get(work.run_id)
            if held is None or held.fence != work.fence:
                if (failed := self._open(work)) is not None:
                    first = work.operations[0]
                    self._finish(first, OperationFinish(host=self._host, fence=work.fence, failure=failed))
                    self._forget(work.run_id)
                    return None
                held = self._held[work.run_id]
            for operation in work.operations:
                if self._stopped.is_set():
                    return None
                outcome = self._outcome(operation, work.run_id, fence=held.fence)
                # A state that is due is stored before anything that comes may wait for it.
                asks = operation is work.operations[-1] and monotonic() < held.store_at
                following = self._finish(operation, outcome, asks=asks)
                held.seq_id = operation.seq_id
            if following is None and monotonic() >= held.store_at:
                self._store(work.run_id, held)
        except (AttemptLost, Refused) as error:
            if isinstance(error, Refused) and error.code not in FORGOTTEN:
                raise
            log.warning("training_run.lost", run_id=work.run_id, error=str(error))
            self._forget(work.run_id)
        return following

    def _sample(self, operation: OperationWork, *, is_last: bool) -> SessionWork | None:
        """Executes one sample."""
        name = ""
        if operation.state is not None:
            name = f"{operation.state.run_id}-{operation.state.seq_id}"
        try:
            return self._finish(operation, self._outcome(operation, name, fence=0), asks=is_last)
        except AttemptLost as error:
            log.warning("sample.lost", operation_id=operation.operation_id, error=str(error))
            return None

    def store_states(self) -> None:
        """Stores the state of every run that went on since: whoever has it next need not execute anything again."""
        for run_id, held in list(self._held.items()):
            try:
                if held.seq_id > held.stored_seq:
                    self._store(run_id, held)
            except (AttemptLost, Refused) as error:
                log.warning("training_run.lost", run_id=run_id, error=str(error))
                self._forget(run_id)

    def _open(self, work: RunWork) -> Failed | None:
        self._forget(work.run_id)
        directory = self._downloaded(work.start) if work.start else None
        opened = self._process.ask(
            HostRequest(do="open", run=work.run_id, lora=work.lora, directory=str(directory) if directory else None)
        )
        if isinstance(opened, Failed):
            return self._fault(opened)
        self._held[work.run_id] = held = _Held(work.fence, stored_seq=work.start.seq_id if work.start else -1)
        for operation in work.replay:
            done = self._asked(operation, work.run_id, output=None)
            if isinstance(done, Failed):
                return self._fault(done)
            held.seq_id = operation.seq_id
        if work.replay:
            log.info("training_run.replayed", run_id=work.run_id, operations=len(work.replay))
        return None

    def _outcome(self, operation: OperationWork, run_id: str, *, fence: int) -> OperationFinish:
        output = self._process.output / uuid4().hex
        try:
            done = self._asked(operation, run_id, output=output)
            if isinstance(done, Failed):
                return OperationFinish(host=self._host, fence=fence, failure=self._fault(done))
            data = self._process.data(output.name, done.data) if done.data else None
            if operation.kind in SAVES:
                self._upload(run_id, output, done, seq_id=operation.seq_id, fence=fence)
            return OperationFinish(
                host=self._host,
                fence=fence,
                microseconds=done.microseconds,
                result=done.result,
                data=None if data is None else base64.b64encode(data).decode(),
                files=done.files,
            )
        finally:
            remove_tree(output)

    def _asked(self, operation: OperationWork, run_id: str, *, output: Path | None) -> Done | Failed:
        payload = None
        if operation.payload is not None:
            payload = self._process.requests / f"{operation.operation_id}.npz"
            payload.write_bytes(base64.b64decode(operation.payload))
        directory = self._downloaded(operation.state) if operation.state else None
        try:
            return self._process.ask(
                HostRequest(
                    do="execute",
                    run=run_id,
                    kind=operation.kind,
                    request=operation.request,
                    payload=str(payload) if payload else None,
                    directory=str(directory) if directory else None,
                    output=str(output or self._process.output / "replayed"),
                )
            )
        finally:
            if payload is not None:
                payload.unlink()

    def _store(self, run_id: str, held: _Held) -> None:
        began, output = monotonic(), self._process.output / uuid4().hex
        try:
            done = self._process.ask(HostRequest(do="save", run=run_id, directory=str(output)))
            if isinstance(done, Failed):
                raise HostLost(done.message)
            self._upload(run_id, output, done, seq_id=held.seq_id, fence=held.fence)
        finally:
            remove_tree(output)
        registration = StateRegistration(host=self._host, fence=held.fence, seq_id=held.seq_id, files=done.files)
        self._control_plane.register_state(run_id, registration, give_up=self._give_up)
        held.stored_seq = held.seq_id
        held.store_at = monotonic() + max(STATE_SECONDS, STATE_SHARE * (monotonic() - began))

    def _upload(self, run_id: str, output: Path, done: Done, *, seq_id: int, fence: int) -> None:
        for entry in done.files:
            self._control_plane.upload_state_file(
                run_id, output / entry.name, seq_id=seq_id, fence=fence, give_up=self._give_up
            )

    def _downloaded(self, state: StoredState) -> Path:
        directory = self._process.requests / f"{state.run_id}-{state.seq_id}"
        directory.mkdir(exist_ok=True)
        for entry in state.files:
            if not (directory / entry.name).exists():
                self._control_plane.download_state_file(
                    state.run_id, entry, directory / entry.name, seq_id=state.seq_id, give_up=self._give_up
                )
        return directory

    def _finish(self, operation: OperationWork, finish: OperationFinish, *, asks: bool = False) -> SessionWork | None:
        """Hands the outcome over; what comes next where the host ``asks`` for it, which may wait a little."""
        self.used_at = monotonic()
        if asks and not self._stopped.is_set():
            finish = finish.model_copy(update={"then": self.claim_request()})
        return self._control_plane.finish_operation(operation.operation_id, finish, give_up=self._give_up)

    def _forget(self, run_id: str) -> None:
        if self._held.pop(run_id, None) is not None:
            self._process.ask(HostRequest(do="close", run=run_id))

    def _fault(self, failed: Failed) -> Failed:
        """A fault of the user's; with any other the process has ended, or nobody knows what is left in its memory."""
        if failed.fault != Fault.USER:
            raise HostLost(f"{failed.code}: {failed.message}")
        return failed
