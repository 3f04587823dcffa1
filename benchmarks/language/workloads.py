"""Fine-tuning on conversations, packed, of one tiny base: what each competitor trains."""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.engine.workloads import Workload
from tests.support.conversations import turn, write_conversations
from trainyard_engine.modalities.text.conversations import Conversation
from trainyard_spec.training import TrainingSpec
from trainyard_spec.validation import parse_training_spec

ROWS, LENGTH, BATCH = 2_000, 256, 4
WORDS = tuple(f"{colour}{number}" for colour in ("red", "green", "blue") for number in range(8))


@dataclass(frozen=True, slots=True)
class FineTuning(Workload):
    """``architecture`` is that of ``causal_lm``."""

    def spec(self, **training: Any) -> TrainingSpec:
        given: dict[str, Any] = {
            "epochs": 1_000,
            "batch_size": self.batch_size,
            "optimizer": {"name": "adamw", "lr": 0.001, "weight_decay": 0.01},
            "checkpoint": {"every_steps": 200, "max_to_keep": 2},
            "tuning": {"max_length": LENGTH, "packing": True},
        }
        return parse_training_spec(
            {
                "name": self.name,
                "dataset": "dsv_bench",
                "task": "instruction_tuning",
                "architecture": self.architecture,
                "training": given | training,
                "split": {"train": 0.98, "val": 0.01, "test": 0.01},
            }
        )


def conversations(directory: Path) -> Path:
    """Questions and answers of 4 to 40 words."""
    draws = random.Random(0)

    def said() -> str:
        return " ".join(draws.choices(WORDS, k=draws.randint(4, 40)))

    rows = [Conversation((turn("user", said()), turn("assistant", said()))) for _ in range(ROWS)]
    return write_conversations(directory, rows)


def tokens_per_row(workload: FineTuning, data: Path, *, threads: int) -> float:
    """Of the engine's packed rows, without padding."""
    training = workload.training(data, threads=threads)
    rows = training.split.train
    tokens = sum(int((batch.raw[1] > 0).sum()) for batch in training.source.batches(rows, size=256))
    return tokens / len(rows)


WORKLOADS = {
    method: FineTuning(method, {"name": "causal_lm", "model": "tiny-lm", "method": method}, BATCH, conversations)
    for method in ("lora", "full")
}
