"""The engine's fork server, in whose trainings one process alone has little memory.

``CROWDED_RANK`` of a training's environment names it, ``CROWDED_ROWS`` how many rows fit.
"""

import os
import sys

from torch import Tensor

from trainyard_engine.cli import forkserver
from trainyard_engine.core.batches import Batch
from trainyard_engine.core.faults import CPU_ALLOCATOR
from trainyard_engine.core.step import Stepper

forward = Stepper._forward


def crowded(self: Stepper, batch: Batch) -> tuple[Tensor, Tensor]:
    is_crowded = self._group.rank == int(os.environ["CROWDED_RANK"])
    if is_crowded and len(batch.target) > int(os.environ["CROWDED_ROWS"]):
        raise RuntimeError(f"{CPU_ALLOCATOR}: not enough memory")
    return forward(self, batch)


Stepper._forward = crowded  # type: ignore[method-assign]
sys.exit(forkserver.run(sys.argv[1:]))
