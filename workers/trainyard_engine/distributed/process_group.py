"""Process group: joined by processes that ``torchrun`` started together, or by forked ones."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import torch
from torch import distributed

from trainyard_common.processes import signal_at_parent_death
from trainyard_engine.core.faults import EngineFault, is_out_of_memory
from trainyard_engine.core.messages import Messages
from trainyard_engine.core.precision import DeviceName
from trainyard_engine.distributed.collectives import Group
from trainyard_engine.distributed.launcher import fork_ranks, let_first_process_speak
from trainyard_spec.engine_protocol import Fault

RANK, SIZE, LOCAL_RANK, LOCAL_SIZE = "RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"
"""What ``torchrun`` sets in the environment of each process."""
MEETING_PLACE = "rendezvous"
LOOPBACK = {"GLOO_SOCKET_IFNAME": "lo", "NCCL_SOCKET_IFNAME": "lo"}
"""Processes of one machine need not be reachable from any other."""
LAST_WORDS_SECONDS = 5.0


def joined_group(slots: int, *, device: DeviceName, out: Path, messages: Messages) -> AbstractContextManager[Group]:
    """The group that the environment tells of, else one of ``slots`` processes, all but this one forked here.

    Entered in each of them, and left when all steps are done. What is raised in it has to end the process: the others
    end with it. Entering raises ``EngineFault`` when there are fewer GPUs than processes, and ``OSError``.
    """
    if int(os.environ.get(SIZE, slots)) == 1:
        return nullcontext(Group())
    return _torchrun_group(device) if SIZE in os.environ else _forked_group(slots, device, out, messages)


@contextmanager
def _torchrun_group(device: DeviceName) -> Iterator[Group]:
    # Processes whose starter was killed would train on, beside those that are started instead.
    signal_at_parent_death()
    here = int(os.environ.get(LOCAL_SIZE, "1"))
    distributed.init_process_group(_backend(device, local_rank=int(os.environ[LOCAL_RANK]), local_size=here))
    yield Group(rank=int(os.environ[RANK]), size=int(os.environ[SIZE]), here=here)
    distributed.destroy_process_group()


@contextmanager
def _forked_group(size: int, device: DeviceName, out: Path, messages: Messages) -> Iterator[Group]:
    """They meet at a file in ``out``, which no other training uses meanwhile: there is no port to race for."""
    out.mkdir(parents=True, exist_ok=True)
    meeting_place = out / MEETING_PLACE
    meeting_place.unlink(missing_ok=True)
    os.environ.update(LOOPBACK)
    rank, others = fork_ranks(size, messages)
    try:
        backend = _backend(device, local_rank=rank, local_size=size)
        store = distributed.FileStore(str(meeting_place), size)  # type: ignore[attr-defined]  # not in its __all__
        distributed.init_process_group(backend, store=store, rank=rank, world_size=size)
        yield Group(rank=rank, size=size, here=size)
    except RuntimeError as error:
        if not is_out_of_memory(error):
            # Another process may have died. How, says more than the connection it broke, and ends this process.
            if others is not None:
                others.let_them_speak(LAST_WORDS_SECONDS)
            else:
                let_first_process_speak(LAST_WORDS_SECONDS)
        raise
    finally:
        if others is not None:
            others.stop_watching()
    distributed.destroy_process_group()
    if rank == 0:
        meeting_place.unlink(missing_ok=True)


def _backend(device: DeviceName, *, local_rank: int, local_size: int) -> str:
    """NCCL on GPUs, this process's own made the present one, else Gloo."""
    if device == "cpu" or not torch.cuda.is_available():
        return "gloo"
    if (gpus := torch.cuda.device_count()) < local_size:
        raise EngineFault(
            f"There are {gpus} GPUs here for {local_size} processes, and each needs one of its own.",
            code="device_unavailable",
            fault=Fault.INFRASTRUCTURE,
        )
    torch.cuda.set_device(local_rank)
    return "nccl"
