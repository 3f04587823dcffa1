"""Compiled training steps."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from trainyard_engine.core.faults import EngineFault
from trainyard_spec.tasks import DataKind

EVEN = frozenset({DataKind.IMAGES, DataKind.TABLES})
"""Data whose batches all have one shape, but for the last of an epoch."""


def compiled(network: nn.Module, data: DataKind) -> Callable[[Any], Tensor]:
    """The forward pass of ``network``, compiled at its first call.

    Shapes are taken for fixed, or from the start for free: a graph that came to be free only once it had met several
    would make a resumed training compute differently.
    """
    import torch._inductor.config as inductor

    # Dropout then draws what an uncompiled network draws.
    inductor.fallback_random = True
    # In this process: others would outlive a training that is killed.
    inductor.compile_threads = 1
    return torch.compile(network, dynamic=data not in EVEN)


def keep_compiled_code_in(directory: Path) -> None:
    """Keeps what is compiled in ``directory``, not in a place that trainings of others share."""
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(directory)


@contextmanager
def reporting_compiler_faults() -> Iterator[None]:
    """Turns what the compiler raises into an ``EngineFault``."""
    from torch._dynamo.exc import TorchDynamoException
    from torch._inductor.exc import InvalidCxxCompiler

    try:
        yield
    except (TorchDynamoException, InvalidCxxCompiler) as error:
        raise EngineFault(
            f"PyTorch could not compile the network: {str(error).strip().splitlines()[0]}",
            code="compile_failed",
            hint="Set training.compile to false.",
            field="training.compile",
        ) from error
