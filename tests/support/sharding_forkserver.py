"""The engine's fork server, in whose sharded trainings one process alone has little memory, and finds out half-way.

``CROWDED_RANK`` of a training's environment names it, ``CROWDED_TOKENS`` says how many learnt tokens fit, and
``CROWDED_PASS`` where the rest does not: on the way ``forward``, behind all blocks, or ``backward``, before them.
"""

import os
import sys
from typing import Any

from torch import Tensor, distributed

from trainyard_engine.cli import forkserver
from trainyard_engine.core.faults import CPU_ALLOCATOR
from trainyard_engine.models import causal_lm

token_losses = vars(causal_lm)["token_losses"]


def refuse(_gradient: Tensor | None = None) -> None:
    raise RuntimeError(f"{CPU_ALLOCATOR}: not enough memory")


def crowded(hidden: Tensor, target: Tensor, *rest: Any, **options: Any) -> tuple[Tensor, Tensor]:
    costs, right = token_losses(hidden, target, *rest, **options)
    if "CROWDED_RANK" not in os.environ or not costs.requires_grad:
        return costs, right
    is_crowded = distributed.get_rank() == int(os.environ["CROWDED_RANK"])
    if is_crowded and len(target) > int(os.environ["CROWDED_TOKENS"]):
        if os.environ["CROWDED_PASS"] == "forward":
            refuse()
        costs.register_hook(refuse)
    return costs, right


vars(causal_lm)["token_losses"] = crowded
sys.exit(forkserver.run(sys.argv[1:]))
