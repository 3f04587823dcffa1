"""The other processes of a group, forked by its first one before that has started a thread or touched CUDA.

They end with the first (``PR_SET_PDEATHSIG``), so whoever kills that one has killed them all; and it ends with any of
them, because without one the others would wait for ever.
"""

import os
import select
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock, Thread
from time import monotonic

from pydantic import ValidationError

from trainyard_common.processes import signal_at_parent_death
from trainyard_engine.core.messages import Messages
from trainyard_spec.engine_protocol import ExitStatus, Failed, Fault

ENDS = (ExitStatus.SUCCEEDED, ExitStatus.STOPPED)
CRASHED = 1


@dataclass(frozen=True, slots=True)
class RankProcess:
    """A forked process. ``last_words`` ends with it, and holds a ``failed`` line if it knew why."""

    rank: int
    pid: int
    last_words: int


class RankProcesses:
    """Watches over ``processes`` from a thread for each; ``messages`` are the first process's."""

    def __init__(self, processes: Sequence[RankProcess], messages: Messages) -> None:
        self._messages = messages
        self._is_dismissed = False
        self._mutex = Lock()
        self._watchers = [
            Thread(target=self._watch, args=(process,), name=f"rank {process.rank}", daemon=True)
            for process in processes
        ]
        for watcher in self._watchers:
            watcher.start()

    def let_them_speak(self, seconds: float) -> None:
        """Ends this process as one of the others did, if one has failed or does within ``seconds``."""
        until = monotonic() + seconds
        for watcher in self._watchers:
            watcher.join(max(0.0, until - monotonic()))

    def stop_watching(self) -> None:
        """How they end matters no more: the first process is about to say how it all ended."""
        with self._mutex:
            self._is_dismissed = True

    def _watch(self, process: RankProcess) -> None:
        with os.fdopen(process.last_words, "rb") as last_words:
            said = last_words.read()
        status = os.waitstatus_to_exitcode(os.waitpid(process.pid, 0)[1])
        if status in ENDS:
            return
        # Held to the end of the process: nobody else gets to say why it ended.
        with self._mutex:
            if self._is_dismissed:
                return
            self._messages.send(_failure(process.rank, said, status))
            sys.stderr.flush()
            os._exit(status if status > 0 else ExitStatus.FAILED)


def fork_ranks(size: int, messages: Messages) -> tuple[int, RankProcesses | None]:
    """Returns in ``size`` processes: in this one with rank 0 and the others, in each new one with a rank of its own.

    What a new one sends to ``messages``, this one gets to hear and nobody else. To be called while there is only one
    thread.
    """
    parent = os.getpid()
    processes: list[RankProcess] = []
    for rank in range(1, size):
        last_words, speaking_end = os.pipe()
        pid = os.fork()
        if pid == 0:
            signal_at_parent_death()
            if os.getppid() != parent:
                os._exit(CRASHED)
            for descriptor in (last_words, *(process.last_words for process in processes)):
                os.close(descriptor)
            messages.divert(speaking_end)
            return rank, None
        os.close(speaking_end)
        processes.append(RankProcess(rank=rank, pid=pid, last_words=last_words))
    return 0, RankProcesses(processes, messages)


def let_first_process_speak(seconds: float) -> None:
    """Waits in a forked process for the first one's end, which ends this one too, at most ``seconds``."""
    with suppress(ProcessLookupError):
        first = os.pidfd_open(os.getppid())
        select.select([first], [], [], seconds)
        os.close(first)


def _failure(rank: int, said: bytes, status: int) -> Failed:
    try:
        return Failed.model_validate_json(said)
    except ValidationError:
        how = f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        return Failed(
            fault=Fault.INFRASTRUCTURE,
            code="process_died",
            message=f"One of the training's processes, number {rank} counted from 0, {how}.",
            hint="It is tried again from its last checkpoint. If it is killed each time, it may need more memory.",
        )
