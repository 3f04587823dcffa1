"""The practical limit: the same network and packed rows in memory, a fused optimizer, no metrics, no checkpoints."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.engine.window import Pace, Window
from benchmarks.language.workloads import FineTuning
from trainyard_engine.modalities.text.token_examples import IGNORED
from trainyard_engine.models.causal_lm import CausalLm, positions_of


def prepare(workload: FineTuning, data: Path, *, threads: int) -> Callable[[float], Pace]:
    """The loop over batches that are ready, in another order each epoch."""
    training = workload.training(data, threads=threads)
    torch.use_deterministic_algorithms(False)
    network = training.model.network
    assert isinstance(network, CausalLm)
    rows = training.split.train[: len(training.split.train) // workload.batch_size * workload.batch_size]
    batches = [
        (batch.raw[0].long(), positions_of(batch.raw[1]), batch.target)
        for batch in training.source.batches(rows, size=workload.batch_size)
    ]
    learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learning, lr=0.001, weight_decay=0.01, fused=True)
    return partial(_train, network.lm.train(), batches, optimizer, workload.batch_size)


def _train(
    network: Any, batches: list[tuple[Tensor, ...]], optimizer: torch.optim.Optimizer, size: int, seconds: float
) -> Pace:
    window = Window(seconds)
    while True:
        for place in torch.randperm(len(batches)).tolist():
            ids, positions, target = batches[place]
            hidden = network.base_model(input_ids=ids, position_ids=positions, use_cache=False).last_hidden_state
            is_learnt = target != IGNORED
            logits = network.get_output_embeddings()(hidden[is_learnt])
            loss = functional.cross_entropy(logits, target[is_learnt])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if window.step(size):
                return window.pace()
